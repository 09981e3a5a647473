"""An environment of a Workspace 365 instance: a customer's tenant (docs/provisioning-api.md#environments)."""

from typing import Any, ClassVar, Literal, Required, TypedDict, Unpack, overload

import pulumi
from pulumi import dynamic as pulumi_dynamic

from pulumi_dynamic_host import lazy_import
from pulumi_workspace365 import errors, lifecycle
from pulumi_workspace365.api import configuration
from pulumi_workspace365.api.timestamps import same_moment
from pulumi_workspace365.inputs import EnvironmentInputs
from pulumi_workspace365.resource import base
from pulumi_workspace365.resource.keywords import ResourceArgs

_ADMINISTRATOR = ("admin_email", "admin_first_name", "admin_last_name")
_RENAMED = "Only the former resource was removed from the state. Next time, use `aliases` for another name and `w365 migrate` for another class"
_CREATE_ONLY = frozenset({*_ADMINISTRATOR, "adopt_existing", "name_policy", "temporary_password_to"})

_USUALLY_NEXT = tuple(f"pulumi_workspace365.{name}" for name in ("sign_on", "exchange", "sharepoint"))
"""The settings that a new environment gets: their modules are loaded while its create is waited for."""


class EnvironmentArgsDict(TypedDict, total=False):
    """The arguments of :class:`Environment`, which explains them, by name."""

    environment_name: Required[pulumi.Input[str]]
    admin_email: pulumi.Input[str] | None
    admin_first_name: pulumi.Input[str] | None
    admin_last_name: pulumi.Input[str] | None
    active: pulumi.Input[bool] | None
    adopt_existing: pulumi.Input[bool] | None
    deletion_protection: bool | None
    on_delete: pulumi.Input[Literal["delete", "deactivate", "abandon"]] | None
    name_policy: pulumi.Input[Literal["accept", "exact"]] | None
    temporary_password_to: pulumi.Input[str] | None


class EnvironmentArgs(ResourceArgs):
    """The arguments of :class:`Environment` as one object."""

    keywords = EnvironmentArgsDict

    def __init__(self, **arguments: Unpack[EnvironmentArgsDict]) -> None:
        super().__init__(**arguments)


class EnvironmentProvider(base.Provider[EnvironmentInputs]):
    """Creates, adopts, activates, reads and deletes environments. The id is the server's name."""

    args_type = EnvironmentInputs
    secret_outputs = frozenset({"temporary_password"})

    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> pulumi_dynamic.CheckResult:
        result = super().check(olds, news)
        if not olds and not news.get("adopt_existing"):  # what exists already has its administrator
            missing = [name for name in _ADMINISTRATOR if news.get(name) is None]
            result.failures.extend(
                pulumi_dynamic.CheckFailure("", f"{name}: it is required to create an environment") for name in missing
            )
        return result

    def check_change(self, olds: dict[str, Any], news: dict[str, Any]) -> list[str]:
        before, after = olds.get("environment_name"), news.get("environment_name")
        if not isinstance(before, str) or not isinstance(after, str) or before == after:
            return []
        return [
            (
                f"environment_name: it cannot change from {before!r} to {after!r}, because the API cannot rename an environment, and it is never "
                "replaced. Keep the old name here; for a new environment declare a second resource, move the people, then retire this one"
            )
        ]

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> pulumi_dynamic.DiffResult:
        """Compare, and keep in mind that the environment is in state: what else is new on the list may be an interrupted create's."""
        self.record_known(_id, _olds, now=False)
        if isinstance(_olds.get("instance"), str):
            lifecycle.claims.declare(_olds["instance"], _id)
        return super().diff(_id, _olds, _news)

    def record_known(self, id_: str, olds: dict[str, Any], *, now: bool = True) -> None:
        """The environment is in state."""
        if isinstance(olds.get("instance"), str) and isinstance(olds.get("environment_name"), str):
            lifecycle.create.mark_recorded(olds["instance"], olds["environment_name"], id_, olds.get("creation_date"), now=now)

    def is_equal(self, name: str, olds: dict[str, Any], news: dict[str, Any]) -> bool:
        if name == "active":
            return bool(olds.get("is_active") == news.get("active"))
        return super().is_equal(name, olds, news)

    def warn_on_change(self, name: str, olds: dict[str, Any], news: dict[str, Any]) -> None:  # noqa: ARG002  the name says enough
        if name in _CREATE_ONLY:
            base.log.info("%s is used only when an environment is created: the change is recorded, nothing is sent", name)

    def create(self, props: dict[str, Any]) -> pulumi_dynamic.CreateResult:
        """Create the environment, or adopt it.

        Raises:
            errors.Refused: the name is in use.
            errors.W365Error: nothing was created, or (``Ambiguous``) several environments may be the one created.
        """
        args, cache = self.parse(props), lifecycle.environment_cache.get_cache(self.settings_for(props))
        if args.temporary_password_to:
            lifecycle.password_delivery.check_target(args.temporary_password_to)
        lazy_import.expect(*_USUALLY_NEXT)
        request = lifecycle.create.CreateRequest(
            args.environment_name, args.admin_email, args.admin_first_name, args.admin_last_name
        )
        found = lifecycle.create.create(cache, request, adopt=args.adopt_existing)
        outs = {
            **self.recorded_arguments(props),
            **lifecycle.state.unknown_outputs(found.name),
            "environment_id": found.environment_id,
            "temporary_password": found.password,
            "temporary_password_available": found.password is not None,
        }
        return lifecycle.post_create.complete(
            outs,
            cache,
            requested_name=args.environment_name,
            exact=args.name_policy == "exact",
            active=args.active,
            password_to=args.temporary_password_to,
        )

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> pulumi_dynamic.UpdateResult:
        """Activate or deactivate; every other change is only recorded.

        Raises:
            errors.NotFound: the environment is gone, or another one has its name now.
        """
        self.record_known(_id, _olds)
        args = self.parse(_news)
        outs = {**_olds, **self.recorded_arguments(_news)}
        if _olds.get("is_active") != args.active or not _olds.get("creation_date"):
            cache = lifecycle.environment_cache.get_cache(self.settings_for(_olds))
            outs |= lifecycle.state.outputs_from_entry(lifecycle.state.require_same(cache, _id, _olds))
            outs |= lifecycle.state.set_active(cache, _id, args.active, outs["is_active"])
        return pulumi_dynamic.UpdateResult(outs)

    def preview_update(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> dict[str, Any]:
        outs = super().preview_update(_id, olds, news) | {"is_active": news.get("active", True)}
        return {name: value for name, value in outs.items() if not (name == "creation_date" and value is None)}

    def read(self, id_: str, props: dict[str, Any]) -> pulumi_dynamic.ReadResult:
        """Read from the list (docs/provisioning-api.md#list): existence, whether active, whether it is still the same environment.

        Raises:
            errors.Refused: the list lacks it although it exists, or more environments than W365_ALLOW_VANISHED are not what they were.
            errors.NotFound: there is nothing to import.
        """
        cache = lifecycle.environment_cache.get_cache(self.settings_for(props))
        allowed = cache.client.settings.allow_vanished
        entry = cache.find(id_)
        if entry is None:
            if "environment_name" not in props:
                raise errors.NotFound(f"There is no environment {id_!r} on {cache.client.settings.instance}: nothing to import.")
            cache.missing_limit.check(id_, allowed, "is gone")
            cache.confirm_gone(id_)
            self.record_known(id_, props)
            lifecycle.create.mark_gone(cache.client.settings.instance, id_)
            return pulumi_dynamic.ReadResult("", {})
        outs = {
            **(self.defaults() if "environment_name" not in props else {}),  # an import, which the next preview finds unchanged
            **lifecycle.state.unknown_outputs(entry.name),
            "environment_name": entry.name,
            "instance": cache.client.settings.instance,
            **props,
        }
        if not same_moment(outs["creation_date"], entry.creation_date):
            cache.missing_limit.check(id_, allowed, "was deleted and created again")
            base.log.warning("environment %r was re-created: created %s, not %s", id_, entry.creation_date, outs["creation_date"])
            outs |= lifecycle.state.unknown_outputs(entry.name)
        self.record_known(entry.name, {**outs, "creation_date": entry.creation_date})
        outs |= {
            **lifecycle.state.outputs_from_entry(entry),
            "active": entry.is_active,
            "incarnation": outs["incarnation"] or entry.creation_date,
        }
        return pulumi_dynamic.ReadResult(entry.name, outs, self.recorded_arguments(outs))

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Delete, deactivate or abandon, as ``on_delete`` says.

        Raises:
            errors.Refused: it is protected, or the list lacks it although it exists.
            errors.NotFound: another environment has its name now.
        """
        recorded = {
            "on_delete": None,
            **self.defaults(),
            **self.recorded_arguments(_props),
        }  # an import does not know all arguments
        cache = lifecycle.environment_cache.get_cache(self.settings_for(_props))
        if recorded["deletion_protection"] and not configuration.may_delete(_id, recorded["environment_name"]):
            raise errors.Refused(
                f"Environment {_id!r} has deletion_protection=True. Set it to False and run `pulumi up`, or allow this run with W365_ALLOW_DELETE={_id}. "
                "If only the import of its class changed, run `w365 migrate` instead."
            )
        self.record_known(_id, _props)
        mode = recorded["on_delete"] or ("abandon" if recorded["adopt_existing"] else "delete")
        if mode == "abandon":
            base.log.warning("environment %r is left on the server as it is (on_delete='abandon')", _id)
            return
        other = lifecycle.claims.other_owner(cache.client.settings.instance, _id)
        if other:
            base.log.warning("environment %r is left on the server, because %s of this program has it. %s", _id, other, _RENAMED)
            return
        entry = cache.find(_id)
        if entry is None:
            cache.confirm_gone(_id)
            base.log.info("environment %r was already gone", _id)
            lifecycle.create.mark_gone(cache.client.settings.instance, _id)
            return
        lifecycle.state.require_same(cache, _id, _props)
        if mode == "deactivate":
            lifecycle.state.set_active(cache, _id, False, entry.is_active)
            base.log.warning("environment %r was deactivated, not deleted: it is still on the server", _id)
        else:
            lifecycle.delete.delete(cache, _id)
            lifecycle.create.mark_gone(cache.client.settings.instance, _id)


class Environment(base.Resource, name="Environment"):
    """An environment of the instance.

    Args:
        environment_name: the requested name; the server may change it (see the output ``name``). It cannot be changed later.
        admin_email, admin_first_name, admin_last_name: the administrator; required, and used, only to create an environment.
        active: whether users can sign in.
        adopt_existing: adopts an existing environment of that name; ``on_delete`` then defaults to ``abandon``.
        deletion_protection: registers Pulumi's ``protect``, so that previews refuse to delete the environment.
        on_delete: what removing the resource does to the environment.
        name_policy: ``exact`` refuses names that servers are known to change, and fails if this server changed the name.
        temporary_password_to: writes the temporary password once, to ``file:PATH`` (a new file, readable by its owner) or
            ``command:LINE`` (on standard input), instead of keeping it in state.

    Replaced:
        Never. A changed ``environment_name`` is refused at preview, because the API cannot rename an environment.

    Drift:
        Detected by a refresh: the environment is gone, was re-created, or was activated or deactivated.
        Not detected: the administrator, because the API returns only the list of environments, which does not contain it.

    Import:
        pulumi import pulumi-python:dynamic/workspace365:Environment RESOURCE NAME
        ``NAME`` is the server's name of the environment. The administrator, the GUID and the first password are then unknown;
        ``adopt_existing=True`` does the same in the program, for many environments at once.

    Errors:
        exists already on …: nothing was sent. Set ``adopt_existing=True`` if it is yours; otherwise choose another name.
        exists, but is not yet as declared: the create succeeded, but a later step failed. The environment is in state; run ``pulumi up`` again.
        has deletion_protection=True: set it to ``False`` and run ``pulumi up``, or allow one run with ``W365_ALLOW_DELETE``. If
            only the import of the class changed, run ``w365 migrate`` instead.
        it cannot change from … to …: keep the old name; for a new environment declare a second resource.
        may have made one of these: an earlier run lost the answer to the create, and these are new since then. If one is yours, use its
            name as ``environment_name`` with ``adopt_existing=True``; dismiss the others with ``w365 recover --dismiss NAME``.
        is another one than the one recorded: somebody re-created it. Run ``pulumi refresh`` and check it.
    """

    provider_type: ClassVar[type[base.Provider[Any]]] = EnvironmentProvider
    args_class = EnvironmentArgs

    name: pulumi.Output[str]
    """The name that the server uses, and the key of every later call."""
    environment_id: pulumi.Output[str | None]
    """The GUID from the answer to the create; ``None`` if that answer was lost or the environment was adopted."""
    creation_date: pulumi.Output[str | None]
    """The creation date as the list shows it, unparsed."""
    is_active: pulumi.Output[bool]
    """Whether users can sign in, as the list last showed it."""
    incarnation: pulumi.Output[str]
    """Changes when the environment is re-created outside Pulumi."""
    temporary_password: pulumi.Output[str | None]
    """The administrator's first password (secret). The server returns it once, in the answer to the create."""
    temporary_password_available: pulumi.Output[bool]
    """Whether ``temporary_password`` is set: not after an adoption, a lost answer, or with ``temporary_password_to``."""

    @overload
    def __init__(
        self, resource_name: str, args: EnvironmentArgs | EnvironmentArgsDict, opts: pulumi.ResourceOptions | None = None
    ) -> None: ...

    @overload
    def __init__(
        self, resource_name: str, opts: pulumi.ResourceOptions | None = None, **arguments: Unpack[EnvironmentArgsDict]
    ) -> None: ...

    def __init__(self, resource_name: str, *args: Any, **arguments: Any) -> None:
        given, opts = self._arguments(resource_name, args, arguments)
        protection, name = given.get("deletion_protection", True), given["environment_name"]
        if not isinstance(protection, bool):
            raise pulumi.RunError(f"{resource_name}: deletion_protection must be True or False, known while the program runs.")
        protect = protection and not configuration.may_delete(resource_name, name if isinstance(name, str) else None)
        super().__init__(resource_name, given, pulumi.ResourceOptions.merge(pulumi.ResourceOptions(protect=protect), opts))
