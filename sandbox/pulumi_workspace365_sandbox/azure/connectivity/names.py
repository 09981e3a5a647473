"""Host names as the service sees them: aliases of this sandbox first, then the system's."""

import asyncio
import socket
from collections.abc import Mapping

Endpoint = tuple[str, int]


async def endpoints(aliases: Mapping[str, list[str]], host: str, port: int) -> list[Endpoint]:
    """The IPv4 addresses of a host, each with the port to connect to. Raises OSError for a name that does not resolve.

    An alias is a list of ``127.0.0.1:8443`` or ``127.0.0.1``, which keeps the port; an empty one does not resolve.
    """
    endpoints_by_name = {name.casefold(): addresses for name, addresses in aliases.items()}
    if host.casefold() in endpoints_by_name:
        addresses = [_endpoint(text, port) for text in endpoints_by_name[host.casefold()]]
        if not addresses:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return addresses
    loop = asyncio.get_running_loop()
    infos = await loop.getaddrinfo(host, port, family=socket.AF_INET, type=socket.SOCK_STREAM)
    return list(dict.fromkeys((str(info[4][0]), port) for info in infos))


def _endpoint(text: str, port: int) -> Endpoint:
    address, _, own = text.partition(":")
    return address, int(own) if own else port
