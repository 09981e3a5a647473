"""A stack of a fleet: BENCH_COUNT customers with a setting that BENCH_REVISION changes everywhere."""

import os

import pulumi

import pulumi_workspace365 as w365

for number in range(int(os.environ["BENCH_COUNT"])):
    name = f"{pulumi.get_stack()}-{number:03}"
    environment = w365.Environment(
        name,
        environment_name=name,
        admin_email=f"admin@{name}.example",
        admin_first_name="Carla",
        admin_last_name="Conti",
        deletion_protection=False,
    )
    w365.SharePointSettings(
        name, environment=environment, authentication_type="Online", revision=int(os.environ["BENCH_REVISION"])
    )
