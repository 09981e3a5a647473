"""diff() replaces, the old one is deleted first."""
# change: "fixed" -> "moved"
# plan: replace a
import pulumi
from pulumi.dynamic import CreateResult, DiffResult, Resource, ResourceProvider


class Things(ResourceProvider):
    def diff(self, id_, olds, news):
        replaces = [key for key in ("place",) if olds[key] != news[key]]
        return DiffResult(changes=bool(replaces), replaces=replaces, stables=["name"], delete_before_replace=True)

    def create(self, props):
        return CreateResult("thing-" + props["place"], props)


class Thing(Resource):
    def __init__(self, name, place):
        super().__init__(Things(), name, {"place": place})


Thing("a", "fixed")
