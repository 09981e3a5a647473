"""Runs a Pulumi program against the local servers with either engine, shows it and validates what was deployed."""
