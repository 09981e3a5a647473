from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from typing import Any, Generic, TypeVar

from pulumi.dynamic import CreateResult, DiffResult, ReadResult, ResourceProvider, UpdateResult

logger = logging.getLogger(__name__)
T = TypeVar("T")


class Planting(Generic[T]):
    def planted(self, value: T) -> str:
        return f"{value} planted"


class BaseProvider(ResourceProvider, ABC):
    ignored: tuple[str, ...] = ("__provider",)

    @staticmethod
    def partial_diff(olds: dict[str, Any], news: dict[str, Any], excluded: tuple[str, ...]) -> DiffResult:
        changed = [key for key in news if key not in excluded and olds.get(key) != news[key]]
        return DiffResult(changes=bool(changed), replaces=[], stables=[key for key in news if key not in changed])

    @abstractmethod
    def outputs(self, props: dict[str, Any]) -> dict[str, Any]: ...

    def diff(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        return self.partial_diff(olds, news, self.ignored)

    def create(self, props: dict[str, Any]) -> CreateResult:
        logger.debug("creating %s", sorted(props))
        return CreateResult(f"{type(self).__name__}-1", {**props, **self.outputs(props)})

    def update(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        return UpdateResult({**news, **self.outputs(news)})

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        return ReadResult(id_, {**props, **self.outputs(props)})
