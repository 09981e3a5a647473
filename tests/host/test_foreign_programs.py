"""Programs of other people: our host gives every answer that the SDK's own host gives, and keeps more marks."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict
from pulumi.runtime.proto import provider_pb2

from tests.host.conftest import SIGNATURE, HostProcess, Hosts, secret, struct

HERE = Path(__file__).parent
PROGRAMS = sorted(path.name for path in (HERE / "programs").iterdir())


def plain(value: Any) -> Any:
    """Without marks: what the engine sends to a host that accepts no secrets."""
    if isinstance(value, dict):
        return plain(value["value"]) if SIGNATURE in value else {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


def resources(program: str) -> list[dict[str, Any]]:
    printed = subprocess.run(
        [sys.executable, str(HERE / "capture.py")], cwd=HERE / "programs" / program, capture_output=True, text=True, check=True
    ).stdout
    return [json.loads(line) for line in printed.splitlines()]


def life(host: HostProcess, inputs: dict[str, Any], type_: str) -> dict[str, Any]:
    """The calls of a resource's life, each fed with the answers before it."""
    urn = f"urn:pulumi:dev::foreign::{type_}::it"
    rpc, said = host.rpc, {}
    checked = rpc.Check(provider_pb2.CheckRequest(urn=urn, news=struct(inputs)))
    said["check"] = checked
    created = said["create"] = host.create(checked.inputs, urn=urn)
    news = struct({**MessageToDict(checked.inputs), "size": 50})
    bad = struct({**MessageToDict(checked.inputs), "size": 500})
    said["bad check"] = rpc.Check(provider_pb2.CheckRequest(urn=urn, olds=checked.inputs, news=bad))
    for name, wanted in (("same", checked.inputs), ("changed", news)):
        request = provider_pb2.DiffRequest(
            id=created.id, urn=urn, olds=created.properties, old_inputs=checked.inputs, news=wanted
        )
        answer = rpc.Diff(request)
        said[name] = (answer.changes, list(answer.replaces), answer.deleteBeforeReplace)
    said["update"] = rpc.Update(provider_pb2.UpdateRequest(id=created.id, urn=urn, olds=created.properties, news=news))
    said["read"] = rpc.Read(
        provider_pb2.ReadRequest(id=created.id, urn=urn, properties=created.properties, inputs=checked.inputs)
    )
    said["delete"] = rpc.Delete(provider_pb2.DeleteRequest(id=created.id, urn=urn, properties=created.properties))
    return {name: answer if isinstance(answer, tuple) else MessageToDict(answer) for name, answer in said.items()}


def test_there_are_programs_of_every_usual_kind() -> None:
    assert PROGRAMS == ["closures", "configured", "nested", "plain", "secrets"]


@pytest.mark.parametrize("program", PROGRAMS)
def test_both_hosts_give_the_same_answers(hosts: Hosts, program: str) -> None:
    folder = HERE / "programs" / program
    config = {"foreign:region": secret("north")}
    with hosts.ours(folder, **config) as ours, hosts.stock(folder, **config) as stock:
        for resource in resources(program):
            type_, inputs = resource["type"], resource["inputs"]
            kept, usual = plain(life(ours, inputs, type_)), life(stock, plain(inputs), type_)
            if list(usual["update"]["properties"]) == ["__provider"]:  # a provider without an update: there all outputs vanish
                assert set(kept.pop("update")["properties"]) == {*kept["create"]["properties"], "size"}
                del usual["update"]
            assert kept == usual
