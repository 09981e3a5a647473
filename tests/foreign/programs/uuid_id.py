"""uuid4() is the id, without str()."""
# change: "row" -> "line"
# plan: update a
# outputs: id=00000000-0000-0000-0000-000000000029
# stock fails: create, again, changed, settled
import uuid

import pulumi
from pulumi.dynamic import CreateResult, Resource, ResourceProvider


class Rows(ResourceProvider):
    def create(self, props):
        return CreateResult(uuid.UUID(int=41), props)


class Row(Resource):
    def __init__(self, name, text):
        super().__init__(Rows(), name, {"text": text})


pulumi.export("id", Row("a", "row").id)
