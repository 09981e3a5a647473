"""Prints and logs in every method, also of a secret of the configuration."""
# change: "plum" -> "damson"
# plan: update a
import logging
import sys

import pulumi
from pulumi.dynamic import CreateResult, Resource, ResourceProvider, UpdateResult


class Things(ResourceProvider):
    def create(self, props):
        print("creating", props["kind"])
        sys.stderr.write("a line for errors\n")
        logging.warning("a warning")
        pulumi.log.info("an information")
        return CreateResult("a", props)

    def update(self, id_, olds, news):
        print("updating", olds["kind"], flush=True)
        return UpdateResult(news)

    def delete(self, id_, props):
        print("deleting")


class Thing(Resource):
    def __init__(self, name, kind):
        super().__init__(Things(), name, {"kind": kind})


Thing("a", "plum")
