"""Writes down the configuration it receives."""

import json
import os
from pathlib import Path

names = ("PULUMI_CONFIG", "PULUMI_CONFIG_SECRET_KEYS")
Path("received.json").write_text(json.dumps({name: json.loads(os.environ[name]) for name in names}, indent=1, sort_keys=True))
