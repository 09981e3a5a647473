"""What each policy does that changes the request, the answer or the way."""

import base64
import xml.etree.ElementTree as ET
from urllib.parse import urlsplit

from pulumi_workspace365_sandbox.azure.gateway.handshake_context import Refusal, parsed_query
from pulumi_workspace365_sandbox.azure.gateway.http_messages import Headers, HttpResponse, error
from pulumi_workspace365_sandbox.azure.gateway.pipeline import Pipeline, ResponseReturned, Run


async def _set_header(pipeline: Pipeline, element: ET.Element) -> None:
    handshake = pipeline.handshake
    headers = handshake.headers if handshake.response_status is None else handshake.response_headers
    set_header(pipeline, element, headers)


def set_header(pipeline: Pipeline, element: ET.Element, headers: Headers) -> None:
    name, action = pipeline.attribute(element, "name"), pipeline.attribute(element, "exists-action", "override")
    if action == "skip" and headers.all(name):
        return
    if action in {"override", "delete"}:
        headers.delete(name)
    if action != "delete":
        for value in pipeline.texts(element, "value"):
            headers.add(name, value.replace("\r", " ").replace("\n", " "))


async def _set_query_parameter(pipeline: Pipeline, element: ET.Element) -> None:
    query = pipeline.handshake.query
    name, action = pipeline.attribute(element, "name"), pipeline.attribute(element, "exists-action", "override")
    there = any(key.casefold() == name.casefold() for key, _ in query)
    if action == "skip" and there:
        return
    remaining = [item for item in query if action not in {"override", "delete"} or item[0].casefold() != name.casefold()]
    added = [] if action == "delete" else [(name, value) for value in pipeline.texts(element, "value")]
    pipeline.handshake.query = remaining + added


async def _set_variable(pipeline: Pipeline, element: ET.Element) -> None:
    pipeline.handshake.variables[element.get("name", "")] = pipeline.value(element.get("value", ""))


async def _set_backend_service(pipeline: Pipeline, element: ET.Element) -> None:
    if "backend-id" in element.attrib:
        backend_id = pipeline.attribute(element, "backend-id")
        backend = pipeline.services.deployed.backend(backend_id)
        if backend is None:
            message = f"Backend with id '{backend_id}' could not be found"
            raise Refusal(error(500, "Internal server error"), "BackendNotFound", message, "set-backend-service")
        pipeline.handshake.backend_url = backend.url
        pipeline.handshake.backend_headers, pipeline.handshake.backend_query = backend.headers, backend.query
    elif "base-url" in element.attrib:
        pipeline.handshake.backend_url = pipeline.attribute(element, "base-url")
        pipeline.handshake.backend_headers, pipeline.handshake.backend_query = [], []


async def _rewrite_uri(pipeline: Pipeline, element: ET.Element) -> None:
    rewritten = urlsplit(pipeline.attribute(element, "template"))
    pipeline.handshake.suffix = rewritten.path
    keeps = pipeline.attribute(element, "copy-unmatched-params", "true").lower() == "true"
    new = parsed_query(rewritten.query)
    names = {name for name, _ in new}
    pipeline.handshake.query = [item for item in pipeline.handshake.query if keeps and item[0] not in names] + new


async def _return_response(pipeline: Pipeline, element: ET.Element) -> None:
    if "response-variable-name" in element.attrib:
        message = "The local gateway has no response to return from a variable"
        raise Refusal(error(500, "Internal server error"), "PolicyNotSupported", message, "return-response")
    answer = HttpResponse()
    status = element.find("set-status")
    if status is not None:
        answer.status, answer.reason = int(pipeline.attribute(status, "code")), pipeline.attribute(status, "reason")
    for header in element.findall("set-header"):
        set_header(pipeline, header, answer.headers)
    body = element.find("set-body")
    answer.body = pipeline.text((body.text or "").strip()).encode() if body is not None else b""
    raise ResponseReturned(answer)


async def _choose(pipeline: Pipeline, element: ET.Element) -> None:
    for step, branch in pipeline.numbered(element):
        pipeline.enter(step)
        if branch.tag == "otherwise" or _true(pipeline, branch):
            await pipeline.statements(branch)
            pipeline.leave()
            return
        pipeline.leave()


def _true(pipeline: Pipeline, branch: ET.Element) -> bool:
    condition = pipeline.value(branch.get("condition", ""))
    return condition if isinstance(condition, bool) else str(condition).lower() == "true"


async def _include_fragment(pipeline: Pipeline, element: ET.Element) -> None:
    fragment = pipeline.fragment(element.get("fragment-id", ""))
    if fragment is not None:
        await pipeline.statements(fragment)


async def _limit_concurrency(pipeline: Pipeline, element: ET.Element) -> None:
    await pipeline.statements(element)


async def _forward_request(pipeline: Pipeline, _: ET.Element) -> None:
    pipeline.handshake.forwards = True


async def _trace(pipeline: Pipeline, element: ET.Element) -> None:
    message = " ".join(pipeline.texts(element, "message"))
    pipeline.handshake.trace.append(f"{pipeline.attribute(element, 'source')}: {message}")


async def _emit_metric(pipeline: Pipeline, element: ET.Element) -> None:
    pipeline.handshake.trace.append(f"metric {pipeline.attribute(element, 'name')}")


async def _authentication_basic(pipeline: Pipeline, element: ET.Element) -> None:
    pair = f"{pipeline.attribute(element, 'username')}:{pipeline.attribute(element, 'password')}"
    _authorize(pipeline, f"Basic {base64.b64encode(pair.encode()).decode()}")


async def _authentication_managed_identity(pipeline: Pipeline, element: ET.Element) -> None:
    identity = element.get("client-id", "system-assigned")
    claims = {"aud": pipeline.attribute(element, "resource"), "appid": identity, "sub": identity}
    token = pipeline.services.login.mint(claims)
    variable = element.get("output-token-variable-name")
    if variable:
        pipeline.handshake.variables[variable] = token
    else:
        _authorize(pipeline, f"Bearer {token}")


def _authorize(pipeline: Pipeline, value: str) -> None:
    pipeline.handshake.headers.delete("Authorization")
    pipeline.handshake.headers.add("Authorization", value)


STATEMENTS: dict[str, Run] = {
    "authentication-basic": _authentication_basic,
    "authentication-managed-identity": _authentication_managed_identity,
    "choose": _choose,
    "emit-metric": _emit_metric,
    "forward-request": _forward_request,
    "include-fragment": _include_fragment,
    "limit-concurrency": _limit_concurrency,
    "return-response": _return_response,
    "rewrite-uri": _rewrite_uri,
    "set-backend-service": _set_backend_service,
    "set-header": _set_header,
    "set-query-parameter": _set_query_parameter,
    "set-variable": _set_variable,
    "trace": _trace,
}
