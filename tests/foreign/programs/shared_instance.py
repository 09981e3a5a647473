"""One instance for several resources: with a lock, a logger, a cache of the class and a counter of the module."""
# change: "pear" -> "quince"
# plan: update second
# stock hangs: an RLock arrives as held
# outputs: words=plum of 2 pear of 2, plum of 2 quince of 2
import functools
import itertools
import logging
import threading

import pulumi
from pulumi.dynamic import CreateResult, Resource, ResourceProvider, UpdateResult

log = logging.getLogger(__name__)
lock = threading.RLock()
numbers = itertools.count(1)
SIZES = {"small": 1, "large": 2}


class Shelves(ResourceProvider):
    serialize_as_secret_always = False
    _cache: dict = {}

    def __init__(self, sizes):
        self.sizes = sizes

    @functools.lru_cache(maxsize=None)
    def size(self, name):
        return self.sizes[name]

    def create(self, props):
        with lock:
            self._cache[props["kind"]] = next(numbers)
            log.info("made %s", props["kind"])
        return CreateResult(f"shelf-{props['kind']}", {**props, "words": f"{props['kind']} of {self.size('large')}"})

    def update(self, id_, olds, news):
        with lock:
            self._cache.pop(olds["kind"], None)
        return UpdateResult({**news, "words": f"{news['kind']} of {self.size('large')}"})


shelves = Shelves(SIZES)


class Shelf(Resource):
    words: pulumi.Output[str]

    def __init__(self, name, kind):
        super().__init__(shelves, name, {"kind": kind, "words": None})


first, second = Shelf("first", "plum"), Shelf("second", "pear")
pulumi.export("words", pulumi.Output.concat(first.words, " ", second.words))
