import enum

import pulumi
from pulumi.dynamic import CreateResult, Resource, ResourceProvider, UpdateResult


class Size(str, enum.Enum):
    SMALL = "small"


@pulumi.input_type
class Corner:
    def __init__(self, x_pos, y_pos):
        pulumi.set(self, "x_pos", x_pos)
        pulumi.set(self, "y_pos", y_pos)

    @property
    @pulumi.getter(name="xPos")
    def x_pos(self):
        return pulumi.get(self, "x_pos")

    @property
    @pulumi.getter(name="yPos")
    def y_pos(self):
        return pulumi.get(self, "y_pos")


class AnyProvider(ResourceProvider):
    def create(self, props):
        kinds = {key: type(value).__name__ for key, value in sorted(props.items()) if key != "__provider"}
        outs = {"kinds": kinds, "tree": {"leaf": {"deep": [props["integer"], {"x": props["text"]}]}}, "nothing": None}
        return CreateResult("any", {**props, **outs})

    def update(self, _id, _olds, news):
        return UpdateResult(self.create(news).outs)


class Shape(Resource):
    kinds: pulumi.Output[dict]
    tree: pulumi.Output[dict]
    nothing: pulumi.Output[str]

    def __init__(self, name, props, opts=None):
        super().__init__(AnyProvider(), name, {**props, "kinds": None, "tree": None, "nothing": None}, opts)


everything = {
    "integer": 1,
    "float": 1.5,
    "big": 2**60,
    "small": 1e-9,
    "negative": -3,
    "text": "grün <&> \"'\\ \u2028",
    "empty": "",
    "lines": "a\nb\n",
    "true": True,
    "none": None,
    "list": [1, [2, [None, "x"]], {}],
    "object": {"a.b": 1, "c d": {"e": []}, "f": None},
    "size": Size.SMALL,
    "corners": [Corner(1, 2)],
    "later": pulumi.Output.from_input({"k": [pulumi.Output.from_input(1), 2]}),
}
shape = Shape("shape", everything)
copy = Shape("copy", {"integer": shape.tree["leaf"]["deep"][0], "text": shape.tree.apply(lambda tree: tree["leaf"]["deep"][1]["x"]), "all": shape.kinds})
pulumi.export("kinds", shape.kinds)
pulumi.export("everything", {key: value for key, value in everything.items() if key not in ("corners", "size")})
pulumi.export("nothing", shape.nothing)
pulumi.log.info("an information")
pulumi.log.warn("a warning", shape)
pulumi.log.debug("not shown")
print("printed")
