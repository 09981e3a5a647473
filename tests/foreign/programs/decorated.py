"""Methods under decorators, retries, partial functions and a table of lambdas; the arguments are enums and named tuples."""
# change: Color.RED -> Color.BLUE
# plan: update a
# outputs: paint=red 2 tries, blue 2 tries
import functools
from enum import Enum
from typing import NamedTuple

import pulumi
from pulumi.dynamic import CreateResult, Resource, ResourceProvider, UpdateResult


class Color(str, Enum):
    RED = "red"
    BLUE = "blue"


class Size(NamedTuple):
    width: int
    height: int


class Busy(Exception):
    pass


def retry(times):
    def decorate(method):
        @functools.wraps(method)
        def wrapped(self, *args, **kwargs):
            for _ in range(times):
                try:
                    return method(self, *args, **kwargs)
                except Busy:
                    self.tries += 1
            raise Busy("still busy")

        return wrapped

    return decorate


PAINTS = {"red": lambda tries: f"red {tries} tries", "blue": lambda tries: f"blue {tries} tries"}
scaled = functools.partial(pow, exp=2)


class Walls(ResourceProvider):
    def __init__(self):
        self.tries = 0

    @retry(times=3)
    def create(self, props):
        if self.tries < 2:
            raise Busy
        return CreateResult("a", {**props, "paint": self.paint(props), "area": scaled(props["size"][0])})

    @retry(times=3)
    def update(self, id_, olds, news):
        if self.tries < 2:
            raise Busy
        return UpdateResult({**news, "paint": self.paint(news), "area": scaled(news["size"][0])})

    @staticmethod
    def label(color):
        return color.upper()

    def paint(self, props):
        return PAINTS[props["color"]](self.tries)


class Wall(Resource):
    paint: pulumi.Output[str]

    def __init__(self, name, color, size):
        super().__init__(Walls(), name, {"color": color, "size": size, "paint": None})


pulumi.export("paint", Wall("a", Color.RED, Size(2, 3)).paint)
