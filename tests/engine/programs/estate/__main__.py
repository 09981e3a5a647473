import pulumi
from pulumi.dynamic import CreateResult, Resource, ResourceProvider


class RoomProvider(ResourceProvider):
    def create(self, props):
        return CreateResult(f"room-{props['name']}", {**props, "door": f"door of {props['name']}"})


class Room(Resource):
    door: pulumi.Output[str]

    def __init__(self, name, opts=None, **props):
        super().__init__(RoomProvider(), name, {"name": name, "door": None, **props}, opts)


class Floor(pulumi.ComponentResource):
    def __init__(self, name, rooms, opts=None):
        super().__init__("estate:index:Floor", name, {"rooms": rooms}, opts)
        self.rooms = [Room(f"{name}-{room}", pulumi.ResourceOptions(parent=self)) for room in rooms]
        self.doors = pulumi.Output.all(*(room.door for room in self.rooms))
        self.register_outputs({"doors": self.doors})


class House(pulumi.ComponentResource):
    def __init__(self, name, opts=None):
        super().__init__("estate:index:House", name, None, opts)
        self.ground = Floor(f"{name}-ground", ["kitchen", "hall"], pulumi.ResourceOptions(parent=self))
        self.upper = Floor(f"{name}-upper", ["bed"], pulumi.ResourceOptions(parent=self, depends_on=[self.ground]))
        self.register_outputs({})


house = House("home")
shed = Room("shed", pulumi.ResourceOptions(depends_on=[house]))
pulumi.export("doors", house.ground.doors)
