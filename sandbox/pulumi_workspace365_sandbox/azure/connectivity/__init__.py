"""Connectivity checks of the service: real probes from this machine, in the format of Perform Connectivity Check Async."""
