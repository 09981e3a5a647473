"""A provider that leaves its process: the call fails and says how, the next one goes well."""
# change: Thing("a", "leave") -> Thing("a", "stay")
# plan: create a
# fails: create, again
# says: the provider's process ended with code 10
import os

import pulumi
from pulumi.dynamic import CreateResult, Resource, ResourceProvider


class Things(ResourceProvider):
    def create(self, props):
        if props["do"] == "leave":
            os._exit(10)
        return CreateResult("a", props)


class Thing(Resource):
    def __init__(self, name, do):
        super().__init__(Things(), name, {"do": do})


Thing("a", "leave")
