"""Registers a resource for each name in NAMES; what the program itself does is in DOES, by the names of functions of `acts`."""

import os

import acts
import pulumi
from rough import Rough

acts.do(os.environ.get("PROGRAM_DOES", ""))
before = None
for name in os.environ.get("NAMES", "a b c").split():
    options = pulumi.ResourceOptions(depends_on=[before] if before and "CHAIN" in os.environ else [])
    before = Rough(name, os.environ.get(f"DOES_{name}", ""), options)
pulumi.export("done", before.token if before else "")
acts.do(os.environ.get("PROGRAM_DOES_LAST", ""))
