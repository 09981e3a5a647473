# ruff: noqa: ANN001, ANN201, ANN204  a program of somebody else, written as people write them
# mypy: ignore-errors
import pulumi
from pulumi.dynamic import CreateResult, DiffResult, Resource, ResourceProvider, UpdateResult


class VaultProvider(ResourceProvider):
    serialize_as_secret_always = False

    def __init__(self, master):
        self.master = master

    def diff(self, _id, olds, news):
        return DiffResult(changes=olds["size"] != news["size"] or olds["key"] != news["key"])

    def create(self, props):
        return CreateResult("vault", {**props, "doors": {"front": props["key"], "back": "open"}, "master": self.master.get()[:3]})

    def update(self, _id, olds, news):
        return UpdateResult({**olds, **news})


class Vault(Resource, module="bank", name="Vault"):
    doors: pulumi.Output[dict]
    master: pulumi.Output[str]


vault = Vault(
    VaultProvider(pulumi.Output.secret("captured-master")),
    "vault",
    {
        "size": 1,
        "key": pulumi.Output.secret("hunter2-the-key"),
        "list": ["plain", pulumi.Output.secret("hunter3-in-a-list")],
        "nested": {"open": 1, "shut": pulumi.Output.secret({"deep": "hunter4-deep"})},
        "doors": None,
        "master": None,
    },
    pulumi.ResourceOptions(additional_secret_outputs=["doors"]),
)
pulumi.export("doors", vault.doors)
