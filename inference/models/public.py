"""Names on the internet that lead to addresses anybody can reach, and to no private network; runs in the bot."""

import ipaddress
import socket

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver


class PublicOnly(AbstractResolver):
    """Names that lead into a private network lead nowhere."""

    def __init__(self) -> None:
        self._plain = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The public ones of a name's addresses; OSError where there is none."""
        found = [each for each in await self._plain.resolve(host, port, family) if is_public(each["host"])]
        if not found:
            raise OSError(None, "that name leads into a private network")
        return found

    async def close(self) -> None:
        """Give back what it holds."""
        await self._plain.close()


def is_public(address: str) -> bool:
    """Whether an IP address is one that anybody can reach."""
    found = ipaddress.ip_address(address)
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if inner is not None and not inner.is_global:
            return False
    return found.is_global and not found.is_multicast


def is_loopback(host: str) -> bool:
    """Whether a host is this very machine."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
