"""The provider holds an output and a secret of the configuration, which pickling has to keep."""
# change: "plum" -> "damson"
# plan: update a
# outputs: text=plum by key-7, damson by key-7
import pulumi
from pulumi.dynamic import CreateResult, Resource, ResourceProvider, UpdateResult

region = pulumi.Config().require("region")


class Things(ResourceProvider):
    def __init__(self, key):
        self.key = key

    def create(self, props):
        assert region == "north"
        return CreateResult("a", {**props, "text": f"{props['kind']} by {self.key.get()}"})

    def update(self, id_, olds, news):
        return UpdateResult({**news, "text": f"{news['kind']} by {self.key.get()}"})


class Thing(Resource):
    text: pulumi.Output[str]

    def __init__(self, name, key, kind):
        opts = pulumi.ResourceOptions(additional_secret_outputs=["text"])
        super().__init__(Things(key), name, {"kind": kind, "text": None}, opts)


pulumi.export("text", Thing("a", pulumi.Output.secret("key-7"), "plum").text)
