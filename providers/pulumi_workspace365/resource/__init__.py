"""The base class of resources, their arguments and their registration with the SDK."""
