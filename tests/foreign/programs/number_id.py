"""A database numbers its rows: the number is the id."""
# change: "row" -> "line"
# plan: update a
# outputs: id=41
# stock fails: create, again, changed, settled
import pulumi
from pulumi.dynamic import CreateResult, Resource, ResourceProvider, UpdateResult


class Rows(ResourceProvider):
    def create(self, props):
        return CreateResult(41, props)

    def update(self, id_, olds, news):
        assert int(id_) == 41
        return UpdateResult(news)


class Row(Resource):
    def __init__(self, name, text):
        super().__init__(Rows(), name, {"text": text})


pulumi.export("id", Row("a", "row").id)
