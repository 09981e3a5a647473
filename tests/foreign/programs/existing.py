"""A resource that is there already is looked up by its id, and another depends on it."""
# change: "plum" -> "damson"
# plan: read found, update mine
# outputs: place=hall of shelf-7
import pulumi
from pulumi.dynamic import CreateResult, ReadResult, Resource, ResourceProvider, UpdateResult


class Shelves(ResourceProvider):
    def create(self, props):
        return CreateResult("shelf-new", props)

    def update(self, id_, olds, news):
        return UpdateResult(news)

    def read(self, id_, props):
        place = props.get("place") or f"hall of {id_}"
        return ReadResult(id_, {**props, "place": place})

    def delete(self, id_, props):
        assert id_ != "shelf-7"


class Shelf(Resource):
    place: pulumi.Output[str]

    def __init__(self, name, kind=None, place=None, opts=None):
        super().__init__(Shelves(), name, {"kind": kind, "place": place}, opts)


found = Shelf("found", opts=pulumi.ResourceOptions(id="shelf-7"))
pulumi.export("place", Shelf("mine", "plum", found.place).place)
