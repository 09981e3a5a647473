"""The package's resources as the engine sees them: over gRPC, in the words of the program's language."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.empty_pb2 import Empty
from google.protobuf.json_format import MessageToDict
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime import rpc
from pulumi.runtime.proto import provider_pb2

from pulumi_workspace365_sandbox import workspace365
from tests import fork_server
from tests.host.conftest import connected, failing, secret, struct

ENVIRONMENT = "workspace365:index:Environment"
SIGN_ON = "workspace365:index:OAuth2SignOn"
PERSON = {"adminEmail": "a@contoso.example", "adminFirstName": "Carla", "adminLastName": "Conti"}
CONTOSO = {"environmentName": "contoso", **PERSON}
UNKNOWN = rpc.UNKNOWN


def urn(token: str, name: str = "contoso", project: str = "shop") -> str:
    return f"urn:pulumi:dev::{project}::{token}::{name}"


def plain(message: Struct) -> dict[str, Any]:
    return dict(MessageToDict(message))


class Plugin:
    """A running plugin, configured for an instance."""

    def __init__(self, stub: Any) -> None:
        self.stub = stub

    def configure(self, name: str = "default", **inputs: Any) -> None:
        provider = urn("pulumi:providers:workspace365", name)
        self.stub.Configure(provider_pb2.ConfigureRequest(urn=provider, args=struct(inputs), acceptSecrets=True))

    def problems_of_config(self, name: str, project: str = "shop", **inputs: Any) -> tuple[list[str], dict[str, Any]]:
        provider = urn("pulumi:providers:workspace365", name, project)
        answer = self.stub.CheckConfig(provider_pb2.CheckRequest(urn=provider, news=struct(inputs)))
        return [failure.reason for failure in answer.failures], plain(answer.inputs)

    def check(
        self, token: str, news: Mapping[str, Any], olds: Mapping[str, Any] | None = None
    ) -> tuple[list[str], dict[str, Any]]:
        request = provider_pb2.CheckRequest(urn=urn(token), olds=struct(olds or {}), news=struct(news))
        answer = self.stub.Check(request)
        return [failure.reason for failure in answer.failures], plain(answer.inputs)

    def create(self, token: str, inputs: Mapping[str, Any], **fields: Any) -> provider_pb2.CreateResponse:
        made: provider_pb2.CreateResponse = self.stub.Create(
            provider_pb2.CreateRequest(urn=urn(token), properties=struct(inputs), **fields)
        )
        return made

    def error_of(self, method: str, request: Any) -> str:
        return failing(lambda: getattr(self.stub, method)(request)).message


@contextmanager
def running(folder: Path, server: workspace365.Server, runtime: str = "yaml", **variables: str) -> Iterator[Plugin]:
    """A plugin that the engine has started for a program in this folder."""
    (folder / "Pulumi.yaml").write_text(f"name: shop\nruntime: {runtime}\n")
    keys = server.management.state().keys
    own = {
        "W365_BASE_URL": server.base_url,
        "W365_PROVISIONING_KEY": keys.provisioning_key,
        "W365_HEALTH_API_KEY": keys.health_api_key,
        "W365_SETTLE_SECONDS": "1",
        "W365_JOURNAL": str(folder / "journal.jsonl"),
        **variables,
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PULUMI", "W365_", "ARM_", "AZURE_"))}
    process = subprocess.Popen(
        [str(fork_server.prefix() / "bin/pulumi-resource-workspace365"), "127.0.0.1:1"],
        cwd=folder,
        env={**kept, **{name: value for name, value in own.items() if value}},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        with connected(process.stdout.readline()) as stub:
            plugin = Plugin(stub)
            plugin.configure()
            yield plugin
            plugin.stub.Cancel(Empty())
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)


@pytest.fixture(scope="module")
def server_process() -> Iterator[workspace365.Server]:
    with workspace365.running() as server:
        yield server


@pytest.fixture
def server(server_process: workspace365.Server) -> workspace365.Server:
    server_process.management.reset()
    return server_process


def test_a_wrong_argument_is_named_as_the_language_has_it(tmp_path: Path, server: workspace365.Server) -> None:
    with running(tmp_path, server) as plugin:
        reasons, _ = plugin.check(
            ENVIRONMENT, {"environmentName": "contoso", "adminEmial": "x", "onDelete": "burn", "active": "maybe"}
        )
        assert [reason for reason in reasons if reason.startswith("active: ")]
        assert "onDelete: Input should be 'delete', 'deactivate' or 'abandon'" in reasons
        assert "adminEmial: there is no such argument; is it misspelled?" in reasons
        assert "adminFirstName: it is required to create an environment" in reasons
        reasons, _ = plugin.check(ENVIRONMENT, {**CONTOSO, "deletion_protection": False})
        assert reasons == ["deletion_protection: there is no such argument; did you mean deletionProtection?"]
        reasons, _ = plugin.check(ENVIRONMENT, {**CONTOSO, "environmentName": "fabrikam"}, CONTOSO)
        assert reasons[0].startswith("environmentName: it cannot change from 'contoso' to 'fabrikam'")
        refused = plugin.error_of("Check", provider_pb2.CheckRequest(urn=urn("workspace365:index:Nothing"), news=struct({})))
        assert refused.startswith("workspace365:index:Nothing is not a resource of this package; it has ")


def test_a_python_program_reads_its_own_names(tmp_path: Path, server: workspace365.Server) -> None:
    with running(tmp_path, server, runtime="\n  name: python\n  options: {toolchain: pip}") as plugin:
        reasons, _ = plugin.check(ENVIRONMENT, {**CONTOSO, "environmentName": "fabrikam"}, CONTOSO)
        assert reasons[0].startswith("environment_name: it cannot change")


def test_what_a_program_leaves_out_and_does_not_mark_is_filled_in_and_marked(tmp_path: Path, server: workspace365.Server) -> None:
    with running(tmp_path, server) as plugin:
        reasons, inputs = plugin.check(ENVIRONMENT, CONTOSO)
        defaults = {"active": True, "adoptExisting": False, "deletionProtection": True, "namePolicy": "accept"}
        assert (reasons, inputs) == ([], {**CONTOSO, **defaults, "instance": server.base_url})
        given = {"environment": "contoso", "authority": "https://login.example/c", "clientId": "one", "key": "sesame-street"}
        reasons, inputs = plugin.check(SIGN_ON, given)
        assert (reasons, inputs["key"]) == ([], secret("sesame-street"))
        reasons, inputs = plugin.check(SIGN_ON, {**given, "key": UNKNOWN, "environment": UNKNOWN})
        assert (reasons, inputs["key"], inputs["environment"]) == ([], UNKNOWN, UNKNOWN)
        reasons, inputs = plugin.check(
            "workspace365:index:Template", {"environment": "contoso", "configuration": {"adminEmail": [1]}}
        )
        assert (reasons, inputs["configuration"]) == ([], secret({"adminEmail": [1]}))
        assert "configurationHash" in inputs


def test_an_environment_lives_in_any_language(tmp_path: Path, server: workspace365.Server) -> None:
    with running(tmp_path, server) as plugin:
        _, inputs = plugin.check(ENVIRONMENT, CONTOSO)
        predicted = plain(plugin.create(ENVIRONMENT, inputs, preview=True).properties)
        assert predicted == inputs
        assert not server.management.environments()
        made = plugin.create(ENVIRONMENT, inputs)
        state = plain(made.properties)
        password = server.management.environment("contoso").temporary_password
        assert (made.id, state["isActive"], state["temporaryPassword"]) == ("contoso", True, secret(password))
        assert not [name for name in state if "_" in name]

        change = provider_pb2.DiffRequest(
            id="contoso",
            urn=urn(ENVIRONMENT),
            olds=struct(state),
            old_inputs=struct(inputs),
            news=struct({**inputs, "active": False}),
        )
        answer = plugin.stub.Diff(change)
        assert (list(answer.diffs), list(answer.detailedDiff)) == (["active"], ["active"])
        change.news.CopyFrom(struct({**inputs, "adminFirstName": "Cara"}))
        assert list(plugin.stub.Diff(change).detailedDiff) == ["adminFirstName"]
        change.news.CopyFrom(struct(inputs))
        assert plugin.stub.Diff(change).changes == provider_pb2.DiffResponse.DIFF_NONE

        off = struct({**inputs, "active": False})
        updated = provider_pb2.UpdateRequest(
            id="contoso", urn=urn(ENVIRONMENT), olds=struct(state), old_inputs=struct(inputs), news=off
        )
        state = plain(plugin.stub.Update(updated).properties)
        assert (state["isActive"], server.management.environment("contoso").is_active) == (False, False)

        imported = plugin.stub.Read(provider_pb2.ReadRequest(id="contoso", urn=urn(ENVIRONMENT), type=ENVIRONMENT))
        assert plain(imported.inputs) == {
            "environmentName": "contoso",
            "active": False,
            "adoptExisting": False,
            "deletionProtection": True,
            "namePolicy": "accept",
            "instance": server.base_url,
        }
        missing = plugin.error_of("Read", provider_pb2.ReadRequest(id="nobody", urn=urn(ENVIRONMENT), type=ENVIRONMENT))
        assert "There is no environment 'nobody'" in missing

        delete = provider_pb2.DeleteRequest(id="contoso", urn=urn(ENVIRONMENT), properties=struct(state))
        refused = plugin.error_of("Delete", delete)
        assert refused.startswith("Environment 'contoso' has deletionProtection=true. Set it to false")
        assert "contoso" in server.management.environments()
        plugin.stub.Delete(
            provider_pb2.DeleteRequest(
                id="contoso", urn=urn(ENVIRONMENT), properties=struct({**state, "deletionProtection": False})
            )
        )
        assert not server.management.environments()


def test_what_exists_although_it_is_not_as_wanted_is_recorded(tmp_path: Path, server: workspace365.Server) -> None:
    with running(tmp_path, server) as plugin:
        _, inputs = plugin.check(ENVIRONMENT, {**CONTOSO, "temporaryPasswordTo": "command:false"})
        failed = failing(lambda: plugin.create(ENVIRONMENT, inputs))
        assert failed.partial is not None
        recorded = plain(failed.partial.properties)
        password = server.management.environment("contoso").temporary_password
        assert (failed.partial.id, recorded["environmentName"], recorded["temporaryPassword"]) == (
            "contoso",
            "contoso",
            secret(password),
        )
        assert plain(failed.partial.inputs) == inputs
        assert failed.message.startswith("Environment 'contoso' exists, but is not yet as declared")


def test_settings_of_the_provider_are_judged_before_anything_is_sent(tmp_path: Path, server: workspace365.Server) -> None:
    with running(tmp_path, server) as plugin:
        key = "sesame-street-key"
        reasons, inputs = plugin.problems_of_config("eu", baseUrl="https://eu.example.com/", provisioningKey=key, maxRetries="3")
        assert (reasons, inputs["provisioningKey"], inputs["baseUrl"]) == ([], secret(key), "https://eu.example.com/")
        reasons, _ = plugin.problems_of_config("eu", baseUrl="http://eu.example.com", maxRetrys=3)
        assert reasons[0] == "maxRetrys: there is no such setting; did you mean maxRetries?"
        assert reasons[1].startswith("workspace365:baseUrl (W365_BASE_URL) must be the instance's address")
        reasons, _ = plugin.problems_of_config("eu", baseUrl="https://eu.example.com", requestTimeout="soon")
        assert "workspace365:requestTimeout (W365_REQUEST_TIMEOUT) must be a number from 0.1 to 3600, not 'soon'." in reasons[0]
        assert plugin.problems_of_config("eu", baseUrl=UNKNOWN, provisioningKey=UNKNOWN)[0] == []
        assert plugin.problems_of_config("default", "workspace365", customers="customers")[0] == []
        assert plugin.problems_of_config("default", customers="customers")[0] == ["customers: there is no such setting"]


def test_an_explicit_provider_wins_over_variables_which_win_over_the_stack(tmp_path: Path, server: workspace365.Server) -> None:
    elsewhere = {"baseUrl": "https://eu.example.com", "provisioningKey": "k"}
    with running(tmp_path, server) as plugin:
        plugin.configure("eu", **elsewhere)
        assert plugin.check(ENVIRONMENT, CONTOSO)[1]["instance"] == "https://eu.example.com"
    with running(tmp_path, server) as plugin:
        plugin.configure("default_0_1_0", **elsewhere)
        assert plugin.check(ENVIRONMENT, CONTOSO)[1]["instance"] == server.base_url
        reasons, _ = plugin.check(ENVIRONMENT, CONTOSO, {**CONTOSO, "instance": "https://eu.example.com"})
        assert reasons[0].startswith(f"it lives on https://eu.example.com, but this run is configured for {server.base_url}.")
        assert "workspace365:baseUrl (W365_BASE_URL)" in reasons[0]
        assert reasons[0].endswith("use an explicit provider, workspace365.Provider, and the resource option provider")


def test_functions_ask_the_instance_of_the_provider(tmp_path: Path, server: workspace365.Server) -> None:
    server.management.seed("contoso")
    with running(tmp_path, server) as plugin:

        def call(function: str, **arguments: Any) -> Any:
            return plugin.stub.Invoke(provider_pb2.InvokeRequest(tok=f"workspace365:index:{function}", args=struct(arguments)))

        listed = plain(getattr(call("getEnvironments"), "return"))["environments"]
        assert [(entry["name"], entry["isActive"]) for entry in listed] == [("contoso", True)]
        assert plain(getattr(call("getHealth"), "return"))["isHealthy"]
        assert "moduleSummary" in plain(getattr(call("getLicensing", name="contoso"), "return"))
        assert plain(getattr(call("exportEnvironment", name="contoso"), "return"))["configuration"].keys() == secret(0).keys()
        wrong = call("getLicensing", version="5", nmae="contoso")
        assert [failure.reason for failure in wrong.failures] == [
            "nmae: there is no such argument",
            "name: it is required",
            "version: it must be 4.0 or 3.5",
        ]
        nothing = plugin.error_of("Invoke", provider_pb2.InvokeRequest(tok="workspace365:index:getNothing"))
        assert "getNothing is not a function of this package" in nothing


def test_the_plugin_starts_without_what_judges_arguments_or_calls_servers() -> None:
    code = (
        "import sys, pulumi_dynamic_host.package_server\n"
        "from pulumi_workspace365_components.package import native_package, wording\n"
        "package = native_package.Workspace365()\n"
        "assert package.version\n"
        "assert not package.check_configuration(native_package.Configuration({}, '', 'shop'))\n"
        "print(*sys.modules)\n"
        "assert package.resource_type('workspace365:index:Environment').provider()\n"
        "assert package.translate('admin_email')\n"
        "print(*sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    configured, loaded = (set(line.split()) for line in told.splitlines())
    assert (
        not {"difflib", "importlib.metadata", "pulumi_workspace365.environment", "pulumi_workspace365.api.configuration"}
        & configured
    )
    assert not {"pydantic", "httpx", "httpcore", "pulumi_azure_native"} & loaded
