"""Deploys what ``environments.json`` beside it asks for; the secrets come from the process's environment."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi

import pulumi_workspace365
from pulumi_workspace365 import native

w365: Any = native if os.environ["CAMPAIGN_FRONT"] == "native" else pulumi_workspace365
Path("program.pid").write_text(str(os.getpid()), encoding="ascii")  # whom a campaign kills


def deploy(name: str, wanted: dict[str, Any]) -> None:
    environment = w365.Environment(
        name,
        environment_name=wanted["adopts"] or name,
        adopt_existing=bool(wanted["adopts"]),
        admin_email="admin@customer.example",
        admin_first_name="Carla",
        admin_last_name="-",
        active=wanted["active"],
        deletion_protection=False,
    )
    parts: dict[str, Callable[[], pulumi.Resource]] = {
        "sign-on": lambda: w365.OAuth2SignOn(
            name,
            environment=environment,
            authority="https://login.example.com/tenant",
            client_id="app",
            key=os.environ["CAMPAIGN_KEY"],
        ),
        "sign-on from": lambda: w365.OAuth2SignOn(
            name,
            environment=environment,
            authority="https://login.example.com/tenant",
            client_id="app",
            key_from="env:CAMPAIGN_KEY_FROM",
        ),
        "exchange": lambda: w365.ExchangeSettings(name, environment=environment, server_type="Office365"),
        "sharepoint": lambda: w365.SharePointSettings(name, environment=environment, authentication_type="Online"),
        "template": lambda: w365.Template(name, environment=environment, configuration=os.environ["CAMPAIGN_TEMPLATE"]),
    }
    for part in wanted["parts"]:
        parts[part]()
    pulumi.export(name, environment.temporary_password)


for name, wanted in json.loads(Path("environments.json").read_text(encoding="utf-8")).items():
    deploy(name, wanted)
