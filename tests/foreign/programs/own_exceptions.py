"""Exceptions of a library: with arguments that do not pickle, without a text."""
# change: fail="" -> fail="yes"
# plan: update a
# fails: changed, settled
# says: quota of 3 exceeded
import threading
import warnings

import pulumi
from pulumi.dynamic import CreateResult, Resource, ResourceProvider, UpdateResult


class ApiError(Exception):
    def __init__(self, response, *, code):
        self.response, self.code, self.lock = response, code, threading.Lock()

    def __str__(self):
        return f"{self.code}: {self.response['error']}"


class Things(ResourceProvider):
    def create(self, props):
        warnings.warn("this API is old", DeprecationWarning, stacklevel=1)
        return CreateResult(props["name"], props)

    def update(self, id_, olds, news):
        try:
            raise KeyError("quota")
        except KeyError as problem:
            raise ApiError({"error": "quota of 3 exceeded"}, code=429) from problem


class Thing(Resource):
    def __init__(self, name, fail, opts=None):
        super().__init__(Things(), name, {"name": name, "fail": fail}, opts)


Thing("a", fail="")
