"""Takes records out of the archive: bodies are rewritten without them, and what was asked no longer names them."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from urllib.parse import unquote_plus

from connectors.archive import ArchiveEntry
from connectors.contract import Connector, NotAnAnswerError
from flows.privacy import SCHEMES, words_of
from flows.runtime import Runtime
from schemas.provenance import Payload

WITHHELD = "withheld"  # what stands in a key instead of whom may not be named
PARTS = re.compile(r"([/?&=,])")
ASKED = re.compile(r"(?<==)[^&]*")  # the values of a query
TOKEN = re.compile(r"[A-Z0-9]{8,20}", re.ASCII)
SIREN_LENGTH, SIRET_LENGTH = 9, 14

Rewritten = dict[str, str | None]  # old sha256 of a payload -> the new one, None when nothing else was in it


def moved_on(payloads: Iterable[str], rewritten: Rewritten) -> set[str]:
    """Where these payloads stand now, those that are gone left out."""
    return {new for old in payloads if (new := rewritten.get(old, old)) is not None}


def rewritten_again(first: Rewritten, then: Rewritten) -> Rewritten:
    """What became of payloads in two steps."""
    return then | {old: new and then.get(new, new) for old, new in first.items()}


@dataclass(frozen=True, slots=True)
class Masker:
    """Takes withheld identifiers and names out of what was asked (the `key` and address of a payload).

    Attributes:
        is_withheld: whether an identifier's keyed hash is among the suppressed ones.
        words: words of the names of whom is being erased.
    """

    is_withheld: Callable[[str], bool]
    words: frozenset[str] = frozenset()

    def mask(self, payload: Payload, *, held_them: bool) -> Payload:
        """The payload under a key and an address that name none of them.

        A look-up by name is told from others by its answer: `held_them` says that a withheld record was in it.
        """
        key, url = self.mask_identifiers(payload.key), self.mask_identifiers(payload.url)
        if held_them:
            key, url = self.mask_names(key), self.mask_names(url)
        return payload if (key, url) == (payload.key, payload.url) else replace(payload, key=key, url=url)

    def mask_identifiers(self, text: str) -> str:
        """The text with `withheld` where a withheld identifier stood."""
        return "".join(self._mask_part(part) for part in PARTS.split(text))

    def named_in(self, text: str) -> frozenset[str]:
        """The withheld identifiers that stand in a text."""
        found = (token for part in PARTS.split(text) for token in TOKEN.findall(unquote_plus(part)))
        return frozenset(token for token in found if self.is_withheld(token))

    def mask_names(self, text: str) -> str:
        """The text with `withheld` for the values of its query that share a word with the names."""
        return ASKED.sub(lambda found: WITHHELD if self.words & words_of(unquote_plus(found[0])) else found[0], text)

    def _mask_part(self, part: str) -> str:
        plain = unquote_plus(part)
        if not any(self.is_withheld(token) for token in TOKEN.findall(plain)):
            return part
        return TOKEN.sub(lambda found: WITHHELD if self.is_withheld(found[0]) else found[0], plain)


def masker_of(runtime: Runtime, suppressed: Iterable[str], names: Iterable[str] = ()) -> Masker:
    """A masker for those whose keyed hashes are suppressed and for these names."""
    hashes = frozenset(suppressed)

    def is_withheld(token: str) -> bool:
        identifier = token[:SIREN_LENGTH] if len(token) == SIRET_LENGTH else token
        return any(runtime.keyed_hash.unit(scheme, identifier) in hashes for scheme in SCHEMES)

    words = frozenset(word for name in names for word in words_of(name))
    return Masker(cache(is_withheld) if hashes else lambda _: False, words)


def purge_archive(
    runtime: Runtime,
    connector: Connector,
    keys: Iterable[str],
    payloads: set[str],
    masker: Masker,
    keep: Mapping[str, frozenset[str]] | None = None,
) -> Rewritten:
    """Rewrite the archived payloads without these records; the rows of the others follow the new address.

    Args:
        runtime: archive and store.
        connector: whose answers.
        keys: whatever names the records in the answers: their source keys and other identifiers.
        payloads: which payloads may hold them; those whose key names them are looked at as well.
        masker: takes them out of what was asked.
        keep: by sha256 of a payload, which of the keys stay in it.
    """
    wanted, kept = frozenset(keys), keep or {}
    replaced: Rewritten = {}
    entries = runtime.archive.entries(connector.name)
    asked: dict[str, frozenset[str]] = {}
    for entry in entries:
        if named := masker.named_in(f"{entry.key}?{entry.url}"):
            asked[entry.sha256] = asked.get(entry.sha256, frozenset()) | named
    for entry in entries:
        if entry.sha256 not in payloads and entry.sha256 not in asked:
            continue
        unwanted = (wanted | asked.get(entry.sha256, frozenset())) - kept.get(entry.sha256, frozenset())
        payload = runtime.archive.load(entry)
        body = body_without(connector, payload, unwanted)
        if body is None:
            replaced[entry.sha256] = None
            runtime.archive.delete(entry)
            continue
        held_them = body != payload.body
        masked = masker.mask(replace(payload, body=body), held_them=held_them)
        if held_them:
            replaced[entry.sha256] = masked.sha256
        rewrite_entry(runtime, entry, masked)
    follow_rewritten(runtime, connector.name, replaced, masker)
    return replaced


def body_without(connector: Connector, payload: Payload, keys: frozenset[str]) -> bytes | None:
    """The body without these records: the very same bytes where it held none, None where nothing else is left."""
    try:
        without = connector.redact(payload, keys)
        is_same = without == connector.redact(payload, frozenset())
    except NotAnAnswerError:  # an error page can quote what was asked
        return None if any(key.encode() in payload.body for key in keys) else payload.body
    return payload.body if is_same else without


def rewrite_entry(runtime: Runtime, entry: ArchiveEntry, masked: Payload) -> None:
    """Let the masked answer stand for the archived one."""
    if (masked.key, masked.url) == (entry.key, entry.url):
        runtime.archive.replace(entry, masked.body)
        return
    if masked.key == entry.key and masked.sha256 == entry.sha256:
        runtime.archive.delete(entry)  # its id would be the same, and the first address would stay
    if runtime.archive.put(masked).entry_id != entry.entry_id:
        runtime.archive.delete(entry)  # only now: a kill in between leaves both, and the next run finds the old one


def follow_rewritten(runtime: Runtime, source: str, replaced: Rewritten, masker: Masker) -> None:
    """Rows point at the new addresses, and the register of payloads forgets who was asked for."""
    for old, new in replaced.items():
        runtime.store.move_payload(source, old, new)
    rewritten = set(replaced) | set(replaced.values())
    register = runtime.store.read("payloads")
    for row in register.filter(register["source"] == source).iter_rows(named=True):
        known = Payload(source, row["key"], b"", url=row["url"])
        masked = masker.mask(known, held_them=row["sha256"] in rewritten)
        if masked is not known:
            runtime.store.rename_payload(source, row["sha256"], masked.key, masked.url)
