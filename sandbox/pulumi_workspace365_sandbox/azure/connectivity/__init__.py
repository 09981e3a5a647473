"""Connectivity checks of the service: real probes from this machine, told as Perform Connectivity Check Async tells them."""
