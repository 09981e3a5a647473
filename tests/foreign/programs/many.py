"""Twenty of a kind, each a little other."""
# change: range(20) -> range(18)
# plan: delete t18, delete t19
import pulumi
from pulumi.dynamic import CreateResult, Resource, ResourceProvider, UpdateResult


class Things(ResourceProvider):
    def create(self, props):
        return CreateResult(f"id-{int(props['number'])}", props)

    def update(self, id_, olds, news):
        return UpdateResult(news)


class Thing(Resource):
    def __init__(self, number):
        super().__init__(Things(), f"t{number}", {"number": number})


things = [Thing(number) for number in range(20)]
