"""The new one is made first; then the old one will not go, at every try."""
# change: "plum" -> "damson"
# plan: replace a
# fails: changed, settled, destroy
# says: plum is still in use
import pulumi
from pulumi.dynamic import CreateResult, DiffResult, Resource, ResourceProvider


class Things(ResourceProvider):
    def diff(self, id_, olds, news):
        return DiffResult(changes=olds != news, replaces=[key for key in ("kind",) if olds[key] != news[key]])

    def create(self, props):
        return CreateResult(props["kind"], props)

    def delete(self, id_, props):
        if id_ == "plum":
            raise RuntimeError(f"{id_} is still in use")


class Thing(Resource):
    def __init__(self, name, kind):
        super().__init__(Things(), name, {"kind": kind})


pulumi.export("id", Thing("a", "plum").id)
