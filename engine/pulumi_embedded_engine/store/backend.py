"""The Pulumi CLI's file backend: a folder of stacks that both engines share (Pulumi's pkg/backend/diy)."""

import contextlib
import os
import urllib.parse
from pathlib import Path
from typing import Self

import yaml

from pulumi_embedded_engine import input_files
from pulumi_embedded_engine.errors import InvalidName, NeedsPulumiCLI, StateError, accessing
from pulumi_embedded_engine.store.files import entries, exists
from pulumi_embedded_engine.store.stack_store import LAYOUT, StackStore

_LARGEST_META = 4096
_SUFFIXES = (".json", ".json.gz", ".json.zst")


class Backend:
    """A folder of stacks."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @classmethod
    def from_url(cls, url: str) -> Self:
        """The backend of a ``file://`` URL: a path, ``file://~`` for the home folder, ``file://./x`` relative to the working folder.

        Raises:
            StateError: it is no URL.
            NeedsPulumiCLI: it is one of another kind.
        """
        try:
            parts = urllib.parse.urlsplit(url)
            path = urllib.parse.unquote(parts.netloc + parts.path)
            root = Path(path).expanduser().absolute()
            os.fsencode(root)
        except (ValueError, RuntimeError) as error:  # no user of that name, or none at all, has a home folder
            raise StateError(f"{url!r:.200} is not the URL of a backend ({error}): write a folder as file:///path") from error
        if not parts.scheme:
            raise StateError(f"{url!r:.200} is not the URL of a backend: write a folder as file://{Path(url).absolute()}")
        if parts.scheme != "file":
            raise NeedsPulumiCLI(f"the backend {parts.scheme}://")
        if "\0" in path:
            raise StateError(f"{url!r:.200} is not the URL of a backend: no folder has a NUL in its name")
        return cls(root)

    def stacks(self) -> list[StackStore]:
        """All stacks, by their qualified names.

        Raises:
            StateError: the folder is damaged, or cannot be read.
            NeedsPulumiCLI: the folder has a layout of another version.
        """
        self._check_layout()
        folder = self.root / ".pulumi" / "stacks"
        found: dict[str, StackStore] = {}
        with accessing(folder):
            paths = sorted(folder.glob("*/*")) if exists(folder) else []
        for path in paths:
            name = next((path.name.removesuffix(end) for end in _SUFFIXES if path.name.endswith(end)), "")
            with contextlib.suppress(InvalidName):
                if name and not path.name.startswith("."):
                    store = StackStore(self.root, path.parent.name, name)
                    found[store.qualified_name] = store
        return [found[name] for name in sorted(found)]

    def stack(self, project: str, stack: str) -> StackStore:
        """The store of one stack, which need not exist yet. Both are plain names: ``StackName.parse`` takes qualified ones apart.

        Raises:
            InvalidName: a name is not one that a project or stack can have.
            StateError: the folder is damaged.
            NeedsPulumiCLI: the folder has a layout of another version.
        """
        store = StackStore(self.root, project, stack)
        self._check_layout()
        return store

    def _check_layout(self) -> None:
        meta = self.root / ".pulumi" / "meta.yaml"
        if not exists(meta):
            if any(path.suffix == ".json" for path in entries(self.root / ".pulumi" / "stacks")):
                raise NeedsPulumiCLI(f"the folder {self.root}, of the layout without projects (`pulumi state upgrade`),")
            return
        version = _version(meta)
        if not version:
            raise StateError(f"{meta} is damaged: it has no version")
        if version != str(LAYOUT):
            raise NeedsPulumiCLI(f"the folder {self.root}, of layout version {version},")


def _version(meta: Path) -> str:
    """The layout's version as it is written; empty where the file has none. Nothing else in the file is interpreted."""
    try:
        root = yaml.compose(
            input_files.decode_text(input_files.read_regular_file(meta, largest=_LARGEST_META), str(meta)), Loader=yaml.BaseLoader
        )
    except input_files.FileError as error:
        raise StateError(str(error)) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise StateError(f"{meta} is damaged: it is not YAML") from error
    fields = root.value if isinstance(root, yaml.MappingNode) else []
    return next(
        (str(value.value) for name, value in fields if name.value == "version" and isinstance(value, yaml.ScalarNode)), ""
    )
