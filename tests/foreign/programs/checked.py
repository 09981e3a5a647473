"""check() fills defaults in and finds mistakes."""
# change: size=3 -> size=30
# fails: planned, changed, settled
# says: size must be less than 10
import pulumi
from pulumi.dynamic import CheckFailure, CheckResult, CreateResult, Resource, ResourceProvider


class Things(ResourceProvider):
    def check(self, olds, news):
        failures = [CheckFailure("size", "size must be less than 10")] if news["size"] >= 10 else []
        return CheckResult({"color": "red", **news}, failures)

    def create(self, props):
        return CreateResult("a", props)


class Thing(Resource):
    color: pulumi.Output[str]

    def __init__(self, name, size):
        super().__init__(Things(), name, {"size": size, "color": None})


Thing("a", size=3)
