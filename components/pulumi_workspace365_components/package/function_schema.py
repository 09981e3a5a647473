"""The functions in the schema."""

from typing import Any, get_args

from pulumi_dynamic_host.property_names import to_camel_case
from pulumi_workspace365_components.package.functions import FUNCTIONS, Function
from pulumi_workspace365_components.package.type_specs import TypeSpecs, required, without_plain


def functions(types: TypeSpecs) -> dict[str, Any]:
    """The functions, as the schema has them."""
    return {token: _function(types, token.rpartition(":")[2], function) for token, function in FUNCTIONS.items()}


def _function(types: TypeSpecs, name: str, function: Function) -> dict[str, Any]:
    # The plugin sets the defaults: an SDK of Go for a function with defaults in its schema sends no argument that is an output.
    inputs = {
        argument: {"type": "string", "description": types.text(spec.description)} for argument, spec in function.arguments.items()
    }
    needed = [argument for argument, spec in function.arguments.items() if spec.default is None]
    outputs = types.properties(function.model) if function.model else {}
    always = required(function.model) if function.model else []
    for result, spec in function.results.items():
        described = types.later(f"{name}.{result}", spec.annotation, spec.description)
        outputs[to_camel_case(result)] = described | ({"secret": True} if spec.secret else {})
        if type(None) not in get_args(spec.annotation):
            always.append(to_camel_case(result))
    return {
        "description": types.text(function.description),
        "inputs": {"properties": inputs, "required": needed},
        "outputs": {"properties": {key: without_plain(spec) for key, spec in outputs.items()}, "required": always},
    }
