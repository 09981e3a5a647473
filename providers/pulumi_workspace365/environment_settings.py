"""The base of an environment's settings: they are write-only and cannot be removed (docs/provisioning-api.md#endpoints).

So what is recorded is what was sent last. Each carries the environment's name and incarnation, and is sent again when the
environment was deleted and re-created.
"""

from abc import abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar
from weakref import WeakSet

import pulumi
from pulumi import dynamic as pulumi_dynamic

from pulumi_dynamic_host import context
from pulumi_workspace365 import errors, lifecycle
from pulumi_workspace365.environment import Environment
from pulumi_workspace365.inputs import SettingsInputs
from pulumi_workspace365.resource import base

if TYPE_CHECKING:
    from pulumi_workspace365.api.client import Client
    from pulumi_workspace365.lifecycle.environment_cache import EnvironmentCache


_A = TypeVar("_A", bound=SettingsInputs)
_warned: WeakSet[context.Connection] = WeakSet()


class SettingsProvider(base.Provider[_A]):
    """Sends settings; the id is the environment's name."""

    replaced_by = frozenset({"environment"})
    unclearable: ClassVar[frozenset[str]] = frozenset()
    """Arguments that the server keeps when they are left out."""

    @abstractmethod
    def send(self, client: "Client", args: _A) -> None:
        """Send everything."""

    def sent_outputs(self, props: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG002  for subclasses
        """The outputs that tell what was sent, besides the recorded arguments."""
        return {}

    def outputs(self, props: Mapping[str, Any], written_to: str | None) -> dict[str, Any]:
        """The outputs of settings that were sent.

        Args:
            props: the arguments, as ``check`` returned them.
            written_to: the creation date of the environment that got them.
        """
        sent = self.sent_outputs(props)
        return {**self.recorded_arguments(props), **sent, "name": props["environment"], "written_to": written_to}

    def warn_on_change(self, name: str, olds: dict[str, Any], news: dict[str, Any]) -> None:
        if name in self.unclearable and olds.get(name) and not news.get(name):
            base.log.warning("%s: leaving it out cannot clear it; the server keeps the address it has", name)

    def create(self, props: dict[str, Any]) -> pulumi_dynamic.CreateResult:
        """Send the settings. Running it again does no harm.

        Raises:
            errors.NotFound: there is no such environment.
        """
        outs = self._write(props, props)
        return pulumi_dynamic.CreateResult(outs["name"], outs)

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> pulumi_dynamic.UpdateResult:
        """Send the current settings."""
        return pulumi_dynamic.UpdateResult(self._write(_olds, _news))

    def preview_create(self, props: dict[str, Any]) -> dict[str, Any]:
        return {**self.recorded_arguments(props), "name": props["environment"]}

    def preview_update(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> dict[str, Any]:
        outs = super().preview_update(_id, olds, news) | {"name": news["environment"]}
        return {name: value for name, value in outs.items() if name not in self.computed_on_update}

    computed_on_update: ClassVar[frozenset[str]] = frozenset({"written_to"})
    """Outputs that an update may change without an argument that tells."""

    def read(self, id_: str, props: dict[str, Any]) -> pulumi_dynamic.ReadResult:
        """Whether the environment is still the one that got the settings. What they are cannot be seen (spec, by omission).

        Raises:
            errors.Refused: it is an import, for which there is nothing to read.
            errors.Refused: the list lacks it although it exists, or more environments than W365_ALLOW_VANISHED are not what they were.
        """
        if "environment" not in props:
            raise errors.Refused(
                f"The settings of environment {id_!r} cannot be imported, because the API can write them but not read them. Declare the resource "
                "and run `pulumi up`: it sends what you declare, and leaves the rest as it is."
            )
        cache = lifecycle.environment_cache.get_cache(self.settings_for(props))
        entry = cache.find(id_)
        if entry and not lifecycle.environment_cache.is_different_incarnation(props.get("written_to"), entry):
            return pulumi_dynamic.ReadResult(id_, props)
        if cache.missing_limit.is_refused(id_):  # said once, of the environment; nothing is forgotten here either
            return pulumi_dynamic.ReadResult(id_, props)
        cache.missing_limit.check(
            id_, cache.client.settings.allow_vanished, "was deleted and created again" if entry else "is gone"
        )
        if entry is None:
            cache.confirm_gone(id_)
        return pulumi_dynamic.ReadResult("", {})

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Forget the settings: the API cannot remove them."""
        connection = context.current().connection
        if connection not in _warned:
            _warned.add(connection)
            base.log.warning(
                "settings (sign-on, Exchange, SharePoint) are only forgotten here: the API cannot remove them from an environment"
            )

    def _write(self, recorded: Mapping[str, Any], props: Mapping[str, Any]) -> dict[str, Any]:
        args, cache = self.parse(props), lifecycle.environment_cache.get_cache(self.settings_for(recorded))
        self.send(cache.client, args)
        return self.outputs(props, args.incarnation or _created(cache, args.environment))


class SettingsResource(base.Resource):
    """Settings of an environment that the API can only write."""

    name: pulumi.Output[str]
    """The environment's name."""

    def __init__(
        self,
        resource_name: str,
        props: Mapping[str, Any],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        environment = props["environment"]
        if isinstance(environment, Environment):
            props = {**props, "environment": environment.name, "incarnation": environment.incarnation}
        super().__init__(resource_name, props, opts)


def _created(cache: "EnvironmentCache", name: str) -> str | None:
    entry = cache.find(name)
    return entry.creation_date if entry else None
