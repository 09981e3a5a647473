"""What the management interfaces of the local servers have in common: JSON over HTTP, wrong use told in one line."""

import json
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from aiohttp import web
from pydantic import BaseModel, ValidationError

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def json_object(request: web.Request) -> dict[str, Any]:
    """The body; no body is an empty object.

    Raises:
        TypeError, ValueError: it is no JSON object.
    """
    value = json.loads(await request.read() or b"{}")
    if not isinstance(value, dict):
        raise TypeError("the body must be a JSON object")
    return value


def filtered(records: Iterable[BaseModel], request: web.Request) -> web.Response:
    """Each query parameter is a field of a record and the value it must have."""
    wanted = dict(request.query)
    shown = (item.model_dump() for item in records)
    return web.json_response([item for item in shown if all(str(item[field]) == value for field, value in wanted.items())])


@web.middleware
async def plain_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Wrong use of the interface is told in one line."""
    try:
        return await handler(request)
    except ValidationError as error:
        problems = (f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors(include_url=False))
        return web.json_response({"error": "; ".join(problems)}, status=400)
    except KeyError as error:
        return web.json_response({"error": str(error.args[0])}, status=404)
    except (TypeError, ValueError) as error:
        return web.json_response({"error": str(error)}, status=400)
