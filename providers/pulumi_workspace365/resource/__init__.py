"""What every resource is made of: the base class, its arguments and its registration with the SDK."""
