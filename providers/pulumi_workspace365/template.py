"""The template of an environment: an exported configuration, imported once into an empty environment (docs/provisioning-api.md#templates)."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Required, TypedDict, Unpack, overload

import pulumi
from pulumi import dynamic as pulumi_dynamic
from pulumi.output import contains_unknowns

from pulumi_workspace365 import errors
from pulumi_workspace365.documents import input_files, json_document
from pulumi_workspace365.documents.input_files import FileError
from pulumi_workspace365.environment import Environment
from pulumi_workspace365.environment_settings import SettingsProvider, SettingsResource
from pulumi_workspace365.inputs import SettingsInputs
from pulumi_workspace365.resource import base
from pulumi_workspace365.resource.arguments import Validated
from pulumi_workspace365.resource.keywords import ResourceArgs

if TYPE_CHECKING:
    from pulumi_workspace365.api.client import Client

_WHEN_AND_WHERE = "exportImportInfo"
_TOO_LARGE = 413


def _document(configuration: Any) -> dict[str, Any]:
    """The configuration as an object, from an object, JSON text or a file."""
    if isinstance(configuration, Mapping):
        return dict(configuration)
    try:
        source, text = _text(configuration)
        document = json_document.parse(text, source)
    except FileError as problem:
        raise ValueError(f"{str(problem).rstrip('.')}; use a file that `w365 export` wrote") from problem
    if not isinstance(document, dict):
        raise ValueError(  # noqa: TRY004  pydantic reports it as a sentence about the argument
            "it must be a JSON object, as `w365 export` writes it"
        )
    return document


def _text(configuration: Any) -> tuple[str, str]:
    """What messages call the configuration, and its JSON."""
    if not isinstance(configuration, pulumi.FileAsset):
        return "the text", str(getattr(configuration, "text", configuration))
    path = str(configuration.path)
    source = f"the file {input_files.display_path(path)}"
    return source, input_files.decode_text(
        input_files.read_user_file(Path(path), largest=input_files.DOCUMENT_BYTES, source=source), source, utf_16=True
    )


class CustomerTemplateArgsDict(TypedDict, total=False):
    """A template of whichever environment, by name."""

    configuration: Required[pulumi.Input[Mapping[str, Any] | str | pulumi.FileAsset]]
    revision: pulumi.Input[int | str] | None


class TemplateArgsDict(CustomerTemplateArgsDict):
    """The arguments of :class:`Template`, which explains them, by name."""

    environment: Environment | pulumi.Input[str]


class TemplateArgs(ResourceArgs):
    """The arguments of :class:`Template` as one object."""

    keywords = TemplateArgsDict

    def __init__(self, **arguments: Unpack[TemplateArgsDict]) -> None:
        super().__init__(**arguments)


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class TemplateInputs(SettingsInputs):
    """The arguments as the provider gets them: known, and validated."""

    configuration: Annotated[dict[str, Any], Validated(_document, before=True)]


class TemplateProvider(SettingsProvider[TemplateInputs]):
    """Imports a configuration, once."""

    args_type = TemplateInputs
    always_validate = True  # a file's content may change under its name
    omit_from_outputs = frozenset({"configuration"})
    secret_arguments = frozenset({"configuration"})

    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> pulumi_dynamic.CheckResult:
        result = super().check(olds, news)
        if not result.failures and not contains_unknowns(news["configuration"]):
            result.inputs["configuration_hash"] = _hash(_document(news["configuration"]))
        return result

    def check_change(self, olds: dict[str, Any], news: dict[str, Any]) -> list[str]:
        if contains_unknowns(news.get("configuration")) or _starts_over(olds, news):
            return []
        if olds.get("configuration_hash") in {None, _hash(_document(news["configuration"]))}:
            return []
        return [
            (
                "configuration: it cannot be changed, because Workspace 365 imports only into an empty environment. Keep the old one here and "
                "change the environment itself; or empty the environment and give a new revision too"
            )
        ]

    def is_equal(self, name: str, olds: dict[str, Any], news: dict[str, Any]) -> bool:
        if name == "configuration" and not contains_unknowns(news.get(name)):
            # check() has noted the hash: no engine sends the content of a file once more to diff()
            return bool(olds.get("configuration_hash") == (news.get("configuration_hash") or _hash(_document(news[name]))))
        return super().is_equal(name, olds, news)

    def send(self, client: "Client", args: TemplateInputs) -> None:
        configuration_hash = _hash(args.configuration)
        try:
            client.import_environment(args.environment, args.configuration)
        except errors.Rejected as refusal:
            if refusal.status == _TOO_LARGE:
                raise errors.Rejected(
                    f"{refusal} The server, or a proxy before it, takes no template of this size. Have its limit raised, or import a smaller one.",
                    status=refusal.status,
                ) from refusal
            if not _holds(client, args.environment, configuration_hash):  # else an earlier run did it, whose end was not seen
                raise errors.Rejected(
                    f"{refusal} Most likely the environment {args.environment!r} is not empty: it may have one user (the administrator) and no "
                    "apps, icons, tile groups or shared spaces of its own. Import into a new environment, or remove this Template."
                ) from refusal
        except errors.Ambiguous as lost:
            if not _holds(client, args.environment, configuration_hash):
                raise errors.Ambiguous(
                    f"{lost} It is never sent twice, and an export does not show it (fully). Look at environment {args.environment!r} before you "
                    "run it again: if it is empty, run it again; if not, remove this Template or begin with a new environment."
                ) from lost

    def sent_outputs(self, props: Mapping[str, Any]) -> dict[str, Any]:
        return {"configuration_hash": props.get("configuration_hash") or _hash(_document(props["configuration"]))}

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> pulumi_dynamic.UpdateResult:
        """Import again only into a re-created environment; other changes are only recorded."""
        if _starts_over(_olds, _news):
            return super().update(_id, _olds, _news)
        return pulumi_dynamic.UpdateResult({**_olds, **self.recorded_arguments(_news)})


class Template(SettingsResource, name="Template"):
    """An exported configuration (apps, tile groups, shared spaces) for a new, empty environment.

    Args:
        environment: the environment, or its name.
        configuration: the output of ``w365 export``: an object, JSON text or a ``pulumi.FileAsset``. Encrypted in state. It cannot be changed later.
        revision: change it to import again, after the environment was emptied.

    Replaced:
        When ``environment`` changes. A changed ``configuration`` is refused at preview, unless ``revision`` changes too.

    Drift:
        Detected by a refresh: the environment is gone, or was re-created; the template is then imported again.
        Not detected: changes that users made after the import. They are never overwritten.

    Import:
        Not possible. Omit the resource for an environment that already has content.

    Errors:
        Most likely the environment … is not empty: Workspace 365 imports only into an environment with one user and no content.
            Import into a new one, or remove this resource.
        It is never sent twice: the answer was lost, and an export does not show the content. Check the environment first: if
            it is empty, run ``pulumi up`` again; if not, remove this resource.
        it cannot be changed, because Workspace 365 imports only into an empty environment: keep the old one; or empty the environment and give a new ``revision`` too.
        this is not valid JSON: use a file that ``w365 export`` wrote.
    """

    provider_type: ClassVar[type[base.Provider[Any]]] = TemplateProvider
    args_class = TemplateArgs

    configuration_hash: pulumi.Output[str]
    """SHA-256 of the configuration in canonical form, without ``exportImportInfo`` and empty sections."""

    @overload
    def __init__(
        self, resource_name: str, args: TemplateArgs | TemplateArgsDict, opts: pulumi.ResourceOptions | None = None
    ) -> None: ...

    @overload
    def __init__(
        self, resource_name: str, opts: pulumi.ResourceOptions | None = None, **arguments: Unpack[TemplateArgsDict]
    ) -> None: ...

    def __init__(self, resource_name: str, *args: Any, **arguments: Any) -> None:
        given, opts = self._arguments(resource_name, args, arguments)
        super().__init__(resource_name, given, opts)


def _holds(client: "Client", environment: str, configuration_hash: str) -> bool:
    """Whether an export shows that the environment has this configuration; not where the export fails too."""
    try:
        return _hash(client.export_environment(environment)) == configuration_hash
    except errors.W365Error as problem:
        base.log.warning("whether environment %r has the configuration cannot be seen: %s", environment, problem)
        return False


def _starts_over(olds: Mapping[str, Any], news: Mapping[str, Any]) -> bool:
    """Whether there is a reason to expect an empty environment: another one, one created anew, or the word of the user."""
    written_to = olds.get("incarnation") or olds.get("written_to")
    anew = bool(written_to and news.get("incarnation") and written_to != news["incarnation"])
    return anew or any(olds.get(name) != news.get(name) for name in ("environment", "revision"))


def _hash(configuration: Mapping[str, Any]) -> str:
    # An export names every section, also those without content.
    content = {name: value for name, value in configuration.items() if name != _WHEN_AND_WHERE and value not in (None, [], {})}
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
