import pulumi
from pulumi.dynamic import ConfigureRequest, CreateResult, Resource, ResourceProvider, UpdateResult


class SafeProvider(ResourceProvider):
    def configure(self, req: ConfigureRequest):
        self.region = req.config.get("region")
        self.pin = req.config.require("vault:pin")

    def create(self, props):
        return CreateResult("safe", {**props, "combination": f"{self.pin}-{props['code']}", "region": self.region, "size": len(self.pin)})

    def update(self, _id, _olds, news):
        return UpdateResult({**news, "combination": f"{self.pin}+{news['code']}", "region": self.region, "size": len(self.pin)})


class Safe(Resource):
    combination: pulumi.Output[str]
    region: pulumi.Output[str]
    size: pulumi.Output[float]
    code: pulumi.Output[str]

    def __init__(self, name, code, opts=None, **props):
        super().__init__(SafeProvider(), name, {"code": code, "combination": None, "region": None, "size": None, **props}, opts)


config = pulumi.Config()
first = Safe(
    "first",
    code=config.require_secret("code"),
    contents={"jewels": [pulumi.Output.secret("ruby"), "glass"], "letters": "none"},
    opts=pulumi.ResourceOptions(additional_secret_outputs=["combination"]),
)
second = Safe("second", code="1234", note=first.combination, hint=first.region)
pulumi.export("combination", first.combination)
pulumi.export("open", second.combination)
pulumi.export("code", first.code)
pulumi.export("nested", {"list": [first.combination, second.size], "plain": "x"})
pulumi.export("unwrapped", pulumi.Output.unsecret(pulumi.Output.secret("shown")))
