"""Dynamic resources inside of a component, with parents, dependencies and outputs."""
# change: range(2) -> range(3)
# plan: create bed-2
import pulumi
from pulumi.dynamic import CreateResult, Resource, ResourceProvider


class Beds(ResourceProvider):
    def create(self, props):
        return CreateResult("bed", {**props, "full": True})


class Bed(Resource, module="garden", name="Bed"):
    full: pulumi.Output[bool]

    def __init__(self, name, number, opts=None):
        super().__init__(Beds(), name, {"number": number, "full": None}, opts)


class Garden(pulumi.ComponentResource):
    def __init__(self, name):
        super().__init__("garden:index:Garden", name)
        before = []
        for number in range(2):
            opts = pulumi.ResourceOptions(parent=self, depends_on=list(before))
            before.append(Bed(f"bed-{number}", number, opts))
        self.register_outputs({"full": before[-1].full})


Garden("home")
