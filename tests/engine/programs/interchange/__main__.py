"""Makes a state that holds every kind of value and every option a deployment can note."""

import json
import os

import pulumi
from echo_provider import Echo
from pulumi.dynamic import Resource


class Thing(Resource):
    token: pulumi.Output[str]

    def __init__(self, name, opts=None, **props):
        super().__init__(Echo(), name, {"name": name, "token": None, **props}, opts)


class Group(pulumi.ComponentResource):
    def __init__(self, name, opts=None):
        super().__init__("interchange:index:Group", name, None, opts)
        self.first = Thing(
            f"{name}-first",
            numbers=[1, 1.5, -0.0, 1e22, 1e-7, 12345678901234567],
            flag=True,
            texts={"umlaut": "größer", "html": "<a href='x'>&</a>", "line": "\u2028", "empty": ""},
            nested={"secret": pulumi.Output.secret({"deep": ["hush", None]}), "list": [pulumi.Output.secret("a"), "b", {}, []]},
            opts=pulumi.ResourceOptions(parent=self, additional_secret_outputs=["token"]),
        )
        self.second = Thing(
            f"{name}-second",
            dependency=self.first.token,
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=True,
                ignore_changes=["flag", 'texts["odd key"]'],
                replace_on_changes=["name"],
                delete_before_replace=True,
                custom_timeouts=pulumi.CustomTimeouts(create="5m", delete="30s"),
            ),
        )
        self.register_outputs({"first": self.first, "id": self.second.id})


provider = pulumi.ProviderResource("pulumi-python", "own", {"interchange:key": pulumi.Output.secret("k")})
group = Group("group")
third = Thing("third", opts=pulumi.ResourceOptions(provider=provider, depends_on=[group], aliases=[pulumi.Alias(name="old-name")]))
Thing("fourth", opts=pulumi.ResourceOptions(retain_on_delete=True, deleted_with=third, replace_with=[third]))
if os.environ.get("HOOKS"):
    hook = pulumi.ResourceHook("look", lambda _args: None)
    Thing("hooked", opts=pulumi.ResourceOptions(hooks=pulumi.ResourceHookBinding(after_create=[hook])))
files = pulumi.AssetArchive({"a.txt": pulumi.StringAsset("a"), "sub": pulumi.AssetArchive({"b.txt": pulumi.StringAsset("b")})})
pulumi.export("files", {"text": pulumi.StringAsset("hello"), "archive": files})
pulumi.export("token", group.first.token)
pulumi.export("config", json.loads(os.environ["PULUMI_CONFIG"]))
pulumi.export("secretKeys", json.loads(os.environ["PULUMI_CONFIG_SECRET_KEYS"]))
