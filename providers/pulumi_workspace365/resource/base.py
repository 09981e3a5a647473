"""The base of every resource here: registration, validation, comparison and error reporting.

What is permanent: Pulumi stores the provider in state as a reference to its module and class and loads it from there to
refresh or delete. Type tokens and the paths of provider classes are therefore public; ``tests/test_state_contract.py`` pins them.
"""

import dataclasses
import logging
from collections.abc import Mapping
from typing import Any, ClassVar, Generic, TypeVar

import pulumi
from pulumi import dynamic
from pulumi.dynamic.dynamic import PROVIDER_KEY
from pulumi.output import contains_unknowns

from pulumi_dynamic_host import context, registry
from pulumi_workspace365 import errors
from pulumi_workspace365.api import configuration
from pulumi_workspace365.resource import arguments, config_keys, keywords, provider_references, sdk_registration

log = logging.getLogger("pulumi_workspace365")
"""What a person should know although nothing failed: shown beside the resource, or with the stack's diagnostics."""

_INSTANCE = "instance"
_OWN = frozenset({PROVIDER_KEY, _INSTANCE})


class Incomplete(dynamic.CreateResult):
    """The resource exists but is not yet as desired; a host that supports ``reasons`` records both, and the next ``up`` completes it."""

    def __init__(self, id_: str, outs: dict[str, Any], reasons: list[str]) -> None:
        super().__init__(id_, outs)
        self.reasons = reasons
        for reason in () if context.current().hosted else reasons:  # elsewhere nobody would hear of them
            log.warning("%s", reason)


_A = TypeVar("_A")


class Provider(dynamic.ResourceProvider, Generic[_A]):
    """What all providers here share. Holds nothing that would be pickled: its state lives in the modules it calls.

    Inputs in state are the arguments as given, plus ``instance``, where the resource lives. ``check`` and ``diff`` never call a server.
    """

    serialize_as_secret_always = False  # the reference names a class and captures nothing
    is_shareable: ClassVar[bool] = True
    """Whether one host may serve several stacks with it: an instance serves one of them, and modules keep what they know by its settings."""

    args_type: ClassVar[type]
    """The class of the arguments: ``_A``."""
    always_validate: ClassVar[bool] = False
    """Whether unchanged arguments may mean something else than last time."""
    omit_from_outputs: ClassVar[frozenset[str]] = frozenset()
    """Arguments that outputs do not repeat (secrets)."""
    secret_arguments: ClassVar[frozenset[str]] = frozenset()
    """Arguments that are secret, whether or not the program says so."""
    secret_outputs: ClassVar[frozenset[str]] = frozenset()
    """Outputs that are secret."""

    @classmethod
    def arguments(cls) -> tuple[str, ...]:
        """The names of the arguments."""
        return tuple(field.name for field in dataclasses.fields(cls.args_type))

    @classmethod
    def defaults(cls) -> dict[str, Any]:
        """The arguments that have a value where they are left out."""
        fields = dataclasses.fields(cls.args_type)
        return {field.name: field.default for field in fields if field.default not in {dataclasses.MISSING, None}}

    def configure(self, req: dynamic.ConfigureRequest) -> None:
        """Keep the stack's configuration; it is judged when it is needed."""
        self._config = req.config

    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> dynamic.CheckResult:
        """Validate the arguments and note the instance. Unknown values pass, and what has passed before."""
        news = {**self.defaults(), **news}  # a program in another language may leave them to the provider
        before, now = self._declared_arguments(olds), self._declared_arguments(news)
        declared = {name: value for name, value in news.items() if name in now or name not in _OWN}
        settled = bool(before) and declared == before and not self.always_validate
        reasons = [] if settled else arguments.validation_problems(self.args_type, declared)
        inputs = dict(news)
        try:
            reasons += self.set_instance(olds, inputs)
        except errors.ConfigurationError as problem:
            reasons.append(str(problem))
        if olds and not reasons:
            reasons += self.check_change(olds, news)
        # With a property's name the engine would print its value, secret or not.
        return dynamic.CheckResult(inputs, [dynamic.CheckFailure("", reason) for reason in reasons])

    def set_instance(self, olds: dict[str, Any], inputs: dict[str, Any]) -> list[str]:
        """Note in the inputs where the resource lives; returns reasons why it cannot live there.

        Raises:
            errors.ConfigurationError: a setting is missing or malformed.
        """
        inputs[_INSTANCE] = self.settings().instance
        return _moved(olds, inputs[_INSTANCE])

    def check_change(self, olds: dict[str, Any], news: dict[str, Any]) -> list[str]:  # noqa: ARG002  for subclasses
        """Reasons why these new arguments cannot follow the old ones."""
        return []

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> dynamic.DiffResult:
        """Compare recorded and desired properties. An unknown value counts as a change, but never as a reason to replace."""
        changed = [name for name in self.arguments() if not self.is_equal(name, _olds, _news)]
        for name in changed:
            self.warn_on_change(name, _olds, _news)
        replaces = [name for name in changed if name in self.replaced_by and not contains_unknowns(_news.get(name))]
        moved = not provider_references.is_same(_olds.get(PROVIDER_KEY), _news.get(PROVIDER_KEY))
        return dynamic.DiffResult(changes=bool(changed) or moved, replaces=replaces, delete_before_replace=True)

    replaced_by: ClassVar[frozenset[str]] = frozenset()
    """Arguments whose change means another object on the server."""

    def is_equal(self, name: str, olds: dict[str, Any], news: dict[str, Any]) -> bool:
        """Whether an argument is what the recorded outputs say."""
        return not contains_unknowns(news.get(name)) and bool(olds.get(name) == news.get(name))

    def warn_on_change(self, name: str, olds: dict[str, Any], news: dict[str, Any]) -> None:
        """Say what a person should know about a changed argument, once per preview or update."""

    def preview_create(self, props: dict[str, Any]) -> dict[str, Any]:
        """The outputs that a create is certain to have; those left out are unknown until it is done."""
        return self.recorded_arguments(props)

    def preview_update(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> dict[str, Any]:
        """The outputs that an update is certain to have, so that dependents which will not change are not shown as changing."""
        return {**olds, **self.recorded_arguments(news)}

    def settings(self) -> configuration.Settings:
        """The configured instance.

        Raises:
            errors.ConfigurationError: a setting is missing or malformed.
        """
        return configuration.read(self._config.get)

    def settings_for(self, props: Mapping[str, Any]) -> configuration.Settings:
        """The configured instance, on which the resource must live.

        Raises:
            errors.WrongInstance: it lives on another instance than the one configured.
        """
        settings = self.settings()
        for reason in _moved(props, settings.instance):
            raise errors.WrongInstance(reason)
        return settings

    def recorded_arguments(self, props: Mapping[str, Any]) -> dict[str, Any]:
        """The part of some properties that is arguments, as outputs repeat it."""
        found = self._declared_arguments(props) | {name: props[name] for name in (_INSTANCE,) if name in props}
        return {name: value for name, value in found.items() if name not in self.omit_from_outputs}

    def _declared_arguments(self, props: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments among some properties."""
        return {name: props[name] for name in self.arguments() if name in props}

    def parse(self, props: Mapping[str, Any]) -> _A:
        """The arguments, typed. Reached only after ``check`` has passed."""
        typed: _A = arguments.parse_arguments(self.args_type, self._declared_arguments(props))
        return typed


class Resource(dynamic.Resource):
    """A dynamic resource whose type token is inherited by subclasses and whose provider is serialised once.

    A class that defines ``name`` has its own type, which the host can import; other classes are intermediate, or users' subclasses.
    The outputs that a class annotates are its attributes; arguments are not.
    """

    provider_type: ClassVar[type[Provider[Any]]]
    args_class: ClassVar[type[keywords.ResourceArgs]]
    """The class of its arguments as one object."""
    _outputs: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, module: str = "workspace365", name: str = "", **kwargs: Any) -> None:
        inherited: str | None = getattr(cls, "_resource_type_name", None)
        super().__init_subclass__(module=module, name=name, **kwargs)
        cls._outputs = sdk_registration.declared_outputs(cls)
        if not name and inherited:
            cls._resource_type_name = inherited
        elif name:
            arguments = [argument for argument in cls.provider_type.arguments() if argument != "incarnation"]
            registry.register(f"pulumi-python:{cls._resource_type_name}", cls.provider_type, arguments)

    def __init__(self, resource_name: str, props: Mapping[str, Any], opts: pulumi.ResourceOptions | None = None) -> None:
        config_keys.refuse_unknown_package_keys()
        present = {name: value for name, value in props.items() if value is not None}
        for name in self.provider_type.secret_arguments & present.keys():
            if not isinstance(present[name], pulumi.Asset):
                present[name] = pulumi.Output.secret(present[name])
        if self.provider_type.secret_outputs:
            own = pulumi.ResourceOptions(additional_secret_outputs=sorted(self.provider_type.secret_outputs))
            opts = pulumi.ResourceOptions.merge(own, opts)
        self._register(resource_name, {**self.provider_type.defaults(), **present}, opts)

    def _register(self, resource_name: str, inputs: dict[str, Any], opts: pulumi.ResourceOptions | None) -> None:
        """Declare a dynamic resource. ``dynamic.Resource`` would serialise the provider again for each one."""
        token = f"pulumi-python:{self._resource_type_name}"
        inputs[PROVIDER_KEY] = _reference(self.provider_type)
        sdk_registration.register(self, token, resource_name, inputs, self._outputs, opts=opts)

    def _arguments(
        self, resource_name: str, positional: tuple[object, ...], named: Mapping[str, Any]
    ) -> tuple[dict[str, Any], pulumi.ResourceOptions | None]:
        """The arguments by name, however they were given, and the options."""
        subject = f"{type(self).__name__} {resource_name!r}"
        collected, options = keywords.collect_arguments(subject, self.args_class, positional, named)
        return collected.to_dict(), options


_references: dict[type[Provider[Any]], str] = {}


def _reference(provider: type[Provider[Any]]) -> str:
    if provider not in _references:
        _references[provider] = provider_references.serialize(provider())
    return _references[provider]


def _moved(recorded: Mapping[str, Any], instance: str) -> list[str]:
    before = recorded.get(_INSTANCE)
    if not isinstance(before, str) or before == instance:
        return []
    return [
        (
            f"it lives on {before}, but this run is configured for {instance}. Point w365:baseUrl (W365_BASE_URL) back to where it "
            "lives; for a second instance use an explicit provider, Instance(…), and ResourceOptions(provider=…)"
        )
    ]
