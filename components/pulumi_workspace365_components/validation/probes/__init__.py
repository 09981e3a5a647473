"""Probes open connections. Each takes a check and the clients it needs, and returns an observation without evaluating it."""
