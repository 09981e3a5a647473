import uuid

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, Resource, ResourceProvider, UpdateResult

UNIT = "litres"


def provider_for(kind):
    """A class made on the spot: it closes over its argument and over a global of the program."""

    class Plant(ResourceProvider):
        def check(self, _olds, news):
            from pulumi.dynamic import CheckResult

            news.setdefault("water", 1)
            return CheckResult(news, [])

        def diff(self, _id, olds, news):
            return DiffResult(changes=olds["water"] != news["water"] or olds["name"] != news["name"])

        def create(self, props):
            return CreateResult(f"{kind}-{props['name']}", {**props, "label": f"{kind} with {props['water']} {UNIT}"})

        def update(self, _id, _olds, news):
            return UpdateResult({**news, "label": f"{kind} now with {news['water']} {UNIT}"})

    return Plant()


class Tomato(Resource):
    label: pulumi.Output[str]
    water: pulumi.Output[float]

    def __init__(self, name, opts=None, **props):
        super().__init__(provider_for("tomato"), name, {"name": name, "label": None, **props}, opts)


class Herb(Resource):
    def __init__(self, name, neighbour, opts=None):
        props = {"name": name, "neighbour": neighbour.label, "both": pulumi.Output.all(neighbour.id, neighbour.label).apply("/".join)}
        super().__init__(provider_for("herb"), name, props, opts)


tomato = Tomato("red", water=2)
basil = Herb("basil", tomato)
pulumi.export("label", tomato.label)
pulumi.export("shout", tomato.label.apply(str.upper))
assert uuid.uuid4()
