"""Environments that exist already: taken over as they are, never created, and left alone when they are removed from here."""

import pulumi

from pulumi_workspace365 import Environment

config = pulumi.Config()


def adopt(name: str) -> Environment:
    """Take one over; if there is none of this name it fails, because no administrator is given to create one with."""
    return Environment(name, environment_name=name, adopt_existing=True)


adopted = [adopt(name) for name in config.require_object("existing")]
pulumi.export("adopted", [environment.name for environment in adopted])
