"""Loads and configures providers from their references, once per process as the SDK's own host does."""

import base64
import io
import logging
import os
import threading
from typing import Any

import dill
from pulumi.dynamic import Config, ConfigureRequest, ResourceProvider
from pulumi.dynamic.dynamic import PROVIDER_KEY, serialize_provider
from pulumi.metadata import get_project
from pulumi.runtime import Settings, configure

# By-value providers may have captured secret outputs, which refuse to be unpickled outside of this function.
from pulumi.runtime._serialization import _deserialize

from pulumi_dynamic_host import context, registry, results
from pulumi_dynamic_host.errors import HostError


class Providers:
    """The providers of one engine, with its configuration (full keys, plain values).

    Args:
        is_shared: whether the process serves other engines, too.
    """

    def __init__(self, *, is_shared: bool = False) -> None:
        self._is_shared = is_shared
        self.config: dict[str, Any] = {}
        self._loaded: dict[str, ResourceProvider] = {}
        self._lock = threading.Lock()  # two loads at once would make two instances of one provider

    def get(self, reference: Any) -> ResourceProvider:
        """The provider of a resource, from the text kept under ``__provider``.

        Raises:
            HostError: it cannot be loaded.
            Exception: whatever its own ``configure`` raises.
        """
        _set_project()
        provider = self._provider(reference)
        context.current().package = package = type(provider).__module__.partition(".")[0]
        logging.getLogger(package).setLevel(logging.DEBUG)  # for the engine, which shows it when it is asked to
        return provider

    def _provider(self, reference: Any) -> ResourceProvider:
        provider = self._loaded.get(reference)
        if provider is None:
            with self._lock:
                provider = self._loaded.get(reference)
                if provider is None:
                    provider = self._loaded[reference] = self._configured(self._load(reference))
        return provider

    def _load(self, reference: Any) -> ResourceProvider:
        return _load(reference)

    def reference_for(self, type_token: str) -> tuple[str, bool]:
        """The reference of a type's provider, as its resources carry it, and whether they carry it as a secret.

        Raises:
            HostError: no provider is known for the type.
        """
        return _reference_for(type_token)

    def _configured(self, provider: ResourceProvider) -> ResourceProvider:
        if self._is_shared and not getattr(type(provider), "is_shareable", False):
            raise HostError(
                f"{type(provider).__name__} of {type(provider).__module__} does not say that one process may use it for several stacks "
                "(is_shareable = True), so it might take the settings of one stack for those of another: run each stack with a host of its own"
            )
        configure: Any = provider.configure  # a foreign one may be a coroutine
        results.await_result(configure(ConfigureRequest(Config(raw_config=self.config, project_name=get_project()))))
        return provider


def _reference_for(type_token: str) -> tuple[str, bool]:
    registration = registry.registrations().get(type_token)
    if registration is None:
        raise HostError(
            f"no provider is registered for resources of type {type_token}: an import contains no provider. Have its module call "
            f"pulumi_dynamic_host.registry.register({type_token!r}, ItsProvider) and name the module in {registry.MODULES_VARIABLE}"
        )
    provider = registration.provider()
    return str(serialize_provider(provider)), bool(getattr(provider, "serialize_as_secret_always", True))


def _set_project() -> None:
    """Give this thread the settings that the SDK's host gives it: providers may ask for the project's name."""
    configure(Settings(project=os.environ.get("PULUMI_PROJECT", "project"), stack="stack", organization="organization"))


def _load(reference: Any) -> ResourceProvider:
    if not isinstance(reference, str):
        raise HostError(
            f"the resource has no provider ({PROVIDER_KEY} is not known): it was not created by a Python dynamic provider"
        )
    try:
        provider: ResourceProvider = _deserialize(_Unpickler(io.BytesIO(base64.b64decode(reference))).load)
    except (ImportError, AttributeError) as problem:
        raise HostError(
            f"the provider of this resource cannot be loaded: {problem}. It is kept in state by its module and class; install the package "
            "that holds them where this stack runs, or run from the program's folder, and do not move or rename them"
        ) from problem
    return provider


class _Unpickler(dill.Unpickler):  # type: ignore[misc]  # dill has no types
    """Loads every lock as free, because its holder is in the program's process. dill 0.4 would load each RLock as held, and nothing would release it."""

    def find_class(self, module: str, name: str) -> Any:
        try:
            return _FREE_LOCKS.get((module, name)) or super().find_class(module, name)
        except AttributeError as problem:
            if module != "__main__":
                raise
            raise HostError(
                f"the provider of this resource cannot be loaded: it uses {name} of the program's __main__.py, which cannot be stored with it "
                f"because it refers to itself, as every Enum does. Define {name} in a module of its own beside __main__.py and import it from there"
            ) from problem


def _free_lock(*_state: Any) -> Any:
    return threading.Lock()


def _free_rlock(*_state: Any) -> Any:
    return threading.RLock()


_FREE_LOCKS = {("dill._dill", "_create_lock"): _free_lock, ("dill._dill", "_create_rlock"): _free_rlock}
