"""BENCH_COUNT environments with three settings each, with this project's resources."""

import os

import pulumi_workspace365 as w365

for number in range(int(os.environ["BENCH_COUNT"])):
    name = f"customer-{number:04}"
    environment = w365.Environment(
        name,
        environment_name=name,
        admin_email=f"admin@{name}.example",
        admin_first_name="Carla",
        admin_last_name="Conti",
        deletion_protection=False,
    )
    w365.OAuth2SignOn(
        name,
        environment=environment,
        authority="https://login.example.com/tenant",
        client_id="6f1f6f0e-0000-4000-8000-00000000c001",
        key_from="env:BENCH_KEY",
    )
    w365.ExchangeSettings(name, environment=environment, server_type="Office365")
    w365.SharePointSettings(name, environment=environment, authentication_type="Online")
