"""Which network addresses a source may have: public ones only, unless the settings allow others."""

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

# `is_global` alone lets these through on Python 3.11 (RELIABILITY section 0, item 9): ways to write an IPv4 inside an
# IPv6, and the retired site-local range.
NOT_PUBLIC = tuple(
    ip_network(text) for text in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96", "fec0::/10")
)


def is_public(address: str) -> bool:
    """True for an IP address that any host on the internet can reach; False for everything else, nonsense included."""
    try:
        ip: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    if not ip.is_global or ip.is_multicast or ip.is_reserved or ip.is_unspecified:
        return False
    return not any(ip in network for network in NOT_PUBLIC if network.version == ip.version)


def find_addresses(host: str, port: int) -> list[str]:
    """The IP addresses that the resolver knows for a host (or the one that the host's name spells).

    Raises:
        OSError: the name cannot be resolved.
    """
    return sorted({str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)})
