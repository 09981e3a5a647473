"""The schema from which ``pulumi import`` prints code after an import."""

import json

from pulumi_dynamic_host import registry


def schema_of_registered_types() -> str:
    """The registered types with the inputs named with them, untyped.

    A schema has one Python package: the first module that the variable names, else that of the first registered provider.
    """
    registered = registry.registrations()
    own = [registration.provider.__module__.partition(".")[0] for registration in registered.values()]
    resources = {
        token: {"inputProperties": {name: {"$ref": "pulumi.json#/Any"} for name in registration.inputs}}
        for token, registration in registered.items()
    }
    return json.dumps(
        {
            "name": "pulumi-python",
            "version": "0.1.0",
            "meta": {"moduleFormat": "dynamic/[^/]*()"},  # classes are members of the package itself
            "language": {"python": {"packageName": [*registry.named_modules(), *own, "__main__"][0]}},
            "resources": resources,
        }
    )
