"""Writes declared resources as a complete program in each language."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from textwrap import indent
from typing import Any, NamedTuple

from pulumi_dynamic_host.property_names import to_camel_case


class Reference(str):
    """An output: ``contoso.name``. Or a setting of the program: ``config.signOnKey``. Or a file: ``file.template.json``."""

    __slots__ = ()


class Choice(str):
    """A value of an enum."""

    __slots__ = ()


class Declared(NamedTuple):
    """A resource of a program."""

    kind: str
    name: str
    arguments: Mapping[str, Any]

    @property
    def variable(self) -> str:
        """What the resource is called in the program."""
        return "contoso" if self.kind == "Environment" else self.kind[:1].lower() + self.kind[1:]

    def enum(self, argument: str) -> str:
        """The type of an argument that is a choice."""
        return f"{self.kind}{_pascal(argument)}"


_Program = Sequence[Declared]


def _typescript(program: _Program) -> str:
    def value(argument: Any) -> str:
        owner, rest = _parts(argument)
        calls = {"config": f'config.requireSecret("{rest}")', "file": f'new pulumi.asset.FileAsset("{rest}")'}
        return calls.get(owner, str(argument)) if owner else json.dumps(argument)

    lines = ['import * as pulumi from "@pulumi/pulumi";', 'import * as workspace365 from "@pulumi/workspace365";', ""]
    if _uses(program, "config"):
        lines += ["const config = new pulumi.Config();"]
    for one in program:
        lines += [f'const {one.variable} = new workspace365.{one.kind}("{one.name}", {{']
        lines += [f"    {to_camel_case(name)}: {value(argument)}," for name, argument in one.arguments.items()]
        lines += ["});"]
    return "\n".join(lines)


def _python(program: _Program) -> str:
    def value(argument: Any) -> str:
        owner, rest = _parts(argument)
        calls = {"config": f'config.require_secret("{rest}")', "file": f'pulumi.FileAsset("{rest}")'}
        return calls.get(owner, owner) if owner else json.dumps(argument)

    lines = ["import pulumi", "from pulumi_workspace365 import native", ""]
    if _uses(program, "config"):
        lines += ["config = pulumi.Config()"]
    for one in program:
        lines += [f"{'contoso = ' if one.kind == 'Environment' else ''}native.{one.kind}(", f'    "{one.name}",']
        shown = {name: argument for name, argument in one.arguments.items() if name != "incarnation"}
        lines += [f"    {name}={value(argument)}," for name, argument in shown.items()]
        lines += [")"]
    return "\n".join(lines)


def _go(program: _Program) -> str:
    def value(one: Declared, name: str, argument: Any) -> str:
        owner, rest = _parts(argument)
        if isinstance(argument, Choice):
            return f"workspace365.{one.enum(name)}{_member(argument)}"
        if not owner:
            return f"pulumi.{'String' if isinstance(argument, str) else 'Int'}({json.dumps(argument)})"
        calls = {"config": f'config.New(ctx, "").RequireSecret("{rest}")', "file": f'pulumi.NewFileAsset("{rest}")'}
        return calls.get(owner, f"{owner}.{_pascal(rest)}")

    def body(one: Declared) -> Iterator[str]:
        named = any(one.variable in _parts(argument) for other in program for argument in other.arguments.values())
        width = max(map(len, map(_pascal, one.arguments))) + 1
        call = f'workspace365.New{one.kind}(ctx, "{one.name}", &workspace365.{one.kind}Args{{'
        yield f"{one.variable}, err := {call}" if named else f"if _, err := {call}"
        for name, argument in one.arguments.items():
            yield f"\t{f'{_pascal(name)}:':<{width}} {value(one, name, argument)},"
        yield from ["})", "if err != nil {"] if named else ["}); err != nil {"]
        yield from ["\treturn err", "}"]

    head = ["package main", "", "import (", '\t"example.com/pulumi-workspace365/sdk/go/workspace365"']
    head += ['\t"github.com/pulumi/pulumi/sdk/v3/go/pulumi"']
    head += ['\t"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"'] * _uses(program, "config")
    head += [")", "", "func main() {", "\tpulumi.Run(func(ctx *pulumi.Context) error {"]
    lines = [line for one in program for line in body(one)]
    return "\n".join([*head, indent("\n".join([*lines, "return nil"]), "\t\t"), "\t})", "}"])


def _csharp(program: _Program) -> str:
    def value(one: Declared, name: str, argument: Any) -> str:
        owner, rest = _parts(argument)
        if isinstance(argument, Choice):
            return f"Workspace365.{one.enum(name)}.{_member(argument)}"
        calls = {"config": f'config.RequireSecret("{rest}")', "file": f'new FileAsset("{rest}")'}
        return calls.get(owner, f"{owner}.{_pascal(rest)}") if owner else json.dumps(argument)

    lines = ["var config = new Config();"] * _uses(program, "config")
    for one in program:
        lines += [f'var {one.variable} = new Workspace365.{one.kind}("{one.name}", new()', "{"]
        lines += [f"    {_pascal(name)} = {value(one, name, argument)}," for name, argument in one.arguments.items()]
        lines += ["});"]
    head = ["using Pulumi;", "using Workspace365 = Pulumi.Workspace365;", "", "return await Deployment.RunAsync(() =>", "{"]
    return "\n".join([*head, indent("\n".join(lines), "    "), "});"])


def _java(program: _Program) -> str:
    def value(one: Declared, name: str, argument: Any) -> str:
        owner, rest = _parts(argument)
        if isinstance(argument, Choice):
            return f"{one.enum(name)}.{_member(argument)}"
        calls = {"config": f'ctx.config().requireSecret("{rest}")', "file": f'new FileAsset("{rest}")'}
        return calls.get(owner, f"{argument}()") if owner else json.dumps(argument)

    package = "com.pulumi.workspace365"
    enums = [one.enum(name) for one in program for name, argument in one.arguments.items() if isinstance(argument, Choice)]
    imports = ["com.pulumi.Context", "com.pulumi.Pulumi", *["com.pulumi.asset.FileAsset"] * _uses(program, "file")]
    imports += [f"{package}.{one.kind}{ending}" for one in program for ending in ("", "Args")]
    imports += [f"{package}.enums.{enum}" for enum in enums]
    lines: list[str] = []
    for one in program:
        lines += [f'var {one.variable} = new {one.kind}("{one.name}", {one.kind}Args.builder()']
        lines += [f"    .{to_camel_case(name)}({value(one, name, argument)})" for name, argument in one.arguments.items()]
        lines += ["    .build());"]
    head = [*(f"import {name};" for name in imports), "", "public class App {", "    public static void main(String[] args) {"]
    head += ["        Pulumi.run(App::stack);", "    }", "", "    private static void stack(Context ctx) {"]
    return "\n".join([*head, indent("\n".join(lines), " " * 8), "    }", "}"])


def _yaml(program: _Program) -> str:
    def value(argument: Any) -> str:
        owner, rest = _parts(argument)
        calls = {"config": f"${{{rest}}}", "file": f"{{fn::fileAsset: {rest}}}"}
        if owner:
            return calls.get(owner, f"${{{argument}}}")
        return json.dumps(argument) if isinstance(argument, str) and ":" in argument else str(argument)

    lines = ["config:", "  signOnKey: {type: string, secret: true}"] if _uses(program, "config") else []
    lines += ["resources:"]
    for one in program:
        named = [] if one.variable == one.name else [f"    name: {one.name}"]
        lines += [f"  {one.variable}:", f"    type: workspace365:{one.kind}", *named, "    properties:"]
        lines += [f"      {to_camel_case(name)}: {value(argument)}" for name, argument in one.arguments.items()]
    return "\n".join(lines)


PROGRAMS: Mapping[str, Callable[[_Program], str]] = {
    "typescript": _typescript,
    "python": _python,
    "go": _go,
    "csharp": _csharp,
    "java": _java,
    "yaml": _yaml,
}
"""How each language writes a program."""


def _parts(argument: Any) -> tuple[str, str]:
    """What a reference refers to, and its member; empty for plain values."""
    owner, _, rest = argument.partition(".") if isinstance(argument, Reference) else ("", "", "")
    return owner, rest


def _uses(program: _Program, owner: str) -> bool:
    return any(_parts(argument)[0] == owner for one in program for argument in one.arguments.values())


def _pascal(name: str) -> str:
    camel = to_camel_case(name)
    return camel[:1].upper() + camel[1:]


def _member(value: str) -> str:
    return value[:1].upper() + value[1:]
