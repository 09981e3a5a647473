"""The same with a dynamic provider as tutorials write one: classes in the program, which Pulumi pickles, and a request per call."""

import os
import sys
from typing import Any

from pulumi import Output
from pulumi.dynamic import CreateResult, DiffResult, ReadResult, Resource, ResourceProvider, UpdateResult

sys.setrecursionlimit(100_000)  # the SDK pickles such a class one frame deeper for each resource, and stops at about 300


def call(method: str, path: str, **more: Any) -> Any:
    import os

    import httpx

    headers = {"ProvisioningKey": os.environ["W365_PROVISIONING_KEY"], "X-Requested-With": "XMLHttpRequest"}
    url = os.environ["W365_BASE_URL"] + "/Provisioning/" + path
    answer = httpx.request(method, url, headers=headers, timeout=60, trust_env=False, **more)
    answer.raise_for_status()
    return answer


class EnvironmentProvider(ResourceProvider):
    def create(self, props: dict[str, Any]) -> CreateResult:
        body = {
            "EmailAddress": props["email"],
            "EnvironmentName": props["environment_name"],
            "FirstName": "Carla",
            "LastName": "Conti",
        }
        created = call("POST", "Environment/", params={"version": "2.0"}, json=body).json()
        return CreateResult(created["EnvironmentName"], {**props, "name": created["EnvironmentName"]})

    def diff(self, id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        return DiffResult(changes=any(olds.get(name) != news.get(name) for name in ("environment_name", "email")))

    def read(self, id: str, props: dict[str, Any]) -> ReadResult:
        entries = {entry["name"]: entry for entry in call("GET", "Environment/").json()}
        return ReadResult(id, {**props, "name": entries[id]["name"]}) if id in entries else ReadResult("", {})

    def delete(self, id: str, props: dict[str, Any]) -> None:
        call("DELETE", f"Environment/{id}/")


class SettingsProvider(ResourceProvider):
    def create(self, props: dict[str, Any]) -> CreateResult:
        self.send(props)
        return CreateResult(f"{props['environment']}/{props['kind']}", props)

    def diff(self, id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        return DiffResult(changes=any(olds.get(name) != news.get(name) for name in ("environment", "kind", "body")))

    def update(self, id: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        self.send(news)
        return UpdateResult(news)

    def send(self, props: dict[str, Any]) -> None:
        call("PUT", f"{props['environment']}/{props['kind']}/", json=props["body"])


class Environment(Resource):
    name: Output[str]

    def __init__(self, name: str) -> None:
        props = {"environment_name": name, "email": f"admin@{name}.example", "name": None}
        super().__init__(EnvironmentProvider(), name, props)


class Settings(Resource):
    def __init__(self, name: str, environment: Output[str], kind: str, body: dict[str, str]) -> None:
        super().__init__(SettingsProvider(), name, {"environment": environment, "kind": kind, "body": body})


SIGN_ON = {
    "Authority": "https://login.example.com/tenant",
    "ClientId": "6f1f6f0e-0000-4000-8000-00000000c001",
    "Key": os.environ["BENCH_KEY"],
}

for number in range(int(os.environ["BENCH_COUNT"])):
    name = f"customer-{number:04}"
    environment = Environment(name)
    Settings(f"{name}-sign-on", environment.name, "SingleSignOnSettings/OAuth2", {**SIGN_ON})
    Settings(f"{name}-exchange", environment.name, "ExchangeSettings", {"ServerType": "Office365"})
    Settings(f"{name}-sharepoint", environment.name, "SharePointSettings", {"AuthenticationType": "Online"})
