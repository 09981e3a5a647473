"""The schema that ``pulumi import`` asks for after an import, to print the code of what it imported."""

import json

from pulumi_workspace365.host import registry


def of_registered_types() -> str:
    """The registered types with the inputs named with them, untyped.

    A schema has one Python package: the first module that the variable names, else this project's.
    """
    resources = {
        token: {"inputProperties": {name: {"$ref": "pulumi.json#/Any"} for name in registration.inputs}}
        for token, registration in registry.registered().items()
    }
    return json.dumps(
        {
            "name": "pulumi-python",
            "version": "0.1.0",
            "meta": {"moduleFormat": "dynamic/[^/]*()"},  # classes are members of the package itself
            "language": {"python": {"packageName": [*registry.named_modules(), "pulumi_workspace365"][0]}},
            "resources": resources,
        }
    )
