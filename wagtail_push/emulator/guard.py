"""Where push messages may go: to this machine, and nowhere else unasked.

Endpoints come from whoever registers. Without this guard a page could make the
emulator send requests into the network of the person who runs it.
"""

import ipaddress
import socket
from collections.abc import Collection

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL


class HostRefusedError(Exception):
    """Say which host is refused and how to allow it."""

    def __init__(self, host: str) -> None:
        super().__init__(
            f"The emulator sends push messages only to this machine, not to {host}. "
            f"To allow that host, start it with --allow-push-host {host}"
        )


def is_loopback(host: str | None) -> bool:
    """Return whether ``host`` is this machine by its name or number.

    ``localhost`` and the names under it are loopback by RFC 6761, section 6.3; any
    other name could be made to resolve to anything.
    """
    if not host:
        return False
    name = host.lower().rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class PushHosts(AbstractResolver):
    """Check the hosts of push endpoints and resolve their names.

    A ``localhost`` name is never looked up, so no resolver can send it elsewhere.
    """

    def __init__(self, allowed: Collection[str]) -> None:
        self._allowed = {host.lower() for host in allowed}
        self._resolver = ThreadedResolver()

    def check(self, endpoint: URL) -> None:
        """Raise HostRefusedError unless push messages may go to ``endpoint``."""
        host = (endpoint.host or "").lower()
        if not is_loopback(host) and host not in self._allowed:
            raise HostRefusedError(host)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the addresses to connect to (called by aiohttp for names only)."""
        if host.lower() in self._allowed:
            return await self._resolver.resolve(host, port, family)
        if not is_loopback(host):
            raise OSError(f"{host} is not this machine")
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=address_family,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address, address_family in (
                ("127.0.0.1", socket.AF_INET),
                ("::1", socket.AF_INET6),
            )
        ]

    async def close(self) -> None:
        """Release the resolver."""
        await self._resolver.close()
