"""A dynamic provider that returns what it is given."""

from typing import Any

from pulumi.dynamic import CreateResult, ResourceProvider, UpdateResult


class Echo(ResourceProvider):
    def create(self, props: dict[str, Any]) -> CreateResult:
        return CreateResult(f"id-{props['name']}", {**props, "token": f"token of {props['name']}"})

    def update(self, _id: str, _olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        return UpdateResult({**news, "token": f"token of {news['name']}"})
