"""The registrable domain behind an address: what a company registers (`maison.example` of `www.maison.example`)."""

import re
from functools import cache
from urllib.parse import urlsplit

import tldextract

LONGEST = 253  # characters of a host name (RFC 1035)
HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]{0,251}[a-z0-9])?", re.ASCII)
NUMBERS = re.compile(r"[0-9.]+", re.ASCII)


def registrable_domain(text: str | None) -> str | None:
    """The registrable domain of a host, an address or what a CRM holds in its place, lower case; None where none is.

    The Public Suffix List is the one that ships with tldextract: nothing is fetched. Private suffixes count
    (`shop.github.io` is somebody's own), and an ending that the list does not know is a suffix (its rule `*`).
    """
    host = host_of(text)
    if host is None or NUMBERS.fullmatch(host) or "." not in host:
        return None
    found = _suffixes()(host)
    if found.suffix:
        return f"{found.domain}.{found.suffix}" if found.domain else None
    return ".".join(host.split(".")[-2:])


def host_of(text: str | None) -> str | None:
    """The host of an address or of a bare name, in ASCII; None for what is no host name."""
    bare = (text or "").strip().lower()
    if "@" in bare or not bare:  # a mail address is no site
        return None
    try:
        name = urlsplit(bare if "://" in bare else f"//{bare}").hostname or ""
        host = name.rstrip(".").encode("idna").decode("ascii") if not name.isascii() else name.rstrip(".")
    except (ValueError, UnicodeError):
        return None
    return host if len(host) <= LONGEST and HOST.fullmatch(host) and ".." not in host else None


@cache
def _suffixes() -> tldextract.TLDExtract:
    return tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)
