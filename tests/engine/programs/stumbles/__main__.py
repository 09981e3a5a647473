import pulumi
from pulumi.dynamic import CheckFailure, CheckResult, CreateResult, Resource, ResourceProvider, UpdateResult


class StepProvider(ResourceProvider):
    def check(self, _olds, news):
        failures = []
        if news.get("height") == 13:
            failures = [CheckFailure("height", "13 brings bad luck"), CheckFailure("", "and nobody climbs it")]
        return CheckResult(news, failures)

    def create(self, props):
        if props.get("broken") == "create":
            raise Exception(f"cannot build {props['name']}")
        return CreateResult(props["name"], {**props, "built": True})

    def update(self, _id, _olds, news):
        if news.get("broken") == "update":
            raise ValueError("cannot rebuild")
        return UpdateResult({**news, "built": "again"})

    def delete(self, _id, props):
        if props.get("broken") == "delete":
            raise Exception("will not go")


class Step(Resource):
    built: pulumi.Output[bool]

    def __init__(self, name, opts=None, **props):
        super().__init__(StepProvider(), name, {"name": name, "built": None, **props}, opts)


first = Step("first")
second = Step("second", pulumi.ResourceOptions(depends_on=[first]), broken="create")
third = Step("third", pulumi.ResourceOptions(depends_on=[second]), height=3)
