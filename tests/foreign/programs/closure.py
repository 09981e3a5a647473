"""Classes inside of a function, with what they capture."""
# change: make("crate" -> make("box"
# plan: update a
# outputs: label=a is a crate, a is a box
import pulumi
from pulumi.dynamic import CreateResult, Resource, ResourceProvider, UpdateResult


def make(kind, name):
    class Things(ResourceProvider):
        def create(self, props):
            return CreateResult(props["name"], {**props, "label": f"{props['name']} is a {kind}"})

        def update(self, id_, olds, news):
            return UpdateResult({**news, "label": f"{news['name']} is a {kind}"})

    class Thing(Resource):
        label: pulumi.Output[str]

        def __init__(self, name):
            super().__init__(Things(), name, {"name": name, "label": None})

    return Thing(name)


pulumi.export("label", make("crate", "a").label)
