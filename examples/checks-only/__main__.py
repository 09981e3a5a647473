"""Checks of what others deploy: the gateway must reach the backend, or this stack is red."""

import os
from urllib.parse import urlsplit

import pulumi

from pulumi_workspace365 import ConnectivityCheck

config = pulumi.Config()
backend = urlsplit(config.get("backendUrl") or os.environ["SANDBOX_BACKEND_URL"])

reachable = ConnectivityCheck(
    "backend",
    resource_group_name=config.require("resourceGroup"),
    service_name=config.require("service"),
    region=config.require("region"),
    address=backend.hostname or "",
    port=backend.port or 443,
    protocol="TCP",
    triggers=[config.get("version")],  # runs again when the version that was deployed changes
)

pulumi.export("status", reachable.connection_status)
pulumi.export("found", reachable.summary)
