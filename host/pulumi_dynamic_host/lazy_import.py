"""Modules that are imported on first use, in the background just before, or not at all. Unlike ``importlib.util.LazyLoader`` of Python 3.11, safe among threads.

That ``import pulumi`` does without the contents of a module is the SDK's inside: ``tests/host/test_sdk_canary.py`` holds against the lowest and the
newest SDK, and ``PULUMI_DYNAMIC_HOST_LAZY_IMPORTS=off`` imports everything at once.
"""

import contextlib
import importlib
import sys
import threading
import types
from collections.abc import Iterable, Iterator, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from typing import Any

_lock = threading.RLock()


def defer(name: str) -> None:
    """Execute module ``name``, once imported, at the first look at one of its contents."""
    if name not in sys.modules:
        sys.meta_path.insert(0, _Finder(name))


def expect(*names: str) -> None:
    """Note modules that will be needed, for :func:`load_expected`."""
    with _expected_lock:
        _expected.extend(names)


def load_expected() -> None:
    """Import what is expected in a thread, one module after the other. Who imports one meanwhile waits; what fails, fails again there."""
    with _expected_lock:
        names, _expected[:] = [name for name in _expected if name not in sys.modules], []
    if names:
        threading.Thread(target=_import_silently, args=(names,), name=f"import {names[0]}", daemon=True).start()


_expected: list[str] = []
_expected_lock = threading.Lock()  # not the one that is held while a module is executed: nobody waits here


@contextlib.contextmanager
def left_out(name: str) -> Iterator[None]:
    """In the block, who imports module ``name`` finds that it is not installed. Nothing is changed if it was imported before."""
    if name in sys.modules:
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment]  # how the import system says that there is no such module
    try:
        yield
    finally:
        sys.modules.pop(name, None)


def _import_silently(names: Iterable[str]) -> None:
    for name in names:
        with contextlib.suppress(Exception):
            importlib.import_module(name)


class _Deferred(types.ModuleType):
    """A module that has its name and path, and gets its contents when one is asked for."""

    def __getattr__(self, name: str) -> Any:
        with _lock:
            loader = vars(self).pop("__deferred__", None)
            if loader is not None:
                loader.exec_module(self)
                self.__class__ = types.ModuleType  # type: ignore[assignment]  # from now on an ordinary module
        if name in vars(self):
            return vars(self)[name]
        raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")


class _Loader:
    def __init__(self, loader: Any) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> types.ModuleType:
        return _Deferred(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        vars(module)["__deferred__"] = self._loader


class _Finder:
    def __init__(self, name: str) -> None:
        self._name = name

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None) -> ModuleSpec | None:
        if fullname != self._name:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _Loader(spec.loader)  # type: ignore[assignment]  # a loader by its methods: importlib.abc costs 3 ms
        return spec
