"""The provider makes a password and says itself that it is secret."""
# change: "north" -> "south"
# plan: update well
# outputs: word=open-sesame
# stock fails: create, again, changed, settled
import pulumi
from pulumi.dynamic import CreateResult, Resource, ResourceProvider, UpdateResult


class Wells(ResourceProvider):
    def create(self, props):
        return CreateResult("w1", {**props, "word": pulumi.Output.secret("open-sesame")})

    def update(self, id_, olds, news):
        return UpdateResult({**news, "word": olds["word"]})


class Well(Resource):
    word: pulumi.Output[str]

    def __init__(self, name, where):
        opts = pulumi.ResourceOptions(additional_secret_outputs=["word"])
        super().__init__(Wells(), name, {"where": where, "word": None}, opts)


pulumi.export("word", Well("well", "north").word)
