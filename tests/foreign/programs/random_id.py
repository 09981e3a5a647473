"""The first example of the documentation: a random name made once, with a binascii id."""
# change: size=8 -> size=9
# plan: update name
# outputs: length=8
import binascii

import pulumi
from pulumi.dynamic import CreateResult, Resource, ResourceProvider, UpdateResult


class RandomProvider(ResourceProvider):
    def create(self, props):
        value = binascii.b2a_hex(b"12345678"[: int(props["size"]) // 2])
        return CreateResult("foo-" + value.decode(), {"value": value.decode(), "size": props["size"]})

    def update(self, id_, olds, news):
        return UpdateResult({**olds, "size": news["size"]})


class Random(Resource):
    value: pulumi.Output[str]

    def __init__(self, name, size, opts=None):
        super().__init__(RandomProvider(), name, {"value": None, "size": size}, opts)


pulumi.export("length", Random("name", size=8).value.apply(len))
