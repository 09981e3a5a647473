# ruff: noqa: ANN001, ANN201, ANN204  a program of somebody else, written as people write them
# mypy: ignore-errors
import uuid

import pulumi
from pulumi.dynamic import CreateResult, Resource, ResourceProvider


class BucketProvider(ResourceProvider):
    def create(self, props):
        return CreateResult(str(uuid.uuid5(uuid.NAMESPACE_DNS, props["label"])), {**props, "labels": len(props["label"])})


class Bucket(Resource):
    labels: pulumi.Output[int]

    def __init__(self, name, label, opts=None):
        props = {"label": label, "size": 3, "public": False, "tags": ["a", "b"], "nothing": None, "labels": None}
        super().__init__(BucketProvider(), name, props, opts)


bucket = Bucket("bucket", "photos")
pulumi.export("labels", bucket.labels)
