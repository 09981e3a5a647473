"""Moves a customer from one stack to another: the resources in both states, then the ring in the customer's file."""
