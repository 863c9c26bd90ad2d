"""Which network addresses a source may have: public ones only, unless the settings allow others."""

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

# `is_global` alone lets these through on Python 3.11 (RELIABILITY section 0, item 9): ways to write an IPv4 inside an
# IPv6, the retired site-local range, and the whole of 192.0.0.0/24, which holds no web server.
NOT_PUBLIC = tuple(
    ip_network(text)
    for text in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96", "fec0::/10", "192.0.0.0/24")
)


class AddressRefusedError(Exception):
    """The host stands where no source of ours may stand; nothing was sent to it."""


def is_public(address: str) -> bool:
    """True for an IP address that any host on the internet can reach; False for everything else, nonsense included."""
    ip = _read(address)
    if ip is None or not ip.is_global or ip.is_multicast or ip.is_reserved or ip.is_unspecified:
        return False
    return not any(ip in network for network in NOT_PUBLIC if network.version == ip.version)


def is_private_host(address: str) -> bool:
    """True for loopback and private networks, where a test server or a mirror may stand in when the settings say so.

    Link-local addresses are never among them: a cloud's metadata service hands out credentials there.
    """
    ip = _read(address)
    if ip is None or ip.is_link_local or ip.is_multicast or ip.is_unspecified:
        return False
    return ip.is_loopback or (ip.is_private and not ip.is_reserved)


def find_addresses(host: str, port: int) -> list[str]:
    """The IP addresses that the resolver knows for a host (or the one that the host's name spells), in its order.

    Raises:
        OSError: the name cannot be resolved.
    """
    return list(dict.fromkeys(str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))


def _read(address: str) -> IPv4Address | IPv6Address | None:
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return None
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped is not None:
        return ip.ipv4_mapped
    return ip
