"""What is no HTTP is answered by the servers, and not told on their console."""

import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

from tests.sandbox.runner.workbench import ROOT

_HEAD = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n"
REQUESTS = {
    "nothing of HTTP": b"GARBAGE\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\r\n\r\n",
    "an unknown version": b"GET / HTTP/9.9\r\n\r\n",
    "two hosts": _HEAD + b"Host: b\r\n\r\n",
    "a length that is none": _HEAD + b"Content-Length: x\r\n\r\n",
    "an address that is none": b"GET http://[::1 HTTP/1.1\r\nHost: a\r\n\r\n",
    "two lengths": _HEAD + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\nzz",
    "a chunk that is none": _HEAD.replace(b"GET", b"POST") + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    "a header without end": _HEAD + b"A" * 100_000 + b": b\r\n\r\n",
    "no gzip": _HEAD.replace(b"GET", b"POST") + b"Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
}
_SERVE = """
import sys
from pulumi_workspace365_sandbox import azure, workspace365
with workspace365.running() as server, azure.running() as cloud:
    print(server.base_url, server.management_url, cloud.backend_url, cloud.management_url, flush=True)
    sys.stdin.read()
"""


def answered(url: str, request: bytes) -> bytes:
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=60) as client:
        client.sendall(request)
        return client.recv(12)


def test_what_is_no_http_is_refused_in_silence(tmp_path: Path) -> None:
    errors = tmp_path / "errors"
    with (
        errors.open("wb") as told,
        subprocess.Popen(
            [sys.executable, "-c", _SERVE], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=told
        ) as serving,
    ):
        assert serving.stdout is not None
        assert serving.stdin is not None
        for url in serving.stdout.readline().decode().split():
            for name, request in REQUESTS.items():
                assert answered(url, request)[9:10] == b"4", (url, name)
        serving.stdin.close()
    assert errors.read_text() == ""
