"""The resources in the schema, derived from the declarations that Python programs and providers use."""

import inspect
import re
from functools import cache
from typing import Any, get_args

import pulumi

import pulumi_workspace365
from pulumi_dynamic_host.property_names import to_camel_case
from pulumi_workspace365.environment import EnvironmentArgsDict
from pulumi_workspace365.resource.base import Resource
from pulumi_workspace365_components.package import customer_component, docstrings, examples
from pulumi_workspace365_components.package.type_specs import NAME, TypeSpecs

RESOURCES = ("Environment", "OAuth2SignOn", "ExchangeSettings", "SharePointSettings", "Template", "ConnectivityCheck")
_SECTIONS = {"Replaced": "What replaces it", "Drift": "Drift", "Errors": "Errors"}
_ENVIRONMENT = "The name of the environment, as its output `name` has it."
_INCARNATION = "The environment's output `incarnation`, so that the settings are sent again to an environment that was deleted and created again."
_DIFFERENT = {
    "Environment.deletion_protection": "Whether the provider refuses to delete the environment. Set the resource option `protect` too: it makes "
    "previews refuse already.",
    "Template.configuration": "The output of `w365 export`: an object, JSON text or a file asset. Encrypted in state. It cannot be changed later.",
}
"""What an argument means where the Python class does more, or has types of Python."""
_INSTANCE = "The address of the instance on which it lives."
_INTERNAL = {"key_digest": "A salted digest of the key, by which a changed key is noticed."}
"""Outputs that Python programs do not see."""
_DYNAMIC = re.compile(r"pulumi-python:dynamic/\w+:(\w+)")


@cache
def classes() -> dict[str, type[Resource]]:
    """The resources, by type token."""
    return {f"{NAME}:index:{name}": getattr(pulumi_workspace365, name) for name in RESOURCES}


def names() -> set[str]:
    """The Python names of all arguments and outputs."""
    return {name for cls in classes().values() for name in (*cls.provider_type.arguments(), *cls._outputs)}


def resources(types: TypeSpecs) -> dict[str, Any]:
    """The resources, as the schema has them."""
    return {token: _resource(types, cls) for token, cls in classes().items()}


def argument_specs(types: TypeSpecs, cls: type[Resource], declared: Any) -> dict[str, dict[str, Any]]:
    """The arguments that a dictionary type declares, by their Python names, described as the resource describes them."""
    described, found = docstrings.arguments(cls), {}
    for name, annotation in declared.__annotations__.items():
        spec = types.later(f"{cls.__name__}.{name}", annotation, _DIFFERENT.get(f"{cls.__name__}.{name}", described[name]))
        found[name] = spec | _marks(cls, name)
        default = cls.provider_type.defaults().get(name)
        if default is not None:
            found[name]["default"] = default
    return found


def customer(types: TypeSpecs) -> dict[str, Any]:
    """The inputs of ``CustomerEnvironment``: those of an environment, and an object for each of its settings."""
    environment = classes()[f"{NAME}:index:Environment"]
    inputs = argument_specs(types, environment, EnvironmentArgsDict)
    inputs["deletion_protection"] |= {
        "plain": True,
        "description": types.text(docstrings.arguments(environment)["deletion_protection"]),
    }
    for section, (resource, fields) in customer_component.SECTIONS.items():
        cls = classes()[f"{NAME}:index:{resource}"]
        specs = argument_specs(types, cls, fields)
        needed = [to_camel_case(name) for name in specs if name in fields.__required_keys__]
        described = f"{docstrings.prose(cls)} The fields are those of `{resource}`."
        reference = types.add(f"Customer{resource}", {"description": described, "properties": _camel(specs), "required": needed})
        inputs[section] = {**reference, "plain": True, "description": described}
    return {"inputProperties": _camel(inputs), "requiredInputs": ["environmentName"]}


def _marks(cls: type[Resource], name: str) -> dict[str, Any]:
    provider = cls.provider_type
    return {
        **({"secret": True} if name in provider.secret_arguments | provider.secret_outputs else {}),
        **({"willReplaceOnChanges": True} if name in provider.replaced_by else {}),
    }


def _resource(types: TypeSpecs, cls: type[Resource]) -> dict[str, Any]:
    declared: Any = cls.args_class.keywords
    inputs = argument_specs(types, cls, declared)
    if "incarnation" in cls.provider_type.arguments():
        inputs["environment"]["description"] = _ENVIRONMENT
        inputs["incarnation"] = {"type": "string", "description": types.text(_INCARNATION)}
    outputs, always = _outputs(types, cls)
    echoed = {name: _output_of(spec) for name, spec in inputs.items() if name not in cls.provider_type.omit_from_outputs}
    if "instance" not in echoed:
        outputs["instance"] = {"type": "string", "description": _INSTANCE}
        always.append("instance")
    defaults = [name for name in cls.provider_type.defaults() if name in echoed]
    needed = [name for name in declared.__annotations__ if name in declared.__required_keys__]
    return {
        "description": _description(types, cls),
        "inputProperties": _camel(inputs),
        "requiredInputs": [to_camel_case(name) for name in needed],
        "properties": _camel({**echoed, **outputs}),
        "required": sorted({to_camel_case(name) for name in [*needed, *defaults, *always] if name in {**echoed, **outputs}}),
    }


def _outputs(types: TypeSpecs, cls: type[Resource]) -> tuple[dict[str, Any], list[str]]:
    described, found, always = docstrings.attributes(cls, Resource), {}, []
    for name in cls._outputs:
        value = get_args(_hints(cls)[name])[0]
        found[name] = types.later(f"{cls.__name__}.{name}", _result_type(cls, name, value), described[name]) | _marks(cls, name)
        if type(None) not in get_args(value):
            always.append(name)
    for name in sorted(cls.provider_type.secret_outputs - found.keys() - {*cls.provider_type.arguments()}):
        found[name] = {"type": "string", "description": _INTERNAL[name], "secret": True}
    return found, always


def _result_type(cls: type[Resource], name: str, value: Any) -> Any:
    """The type of an output; where Python has plain objects, the model that they are made of."""
    if (cls.__name__, name) == ("ConnectivityCheck", "hops"):
        from pulumi_workspace365.apim.models import Hop  # noqa: PLC0415  for this one

        return list[Hop]
    return value


def _hints(cls: type) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        if base not in pulumi.CustomResource.__mro__:
            found |= inspect.get_annotations(base)
    return found


def _description(types: TypeSpecs, cls: type[Resource]) -> str:
    parts = [f"## {title}\n\n{_listed(docstrings.section(cls, name))}" for name, title in _SECTIONS.items()]
    parts.append(f"## Import\n\n{_import(docstrings.section(cls, 'Import'))}")
    said = types.text(_DYNAMIC.sub(rf"{NAME}:index:\1", "\n\n".join(parts)))
    return f"{types.text(docstrings.prose(cls))}\n\n{examples.section(cls.__name__)}\n\n{said}"


def _listed(text: str) -> str:
    """A section of a docstring, each entry of which is an item."""
    entries = re.sub(r"\n +", " ", text).splitlines()
    return "\n".join(f"- {docstrings.markdown(entry)}" for entry in entries)


def _import(text: str) -> str:
    """The command in a block of its own."""
    command = re.search(r"^pulumi import .*$", text, re.MULTILINE)
    words = docstrings.markdown(" ".join(line.strip() for line in text.splitlines() if not command or line != command[0]))
    return f"```sh\n{command[0]}\n```\n\n{words}" if command else words


def _output_of(spec: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in spec.items() if key not in {"default", "willReplaceOnChanges"}}


def _camel(specs: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return {to_camel_case(name): spec for name, spec in specs.items()}
