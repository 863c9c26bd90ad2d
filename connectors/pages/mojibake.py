"""Texts that were UTF-8 and were read as Windows-1252 on their way to the page: `sociÃ©tÃ©` was `société`."""

import re

_HIGH = "".join(bytes([b]).decode("cp1252", "ignore") or chr(b) for b in range(0x80, 0xC0))
_TAIL = f"[{re.escape(_HIGH)}]"
MOJIBAKE = re.compile(f"[\u00c2-\u00df]{_TAIL}|[\u00e0-\u00ef]{_TAIL}{{2}}|[\u00f0-\u00f4]{_TAIL}{{3}}")
SIGNS = ("Ã", "Â", "â€")


def mend(text: str) -> str:
    """The text with each damaged letter put back; a text without the mistake is unchanged."""
    if not any(sign in text for sign in SIGNS):
        return text
    return MOJIBAKE.sub(_again, text)


def _again(found: re.Match[str]) -> str:
    try:
        octets = b"".join(bytes([ord(c)]) if ord(c) < 0x100 else c.encode("cp1252") for c in found[0])
        return octets.decode()
    except UnicodeError:
        return found[0]
