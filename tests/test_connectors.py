"""Every source keeps the same promises: one test for all of them, over the answers that ship with it."""

import copy
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import fields
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import connectors
from connectors.contract import Batch, Connector, NotAnAnswerError
from schemas.frames import OBSERVED_FRAMES, LegalUnit, Page
from schemas.identifiers import is_invented
from schemas.provenance import Payload
from schemas.vocabulary import ScopeKind

SOURCES = connectors.discover()
FIXTURES = Path(__file__).parent / "fixtures"


def answers_of(name: str) -> list[Path]:
    """The answers that ship with a source; XML counts where it speaks nothing else."""
    paths = sorted((FIXTURES / name).glob("*"))
    told = [path for path in paths if path.suffix in (".json", ".html")]
    return told or [path for path in paths if path.suffix == ".xml"]


ANSWERS = {name: answers_of(name) for name in SOURCES}
OTHER_FILES = {name: sorted(set((FIXTURES / name).glob("*.*")) - set(paths)) for name, paths in ANSWERS.items()}
ONE_UNIT_AN_ANSWER = {"edgar"}  # none of its answers is about two units that could be told apart
CASES = [
    pytest.param(SOURCES[name], path, id=f"{name}/{path.stem}") for name, paths in ANSWERS.items() for path in paths
]
OF_PAGES = {name for name, connector in SOURCES.items() if "pages" in connector.writes}
INTERFACES = {name: connector for name, connector in SOURCES.items() if name not in OF_PAGES}
EVERY_SOURCE = pytest.mark.parametrize("connector", SOURCES.values(), ids=list(SOURCES))
EVERY_ANSWER = pytest.mark.parametrize(("connector", "path"), CASES)
# a page of the open web has no declared fields, and is about one company
EVERY_INTERFACE = pytest.mark.parametrize("connector", INTERFACES.values(), ids=list(INTERFACES))
EVERY_JSON_ANSWER = pytest.mark.parametrize(
    ("connector", "path"),
    [case for case in CASES if case.values[0].name in INTERFACES and case.values[1].suffix == ".json"],
)
LICENCES = {
    "CC0-1.0", "Licence-Ouverte-2.0", "NLOD-2.0", "public-domain", "LicenseRef-public-web-facts",
    "LicenseRef-INPI-RNE-homologated", "LicenseRef-Companies-House-free-reuse",
    "CC-BY-4.0",
}  # fmt: skip


def payload_of(connector: Connector, body: bytes, key: str = "import/answer.json") -> Payload:
    return Payload(source=connector.name, key=key, body=body)


def read(connector: Connector, body: bytes) -> Batch:
    (batch,) = connector.parse(payload_of(connector, body))
    return batch


def encode(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode()


def same_frames(left: Batch, right: Batch) -> bool:
    return all(left.frames[name].equals(right.frames[name], null_equal=True) for name in left.frames)


# ------------------------------------------------------------------------------------------------------ the contract


@EVERY_SOURCE
def test_it_ships_answers_to_test_with(connector: Connector) -> None:
    assert ANSWERS[connector.name], f"tests/fixtures/{connector.name}/ holds no answer"


@EVERY_SOURCE
def test_its_terms_are_complete(connector: Connector) -> None:
    terms = connector.terms
    texts = [getattr(terms, f.name) for f in fields(terms) if f.type in (str, "str")]
    assert all(text.strip() for text in texts)
    assert terms.licence in LICENCES
    assert terms.base_url.startswith("https://")
    assert terms.homepage.startswith("https://")
    assert 0 < terms.requests_per_second <= 10
    assert date(2026, 1, 1) <= terms.checked_on


@EVERY_SOURCE
def test_parse_fills_exactly_the_frames_it_names(connector: Connector) -> None:
    filled = set()
    for path in ANSWERS[connector.name]:
        frames = read(connector, path.read_bytes()).frames
        assert set(frames) == set(connector.writes) <= set(OBSERVED_FRAMES)
        filled |= {name for name, frame in frames.items() if frame.height}
    for path in OTHER_FILES[connector.name]:  # other formats of the source; some tell only by their name whose they are
        for batch in connector.parse(payload_of(connector, path.read_bytes(), f"import/{path.name}")):
            filled |= {name for name, frame in batch.frames.items() if frame.height}
    assert filled == set(connector.writes)


@EVERY_SOURCE
def test_fixtures_name_nobody_who_exists(connector: Connector) -> None:
    for path in ANSWERS[connector.name]:
        frames = read(connector, path.read_bytes()).frames
        schemes = ("FR-RCS", "GB-COH", "US-SEC-CIK")
        assert all(any(is_invented(scheme, key) for scheme in schemes) for key in units_named_in(frames))
        for row in frames.get("legal_units", LegalUnit.create_empty()).iter_rows(named=True):
            known = [
                (scheme, value)
                for scheme, value in (
                    ("LEI", row["lei"]),
                    (row["national_id_scheme"], row["national_id"]),
                    ("VAT", row["vat_number"]),
                )
                if value and scheme in ("LEI", "FR-RCS", "GB-COH", "NO-BRC", "US-SEC-CIK", "VAT")
            ]
            assert known
            assert all(is_invented(scheme, value) for scheme, value in known), known
        for row in frames.get("pages", Page.create_empty()).iter_rows(named=True):
            assert is_invented("DOMAIN", row["domain"])
            told = [json.loads(claim) for claim in row["claims"]]
            assert all(is_invented(claim["scheme"], claim["value"]) for claim in told), told
        text = path.read_text("utf-8")
        assert all(number.startswith("00") for number in re.findall(r'"siret?n?": "([0-9]+)"', text))


@EVERY_ANSWER
def test_frames_pass_their_schema_and_say_whose_they_are(connector: Connector, path: Path) -> None:
    for name, frame in read(connector, path.read_bytes()).frames.items():
        OBSERVED_FRAMES[name].validate(frame)
        assert frame["source"].unique().to_list() in ([], [connector.name])


@EVERY_ANSWER
def test_parsing_twice_is_parsing_once(connector: Connector, path: Path) -> None:
    body = path.read_bytes()
    first, second = read(connector, body), read(connector, body)
    for name in first.frames:
        assert_frame_equal(first.frames[name], second.frames[name])
    assert (first.scopes, first.rejected, first.unknown_fields) == (
        second.scopes,
        second.rejected,
        second.unknown_fields,
    )


@EVERY_ANSWER
def test_every_record_is_accounted_for_and_every_field_known(connector: Connector, path: Path) -> None:
    batch = read(connector, path.read_bytes())
    assert batch.records == sum(frame.height for frame in batch.frames.values()) + len(batch.rejected)
    assert batch.rejected == ()
    assert batch.unknown_fields == ()


@EVERY_ANSWER
def test_scopes_hold_rows_of_the_frame_that_they_name(connector: Connector, path: Path) -> None:
    batch = read(connector, path.read_bytes())
    for scope in batch.scopes:
        assert scope.kind in (ScopeKind.LIST, ScopeKind.ROSTER)
        assert set(scope.keys) <= set(batch.frames[scope.frame]["source_key"])
        assert 1 <= scope.page <= scope.pages


@EVERY_ANSWER
def test_dated_never_fails(connector: Connector, path: Path) -> None:
    found = connector.dated(payload_of(connector, path.read_bytes()))
    assert found is None or found.utcoffset() is not None
    assert connector.dated(payload_of(connector, b"<html>")) is None


# ------------------------------------------------------------------------------------------------------- no answers


@EVERY_INTERFACE
@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "no JSON"),
        (b"<!doctype html><html>maintenance</html>", "no JSON"),
        (b'{"a": 1', "no JSON"),
        (b"[]", "no answer"),
        (b"{}", "no answer"),
        (b'"text"', "no answer"),
        (b'{"data": {"type": "captcha"}}', "."),
        (b'{"a": "\xff"}', "UTF-8"),
        (b'{"a": NaN}', "NaN"),
        (b'{"a": 1e999}', "too large"),
        (b'{"a": 1, "a": 2}', "twice"),
        (b'{"a": ' + b"[" * 100 + b"]" * 100 + b"}", "deep"),
        (b"[" * 100_000, "deep"),
        (b'{"a": ' + b"9" * 5000 + b"}", "number"),
        (rb'{"a": "\ud800"}', "surrogate"),
        (b'{"a": "\xef\xbf\xbd\xef\xbf\xbd"}', "garbled"),
    ],
)
def test_what_is_no_answer_is_refused_with_a_reason(connector: Connector, body: bytes, reason: str) -> None:
    with pytest.raises(NotAnAnswerError, match=reason):
        list(connector.parse(payload_of(connector, body)))


# ---------------------------------------------------------------------------------------------------- schema drift


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every field, once for all elements of a list of objects with the same fields."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield (*path, name)
            yield from places(inner, (*path, name))
    elif isinstance(value, list):
        seen: set[tuple[Any, ...]] = set()
        for index, inner in enumerate(value):
            for found in places(inner, (*path, index)):
                generic = found[len(path) + 1 :]
                if generic not in seen:
                    seen.add(generic)
                    yield found


def changed(document: Any, path: tuple[Any, ...], change: Any) -> bytes:
    other = copy.deepcopy(document)
    inner = other
    for step in path[:-1]:
        inner = inner[step]
    change(inner, path[-1])
    return encode(other)


def rename(inner: dict[str, Any], name: str) -> None:
    inner["renamed_field"] = inner.pop(name)


def retype(inner: dict[str, Any], name: str) -> None:
    inner[name] = {"value": inner[name]} if not isinstance(inner[name], dict) else [inner[name]]


def outcome(connector: Connector, body: bytes) -> Batch | None:
    try:
        return read(connector, body)
    except NotAnAnswerError:
        return None


@cache
def fresh_places(name: str) -> dict[Path, list[tuple[Any, ...]]]:
    """The fields of each answer that no earlier answer of its source has at the same place."""
    seen: set[Any] = set()
    fresh: dict[Path, list[tuple[Any, ...]]] = {}
    for path in ANSWERS[name]:
        document = json.loads(path.read_bytes())
        kind = re.search(rb'"type": "([a-z-]+)"', path.read_bytes())
        generic = {
            place: (kind and kind[1], *(0 if type(s) is int else s for s in place)) for place in places(document)
        }
        fresh[path] = [place for place, key in generic.items() if key not in seen]
        seen |= set(generic.values())
    return fresh


@cache
def sweep(name: str, path: Path, change: Any) -> dict[tuple[Any, ...], Batch | None]:
    """What is read when one field after the other changes."""
    document = json.loads(path.read_bytes())
    return {p: outcome(SOURCES[name], changed(document, p, change)) for p in fresh_places(name)[path]}


@EVERY_JSON_ANSWER
@pytest.mark.parametrize("change", [rename, retype])
def test_a_field_that_changes_is_never_a_silent_null(connector: Connector, path: Path, change: Any) -> None:
    before = read(connector, path.read_bytes())
    silent = []
    for place, after in sweep(connector.name, path, change).items():
        if after is None or same_frames(before, after) or len(after.rejected) > len(before.rejected):
            continue
        is_heard = any("renamed_field" in field for field in after.unknown_fields)
        keeps_names = all(
            after.frames[name]["name"].null_count() <= before.frames[name]["name"].null_count()
            for name in after.frames
            if name == "legal_units"
        )
        if not (is_heard and keeps_names):
            silent.append(place)
    assert silent == []


@EVERY_JSON_ANSWER
def test_a_changed_answer_is_still_dated_and_redacted(connector: Connector, path: Path) -> None:
    document = json.loads(path.read_bytes())
    keys = frozenset(units_in(read(connector, path.read_bytes()))[:1])
    for place in places(document):
        payload = payload_of(connector, changed(document, place, retype))
        dated = connector.dated(payload)
        assert dated is None or dated.tzinfo is not None, place
        with suppress(NotAnAnswerError):
            body = connector.redact(payload, keys)
            assert body is None or json.loads(body) is not None, place


@EVERY_JSON_ANSWER
def test_a_rejected_record_is_never_lost(connector: Connector, path: Path) -> None:
    document = json.loads(path.read_bytes())
    before = read(connector, path.read_bytes())
    for place, after in sweep(connector.name, path, rename).items():
        if after is not None and len(after.rejected) > len(before.rejected) and not lists_records(document, place):
            assert after.records >= before.records, place


def lists_records(document: Any, place: tuple[Any, ...]) -> bool:
    """Whether the field holds records of its own: without it there are fewer."""
    for step in place:
        document = document[step]
    return isinstance(document, list | dict)


@EVERY_JSON_ANSWER
def test_a_new_field_is_heard_the_first_night(connector: Connector, path: Path) -> None:
    document = json.loads(path.read_bytes())
    before = read(connector, encode(document))
    read_objects = {
        place[:-1]
        for place, after in sweep(connector.name, path, rename).items()
        if after is None or not same_frames(before, after)
    }
    envelope = {(), ("meta",), ("meta", "pagination"), ("meta", "goldenCopy"), ("links",), ("data",)}
    for place in read_objects - envelope:

        def add(inner: Any, _: Any) -> None:
            inner["field_of_tomorrow"] = "x"

        after = read(connector, changed(document, (*place, None), add))
        if place and place[-1] == "finances":
            continue  # its fields are years: a new one is a record, and rejected as such
        assert any(field.endswith("field_of_tomorrow") for field in after.unknown_fields), place


# ------------------------------------------------------------------------------------------------------- objections


def units_in(batch: Batch) -> list[str]:
    """The units that an answer is about: its own records of them, or whom its notices name."""
    if "legal_units" in batch.frames:
        return batch.frames["legal_units"]["source_key"].to_list()
    return units_named_in(batch.frames)


def units_named_in(frames: Mapping[str, pl.DataFrame]) -> list[str]:
    named = ("notices", "financial_statements", "contract_awards")
    return sorted({key for name in named if name in frames for key in frames[name]["unit_key"]})


def without(frame: pl.DataFrame, key: str) -> pl.DataFrame:
    """The rows that have nothing to do with one unit."""
    columns = [name for name in ("source_key", "unit_key", "child_key", "parent_key") if name in frame.columns]
    has_to_do = pl.any_horizontal((pl.col(name) == key).fill_null(False) for name in columns)
    if "contract_key" in frame.columns:  # a contract that is called by its buyer's number
        has_to_do = has_to_do | pl.col("contract_key").str.contains(key, literal=True)
    return frame.filter(~has_to_do)


@EVERY_INTERFACE
def test_redacting_one_unit_leaves_the_others_and_the_list_whole(connector: Connector) -> None:
    tried = 0
    for path in ANSWERS[connector.name]:
        payload = payload_of(connector, path.read_bytes())
        before = read(connector, payload.body)
        if len(units_in(before)) < 2:
            continue
        for key in units_in(before):
            body = connector.redact(payload, frozenset({key}))
            assert body is not None
            assert key not in body.decode()
            after = read(connector, body)
            for name, frame in before.frames.items():
                assert_frame_equal(after.frames[name], without(frame, key))
            lengths = {scope.name: (scope.total or 0) - len(scope.keys) for scope in before.scopes}
            for scope in after.scopes:
                assert (scope.total or 0) - len(scope.keys) == lengths[scope.name]
            tried += 1
    assert tried or connector.name in ONE_UNIT_AN_ANSWER


@EVERY_ANSWER
def test_redacting_everybody_leaves_nothing_and_nobody_changes_nothing(connector: Connector, path: Path) -> None:
    payload = payload_of(connector, path.read_bytes())
    before = read(connector, payload.body)
    body = connector.redact(payload, frozenset())
    assert body is not None
    is_json = path.suffix == ".json"
    assert json.loads(body) == json.loads(payload.body) if is_json else body == payload.body
    everybody = frozenset(key for frame in before.frames.values() for key in frame["source_key"])
    if everybody:
        assert connector.redact(payload, everybody) is None
