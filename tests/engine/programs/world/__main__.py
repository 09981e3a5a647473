"""Registers what plan.json lists: a list of resources, with inputs and options by their Python names."""

import json
from pathlib import Path
from typing import Any

import pulumi
from things import Thing

resources: dict[str, Any] = {}


class Group(pulumi.ComponentResource):
    def __init__(self, name: str, members: list[dict[str, Any]], opts: pulumi.ResourceOptions) -> None:
        super().__init__("world:index:Group", name, None, opts)
        made = [register(member, self) for member in members]
        self.register_outputs({"tokens": [thing.token for thing in made]})


class Item(pulumi.CustomResource):
    place: pulumi.Output[str]

    def __init__(self, name: str, props: dict[str, Any], opts: pulumi.ResourceOptions) -> None:
        super().__init__("shelf:index:Item", name, {"place": None, **props}, opts)


def note(args: pulumi.ResourceHookArgs) -> None:
    pulumi.log.info(f"hook for {args.name} with {sorted((args.new_outputs or {}).keys())}")


def refuse(args: pulumi.ResourceHookArgs) -> None:
    raise Exception(f"the hook of {args.name} refuses")  # noqa: TRY002  as users write it


def again(args: pulumi.ErrorHookArgs) -> bool:
    Path("world/healed").touch()
    return True


HOOKS = {
    "note": pulumi.ResourceHook("note", note),
    "refuse": pulumi.ResourceHook("refuse", refuse),
}


def reference(value: Any) -> Any:
    if isinstance(value, str) and value.startswith("$"):
        name, _, attribute = value[1:].partition(".")
        return getattr(resources[name], attribute)
    if isinstance(value, str) and value.startswith("!"):
        return pulumi.Output.secret(value[1:])
    if isinstance(value, dict):
        return {key: reference(item) for key, item in value.items()}
    if isinstance(value, list):
        return [reference(item) for item in value]
    return value


def options(spec: dict[str, Any], parent: pulumi.Resource | None) -> pulumi.ResourceOptions:
    wanted = dict(spec.get("opts", {}))
    for key in ("depends_on", "replace_with"):
        if key in wanted:
            wanted[key] = [resources[name] for name in wanted[key]]
    for key in ("deleted_with", "parent", "provider"):
        if key in wanted:
            wanted[key] = resources[wanted[key]]
    if "aliases" in wanted:
        wanted["aliases"] = [pulumi.Alias(**alias) for alias in wanted["aliases"]]
    if "hooks" in wanted:
        hooks = {kind: [HOOKS[name] for name in names] for kind, names in wanted["hooks"].items() if kind != "on_error"}
        if "on_error" in wanted["hooks"]:
            hooks["on_error"] = [pulumi.ErrorHook("again", again)]
        wanted["hooks"] = pulumi.ResourceHookBinding(**hooks)
    if "timeouts" in wanted:
        wanted["custom_timeouts"] = pulumi.CustomTimeouts(**wanted.pop("timeouts"))
    if wanted.pop("transform", False):
        wanted["transforms"] = [enlarge]
    if "replacement_trigger" in wanted:
        wanted["replacement_trigger"] = reference(wanted["replacement_trigger"])
    if parent:
        wanted["parent"] = parent
    return pulumi.ResourceOptions(**wanted)


def enlarge(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult:
    return pulumi.ResourceTransformResult(props={**args.props, "size": 99}, opts=args.opts)


def register(spec: dict[str, Any], parent: pulumi.Resource | None = None) -> Any:
    name = spec["name"]
    if "members" in spec:
        made: Any = Group(name, spec["members"], options(spec, parent))
    elif "item" in spec:
        made = Item(name, reference(spec["item"]), options(spec, parent))
    elif "stack" in spec:
        made = pulumi.StackReference(name, spec["stack"])
    elif "config" in spec:
        made = pulumi.ProviderResource(spec.get("package", "pulumi-python"), name, reference(spec["config"]), options(spec, parent))
    else:
        made = Thing(name, {"key": name, **reference(spec.get("inputs", {}))}, options(spec, parent))
    resources[name] = made
    return made


plan = json.loads(Path("plan.json").read_text())
if plan.get("stack_transform"):
    pulumi.runtime.register_resource_transform(enlarge)
for spec in plan["resources"]:
    register(spec)
if "count" in plan:
    pulumi.export("count", pulumi.runtime.invoke_output("shelf:index:count", plan["count"]))
for name, value in plan.get("outputs", {}).items():
    pulumi.export(name, reference(value))
if plan.get("raise"):
    raise Exception("the program was told to raise")  # noqa: TRY002  as users write it
if plan.get("run_error"):
    raise pulumi.RunError("the program was told to stop")
