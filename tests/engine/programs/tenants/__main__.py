import pulumi
from pulumi.dynamic import CreateResult, Resource, ResourceProvider, UpdateResult


class DeskProvider(ResourceProvider):
    def configure(self, req):
        self.url = req.config.get("tenants:url")
        self.token = req.config.get("tenants:token")

    def create(self, props):
        return CreateResult(f"{self.url}/{props['name']}", {**props, "at": self.url, "with": len(self.token or "")})

    def update(self, _id, _olds, news):
        return UpdateResult({**news, "at": self.url, "with": len(self.token or "")})


class Desk(Resource):
    at: pulumi.Output[str]

    def __init__(self, name, opts=None, **props):
        super().__init__(DeskProvider(), name, {"name": name, "at": None, "with": None, **props}, opts)


def tenant(name, token):
    values = {"tenants:url": f"https://{name}.example", "tenants:token": pulumi.Output.secret(token)}
    return pulumi.ProviderResource("pulumi-python", name, values)


north, south = tenant("north", "n"), tenant("south", "s")
Desk("default")
first = Desk("first", pulumi.ResourceOptions(provider=north))
Desk("second", pulumi.ResourceOptions(provider=south), beside=first.at)


class Office(pulumi.ComponentResource):
    def __init__(self, name, opts=None):
        super().__init__("tenants:index:Office", name, None, opts)
        Desk(f"{name}-desk", pulumi.ResourceOptions(parent=self))
        self.register_outputs({})


Office("office", pulumi.ResourceOptions(providers=[south]))
pulumi.export("at", first.at)
