"""configure() requires settings, makes a client of them, and asks for one that is not there."""
# change: "plum" -> "missing"
# plan: update a
# fails: changed, settled
# says: missing
import pulumi
from pulumi.dynamic import ConfigureRequest, CreateResult, Resource, ResourceProvider, UpdateResult


class Client:
    def __init__(self, region):
        self.region = region

    def post(self, kind):
        return f"{self.region} {kind}"


class Things(ResourceProvider):
    client: Client

    def configure(self, req: ConfigureRequest) -> None:
        self.config = req.config
        self.client = Client(req.config.require("region"))
        assert req.config.get("nothing") is None
        assert req.config.require("foreign:region") == "north"

    def create(self, props):
        return CreateResult("a", {**props, "text": self.client.post(props["kind"])})

    def update(self, id_, olds, news):
        self.config.require(news["kind"])
        return UpdateResult(news)


class Thing(Resource):
    text: pulumi.Output[str]

    def __init__(self, name, kind):
        super().__init__(Things(), name, {"kind": kind, "text": None})


pulumi.export("text", Thing("a", "plum").text)
