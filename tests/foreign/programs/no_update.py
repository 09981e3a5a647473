"""create() alone, as in the first example of the documentation: an input changes."""
# change: 40 -> 50
# plan: update oak
# outputs: serial=B-17
# stock loses: serial
import pulumi
from pulumi.dynamic import CreateResult, Resource, ResourceProvider


class Barrels(ResourceProvider):
    def create(self, props):
        return CreateResult("b1", {**props, "serial": "B-17"})


class Barrel(Resource):
    serial: pulumi.Output[str]

    def __init__(self, name):
        super().__init__(Barrels(), name, {"litres": 40, "serial": None})


pulumi.export("serial", Barrel("oak").serial)
