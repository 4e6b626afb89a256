"""Who is at the other end of a request: the address behind a counted number of our own proxies."""

from ipaddress import IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """The address of the client, "" when it cannot be told.

    Each proxy appends the address it was called from to ``X-Forwarded-For``, so with n proxies of our
    own the n-th entry from the right was written by the outermost of them, and everything left of it by
    anybody. A shorter header did not pass them all: then only the connection itself is believed.
    """
    peer = request.META.get("REMOTE_ADDR", "")
    hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
    count = settings.TRUSTED_PROXIES
    chosen = hops[-count] if 0 < count <= len(hops) else peer
    return _parsed(chosen) or _parsed(peer)


def network_of(address: str) -> str:
    """The address itself; of IPv6 the first of the 2**64 that one household has. "" stays ""."""
    parsed = ip_address(address) if address else None
    if isinstance(parsed, IPv6Address):
        return str(ip_network((parsed, 64), strict=False).network_address)
    return address


def _parsed(address: str) -> str:
    try:
        return str(ip_address(address))
    except ValueError:
        return ""
