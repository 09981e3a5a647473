"""create() alone: nothing but a comment changes, and with it the provider's code, which the resource carries."""
# change: A comment. -> Another comment.
# plan: update oak
# outputs: serial=B-17
# stock loses: serial
import pulumi
from pulumi.dynamic import CreateResult, Resource, ResourceProvider


class Barrels(ResourceProvider):
    """A comment."""

    def create(self, props):
        return CreateResult("b1", {**props, "serial": "B-17"})


class Barrel(Resource):
    serial: pulumi.Output[str]

    def __init__(self, name):
        super().__init__(Barrels(), name, {"litres": 40, "serial": None})


class Tap(Resource):
    def __init__(self, name, serial):
        super().__init__(Barrels(), name, {"of": serial})


oak = Barrel("oak")
pulumi.export("serial", oak.serial)
