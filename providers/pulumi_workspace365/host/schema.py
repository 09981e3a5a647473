"""The schema that ``pulumi import`` asks for after importing."""

import json


def minimal() -> str:
    """A schema without resources: dynamic resources are described by their program alone."""
    return json.dumps({"name": "pulumi-python", "version": "0.1.0"})
