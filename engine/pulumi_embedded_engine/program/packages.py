"""The packages that a program registers once and refers to later."""

import uuid
from dataclasses import dataclass

from pulumi_embedded_engine.errors import EngineError, NeedsPulumiCLI
from pulumi_embedded_engine.protocol import resource_pb2


@dataclass(frozen=True)
class Package:
    """Which provider serves a resource or function. `version` and `url` are empty where the program does not care."""

    name: str
    version: str
    url: str


class Packages:
    """The packages registered by a program."""

    def __init__(self) -> None:
        self._packages: dict[str, Package] = {}

    def register(self, request: resource_pb2.RegisterPackageRequest) -> str:
        """A reference to the package.

        Raises:
            NeedsPulumiCLI: it is made of another one by parameters.
        """
        if request.HasField("parameterization") or request.HasField("extension"):
            raise NeedsPulumiCLI(f"the parameterized package {request.name}")
        package = Package(request.name, request.version, request.download_url)
        for reference, registered in self._packages.items():
            if registered == package:
                return reference
        reference = str(uuid.uuid4())
        self._packages[reference] = package
        return reference

    def find(self, reference: str, name: str, version: str, url: str) -> Package:
        """The package of a reference; without one, the package of the other arguments."""
        if not reference:
            return Package(name, version, url)
        if reference not in self._packages:
            raise EngineError(f"unknown provider package '{reference}'")
        return self._packages[reference]
