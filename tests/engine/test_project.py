"""Pulumi.yaml and the configuration of stacks."""

import json
import shutil
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_embedded_engine.errors import NeedsPulumiCLI, ProjectError, SecretsError
from pulumi_embedded_engine.store.secrets import PassphraseSecrets
from pulumi_embedded_engine.workspace.project import Project, ProviderPlugin
from pulumi_embedded_engine.workspace.yaml_file import YamlFile
from tests.engine.cli import PROGRAMS, RECORDED

MINIMAL = "name: p\nruntime: python\n"


def project(folder: Path, text: str, stack: str | None = None) -> Project:
    folder.mkdir(exist_ok=True)
    (folder / "Pulumi.yaml").write_text(dedent(text), encoding="utf-8")
    if stack is not None:
        (folder / "Pulumi.dev.yaml").write_text(dedent(stack), encoding="utf-8")
    return Project.load(folder)


def test_a_project_is_found_from_any_folder_below(tmp_path: Path) -> None:
    project(tmp_path, MINIMAL)
    (tmp_path / "a/b").mkdir(parents=True)
    found = Project.load(tmp_path / "a/b")
    assert (found.root, found.name, found.program_dir, found.program) == (tmp_path, "p", tmp_path, ".")


def test_every_field_of_a_project_is_read(tmp_path: Path) -> None:
    (tmp_path / "stacks").mkdir()
    found = project(
        tmp_path,
        """
        name: my-project.1
        description: What it is
        author: ann
        main: stacks
        stackConfigDir: config
        backend: {url: "file://~"}
        runtime:
          name: python
          options: {virtualenv: .venv, toolchain: pip}
        plugins:
          providers:
            - {name: pulumi-python, path: providers/host}
            - {name: mini, path: /opt/mini, version: 1.2.3}
        options: {refresh: always}
        """,
    )
    assert (found.name, found.description, found.backend_url) == ("my-project.1", "What it is", "file://~")
    assert (found.program_dir, found.program) == (tmp_path / "stacks", ".")
    assert found.stack_file("dev") == tmp_path / "config/Pulumi.dev.yaml"
    assert found.runtime_options == {"virtualenv": ".venv", "toolchain": "pip"}
    assert found.provider_plugins == (
        ProviderPlugin("pulumi-python", tmp_path / "providers/host"),
        ProviderPlugin("mini", Path("/opt/mini"), "1.2.3"),
    )
    assert found.options == {"refresh": "always"}


def test_main_may_be_a_file(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src/program.py").touch()
    found = project(tmp_path, MINIMAL + "main: src/program.py\n")
    assert (found.program_dir, found.program) == (tmp_path / "src", "program.py")


def test_config_may_name_the_folder_of_the_stacks(tmp_path: Path) -> None:
    assert project(tmp_path, MINIMAL + "config: here\n").stack_file("dev") == tmp_path / "here/Pulumi.dev.yaml"


def test_no_project_says_where_it_was_sought(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=f"no Pulumi.yaml in {tmp_path} or above"):
        Project.load(tmp_path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Pulumi.yaml: expected a mapping"),
        ("- a", "Pulumi.yaml: expected a mapping"),
        ("runtime: python", "missing a 'name' attribute"),
        ("name: 5\nruntime: python", "Pulumi.yaml:1: name: expected a string"),
        ("name: a b\nruntime: python", "Pulumi.yaml:1: name: project names may only contain"),
        ("name: p\nname: q", "Pulumi.yaml:2: name: is given twice"),
        (MINIMAL + "main: gone", "Pulumi.yaml:3: main: .*gone does not exist"),
        ("name: p\nruntime: {name: python, option: {}}", "Pulumi.yaml:2: runtime.option: unknown; expected name, options"),
        (MINIMAL + "plugins: {providers: {a: b}}", "Pulumi.yaml:3: plugins.providers: expected a list"),
        (MINIMAL + "plugins:\n  providers:\n    - name: x", "Pulumi.yaml:5: plugins.providers.0: name or path is missing"),
        (MINIMAL + "plugins:\n  providers:\n    - {name: x, path: y, url: z}", "plugins.providers.0.url: unknown"),
        (
            MINIMAL + "plugins:\n  providers:\n    - {name: x, path: 1}",
            "plugins.providers.0: expected name, path and version as strings",
        ),
        (MINIMAL + "options: {refresh: never}", "Pulumi.yaml:3: options.refresh: expected always"),
        (MINIMAL + "config: a\nstackConfigDir: b", "Pulumi.yaml:3: config: both config and stackConfigDir"),
        (MINIMAL + "config: [a]", "Pulumi.yaml:3: config: expected a mapping"),
        (MINIMAL + "config:\n  a: {typ: string}", "Pulumi.yaml:4: config.a.typ: unknown; expected default, description"),
        (MINIMAL + "config:\n  a: {type: text}", "Pulumi.yaml:4: config.a.type: unknown type"),
        (MINIMAL + "config:\n  a: {type: array}", "config.a: an array needs the type of its items"),
        (MINIMAL + "config:\n  a: {type: integer, default: x}", "config.a.default: the default is not of type integer"),
        (MINIMAL + "config:\n  a: {default: 1, value: 2}", "config.a: cannot have both"),
        (MINIMAL + "config:\n  a:b: {type: string}", "config.a:b: a key of another namespace needs a value"),
        (MINIMAL + "config:\n  a: 1.5", "config.a: expected a string, a whole number"),
        (MINIMAL + "config:\n  a:b:c:d: 1", "config.a:b:c:d: expected a key of the form"),
        ("name: p\n  runtime: python", "Pulumi.yaml:2: not valid YAML: mapping values are not allowed"),
        ("name: [p", "Pulumi.yaml:.*: not valid YAML"),
        ("a: &a [*a]", "Pulumi.yaml:.*unknown anchor .a., or one that contains itself"),
        ("name: \x00", "Pulumi.yaml:1: not valid YAML"),
    ],
)
def test_a_malformed_project_names_file_line_and_key(text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=words) as refusal:
        project(tmp_path, text)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "feature"),
    [
        ("name: p\nruntime: nodejs", "the runtime 'nodejs'"),
        ("name: p", "the runtime None"),
        (MINIMAL + "packages: {a: b}", "packages"),
        (MINIMAL + "requiredPulumiVersion: '>=3'", "requiredPulumiVersion"),
        (MINIMAL + "plugins: {languages: [{name: a, path: b}]}", "plugins.languages"),
        (MINIMAL + "config: {a.b: 1}", "the configuration key 'a.b'"),
    ],
)
def test_what_is_not_supported_needs_the_cli(text: str, feature: str, tmp_path: Path) -> None:
    with pytest.raises(NeedsPulumiCLI, match=f"^{feature}.*needs the Pulumi CLI"):
        project(tmp_path, text)


# The configuration of stacks.


def test_configuration_is_what_the_cli_gives_a_program() -> None:
    received = json.loads((RECORDED / "configured/received.json").read_text(encoding="utf-8"))
    found = Project.load(PROGRAMS / "configured").stack_config("dev", None)
    assert found.values == received["PULUMI_CONFIG"]
    assert found.secret_keys == set(received["PULUMI_CONFIG_SECRET_KEYS"])


def test_secrets_are_decrypted_at_any_depth(tmp_path: Path, secrets: PassphraseSecrets) -> None:
    shutil.copy(RECORDED / "interchange/Pulumi.dev.yaml", tmp_path)
    shutil.copy(PROGRAMS / "interchange/Pulumi.yaml", tmp_path)
    loaded = Project.load(tmp_path)
    assert loaded.encryption_salt("dev") == secrets.encryption_salt
    found = loaded.stack_config("dev", secrets)
    exported = json.loads((RECORDED / "interchange/export-show-secrets.json").read_text())["deployment"]["resources"][0][
        "outputs"
    ]
    assert found.values == exported["config"]
    assert sorted(found.secret_keys) == exported["secretKeys"]


def test_a_stack_without_a_file_has_the_defaults(tmp_path: Path) -> None:
    found = project(tmp_path, MINIMAL + "config: {size: 3}\n")
    assert found.encryption_salt("dev") == ""
    assert found.stack_config("dev", None).values == {"p:size": "3"}


def test_a_new_salt_leaves_the_file_as_it_is(tmp_path: Path) -> None:
    stack = "# mine\nconfig:\n  p:a: b # kept\n"
    found = project(tmp_path, MINIMAL, stack)
    found.set_encryption_salt("dev", "v1:salt:check")
    assert (tmp_path / "Pulumi.dev.yaml").read_text() == f"encryptionsalt: v1:salt:check\n{stack}"
    found.set_encryption_salt("new", "v1:salt:check")
    assert found.encryption_salt("new") == "v1:salt:check"


@pytest.mark.parametrize(
    ("declared", "stack", "words"),
    [
        ("", "confg: {}", "Pulumi.dev.yaml:1: confg: unknown; expected config, encryptedkey"),
        ("", "config: [a]", "Pulumi.dev.yaml:1: config: expected a mapping"),
        ("", "[a]", "Pulumi.dev.yaml: expected a mapping"),
        ("", "encryptionsalt: 5", "encryptionsalt: expected a string"),
        ("", "config:\n  a:b:c:d: 1", "Pulumi.dev.yaml:2: config.a:b:c:d: expected a key"),
        ("", "config:\n  o:\n    - secure: v1:a:b", "Pulumi.dev.yaml:3: config.o.0: is encrypted, but"),
        (
            "config: {a: {type: integer}}",
            "config:\n  a: x",
            "Pulumi.dev.yaml:2: config.a: Stack 'dev' .* must be of type 'integer'",
        ),
        ("config: {a: {type: array, items: {type: string}}}", "config: {a: [1]}", "must be of type 'array<string>'"),
        (
            "config: {a: {type: string, secret: true}}",
            "config: {p:a: x}",
            "config.p:a: Stack 'dev' .* must be encrypted as it's secret",
        ),
        ("config: {a: {type: string}, b: {}, p:c: {}}", "", "Stack 'dev' is missing configuration value 'a', 'b', 'c'"),
    ],
)
def test_a_malformed_stack_names_file_line_and_key(declared: str, stack: str, words: str, tmp_path: Path) -> None:
    found = project(tmp_path, MINIMAL + declared, stack)
    with pytest.raises(ProjectError, match=words):
        found.stack_config("dev", None)


@pytest.mark.parametrize(
    ("stack", "feature"),
    [
        ("secretsprovider: awskms://key?region=x", "the secrets provider awskms in"),
        ("environment: [dev]", "environment in"),
    ],
)
def test_a_stack_that_is_not_supported_needs_the_cli(stack: str, feature: str, tmp_path: Path) -> None:
    found = project(tmp_path, MINIMAL, stack)
    with pytest.raises(NeedsPulumiCLI, match=f"^{feature}.*needs the Pulumi CLI"):
        found.stack_config("dev", None)


def test_a_secret_that_cannot_be_decrypted_names_its_place(tmp_path: Path, secrets: PassphraseSecrets) -> None:
    found = project(tmp_path, MINIMAL, "config:\n  key:\n    secure: v1:AAAA:AAAA\n")
    with pytest.raises(SecretsError, match="Pulumi.dev.yaml:2: config.key: a secret cannot be decrypted"):
        found.stack_config("dev", secrets)


IN_ONE_ESCAPE = st.characters(codec="utf-8", max_codepoint=0xFFFF)
"""JSON escapes others as two halves, which neither YAML nor the CLI takes."""


@given(
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(IN_ONE_ESCAPE)),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(IN_ONE_ESCAPE, max_size=20), inner),
        max_leaves=10,
    )
)
def test_any_json_is_yaml(tmp_path_factory: pytest.TempPathFactory, value: object) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_text(json.dumps(value, allow_nan=True), encoding="utf-8")
    YamlFile.load(path)


@given(st.text("abc:-[]{}&*!|>'\"%@`#,?\n \t<0123.", max_size=30))
def test_any_text_is_read_or_refused_with_its_file(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "text.yaml"
    path.write_text(text, encoding="utf-8")
    refusal = str(path)
    try:
        YamlFile.load(path)
    except ProjectError as error:
        refusal = str(error)
    assert refusal.startswith(str(path))
    assert "\n" not in refusal


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16-le", "utf-16-be"])
def test_a_file_may_be_in_any_encoding_that_the_cli_reads(tmp_path: Path, encoding: str, secrets: PassphraseSecrets) -> None:
    mark = "\ufeff" if encoding.startswith("utf-16") else ""
    for name, text in (("Pulumi.yaml", MINIMAL), ("Pulumi.dev.yaml", "config:\n  p:v: größe 🐝\n")):
        (tmp_path / name).write_bytes((mark + text).encode(encoding))
    found = Project.load(tmp_path)
    assert found.stack_config("dev", secrets).values == {"p:v": "größe 🐝"}
    found.set_config("dev", "w", "x")
    assert found.stack_config("dev", secrets).values == {"p:v": "größe 🐝", "p:w": "x"}


@pytest.mark.parametrize("data", [b"\xff\xfea", "\ufeffname: p".encode("utf-32-le"), "name: größe".encode("latin-1")])
def test_another_encoding_is_an_error_that_names_the_file(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "Pulumi.yaml").write_bytes(data)
    with pytest.raises(ProjectError, match=str(tmp_path / "Pulumi.yaml")):
        Project.load(tmp_path)
