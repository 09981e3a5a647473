"""The providers that resources get when the program names none: one per package and version, configured by the stack."""

import asyncio
import json
import re
from typing import Any

from pulumi_embedded_engine.errors import EngineError
from pulumi_embedded_engine.plan.goal import Goal, Registered, Registration
from pulumi_embedded_engine.plan.source import Source
from pulumi_embedded_engine.providers.plugins import DYNAMIC
from pulumi_embedded_engine.resource import urn as urns
from pulumi_embedded_engine.resource.values import Properties, Secret
from pulumi_embedded_engine.workspace.config import StackConfig

_DISABLED = "pulumi:disable-default-providers"


class DefaultProviders:
    """Registers default providers on demand."""

    def __init__(self, config: StackConfig, source: Source) -> None:
        self._config, self._source = config, source
        self._references: dict[tuple[str, str, str], str] = {}
        self._lock = asyncio.Lock()

    async def reference(self, package: str, version: str, url: str, subject: str) -> str:
        """The reference of a package's default provider, which is registered if it is not yet.

        Raises:
            EngineError: the stack disables it; `subject` is the resource that needs an explicit provider.
            Closed: the operation ended first.
        """
        self._check_enabled(package, subject)
        key = (package, version, url.removesuffix("/"))
        async with self._lock:
            if key not in self._references:
                self._references[key] = await self._register(*key)
            return self._references[key]

    async def _register(self, package: str, version: str, url: str) -> str:
        type_ = f"{urns.PROVIDER_TYPE_PREFIX}{package}"
        properties = inputs(self._config, package, version, url)
        goal = Goal(type=type_, name=name(version, url), custom=True, properties=properties)
        outcome: asyncio.Future[Registered] = asyncio.get_running_loop().create_future()
        registered = await self._source.ask(Registration(goal=goal, outcome=outcome), outcome)
        return urns.provider_reference(registered.state.urn, registered.state.id)

    def _check_enabled(self, package: str, subject: str) -> None:
        listed = self._config.values.get(_DISABLED)
        if not listed or package == "pulumi":
            return
        try:
            disabled: Any = json.loads(listed)
        except (ValueError, RecursionError):
            raise EngineError(f"{_DISABLED} must be a list of package names in JSON, not {listed!r}") from None
        if not isinstance(disabled, list) or not all(isinstance(name, str) for name in disabled):
            raise EngineError(f"{_DISABLED} must be a list of package names in JSON, not {listed!r}")
        if {"*", package} & {name.strip() for name in disabled}:
            raise EngineError(f"Default provider for '{package}' disabled. '{subject}' must use an explicit provider.")


def package_config(config: StackConfig, package: str) -> Properties:
    """The stack's configuration for a package; the dynamic provider gets all of it, with full keys."""
    prefix = "" if package == DYNAMIC else f"{package}:"
    return {
        key.removeprefix(prefix): Secret(value) if key in config.secret_keys else value
        for key, value in config.values.items()
        if key.startswith(prefix)
    }


def inputs(config: StackConfig, package: str, version: str, url: str) -> Properties:
    """The inputs of a package's default provider."""
    return package_config(config, package) | plugin_inputs(version, url)


def plugin_inputs(version: str, url: str) -> Properties:
    """The inputs of a provider, as state keeps them, that say which plugin it is; empty where neither version nor URL is given."""
    properties: Properties = {}
    if version or url:
        properties["__internal"] = {"pluginDownloadURL": url} if url else {}
    if version:
        properties["version"] = version
    return properties


def name(version: str, url: str) -> str:
    """The name of the default provider of a version from an address."""
    parts = ["default", *re.split(r"[.\-+]", version)] if version else ["default"]
    if url:
        parts.append(re.sub(r"[^A-Za-z0-9_.]", "_", url))
    return "_".join(parts)
