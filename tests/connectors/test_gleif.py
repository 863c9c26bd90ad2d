"""GLEIF: what each record becomes, which list is whole, and the walk from an entity to its group."""

import json
import re
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from pytest_httpserver import HTTPServer
from stdnum.iso7064 import mod_97_10
from werkzeug import Request, Response

from connectors import gleif
from connectors.contract import Batch, NotAnAnswerError
from connectors.gleif import CONNECTOR
from connectors.polite import PoliteClient
from schemas.provenance import Payload, Watermark
from schemas.vocabulary import ScopeKind


def invented_lei(number: int) -> str:
    body = f"0000{number:014d}"
    return body + mod_97_10.calc_check_digits(body)


HEAD, FRENCH, BRITISH, JAPANESE, TRADER = (invented_lei(n) for n in (101, 202, 303, 404, 505))


def answer(fixtures: Path, name: str) -> Any:
    return json.loads((fixtures / "gleif" / f"{name}.json").read_text("utf-8"))


def payload(document: Any, **options: Any) -> Payload:
    return Payload(source="gleif", key="import/answer.json", body=json.dumps(document).encode(), **options)


def read(document: Any) -> Batch:
    (batch,) = CONNECTOR.parse(payload(document))
    return batch


def row(batch: Batch, frame: str, key: str) -> dict[str, Any]:
    return batch.frames[frame].row(by_predicate=pl.col("source_key") == key, named=True)


# ------------------------------------------------------------------------------------------------------- records


def test_a_record_with_two_addresses(fixtures: Path) -> None:
    unit = row(read(answer(fixtures, "lei_record")), "legal_units", HEAD)
    assert (unit["name"], unit["other_names"]) == ("Fabula Holding SE", ["Fabula AG"])
    assert (unit["country_code"], unit["hq_country_code"], unit["region_code"]) == ("DE", "LU", "DE-BY")
    assert (unit["national_id"], unit["national_id_scheme"]) == ("HRB 00001", "RA000247")
    assert (unit["legal_form_code"], unit["legal_form_scheme"], unit["entity_category"]) == ("SGST", "ELF", "GENERAL")
    assert (unit["address_line"], unit["postal_code"], unit["city"]) == ("Beispielweg 1", "91000", "Musterhausen")
    assert unit["created_on"] == date(2001, 3, 1)  # 28 February 23:00 UTC is midnight in Germany
    assert unit["record_updated_at"] == datetime(2026, 8, 28, 10, 36, 27, tzinfo=UTC)


def test_registers_whose_scheme_we_know(fixtures: Path) -> None:
    batch = read(answer(fixtures, "lei_records_by_lei"))
    assert batch.frames["legal_units"].select("national_id_scheme", "national_id").rows() == [
        ("RA000247", "HRB 00001"),
        ("FR-RCS", "002001014"),  # written 002 001 014 at the source
        ("GB-COH", "ZZ001234"),  # written ZZ1234
        (None, None),  # RA999999 is no register
    ]


@pytest.mark.parametrize(
    ("authority", "number", "scheme", "found"),
    [
        ("RA000189", "002 001 014", "FR-RCS", "002001014"),
        ("RA000192", "002001014", "FR-RCS", "002001014"),
        ("RA000189", "001001016", "RA000189", "001001016"),  # no SIREN: then it is a number of that authority
        ("RA000585", "1234", "GB-COH", "00001234"),
        ("RA000463", " 65 500 784 ", "RA000463", "65 500 784"),
        ("RA888888", "X", None, None),
        (None, "X", None, None),
        ("RA000463", None, None, None),
    ],
)
def test_national_numbers(
    fixtures: Path, authority: str | None, number: str | None, scheme: str | None, found: str | None
) -> None:
    document = answer(fixtures, "lei_record")
    document["data"]["attributes"]["entity"] |= {
        "registeredAt": {"id": authority, "other": None},
        "registeredAs": number,
    }
    unit = read(document).frames["legal_units"].row(0, named=True)
    assert (unit["national_id_scheme"], unit["national_id"]) == (scheme, found)


def test_lapsed_is_not_dead_and_dissolved_is(fixtures: Path) -> None:
    british = row(read(answer(fixtures, "direct_children")), "legal_units", BRITISH)
    assert (british["life_status"], british["ceased_on"]) == ("active", None)
    dead = row(read(answer(fixtures, "dissolved_record")), "legal_units", JAPANESE)
    assert (dead["life_status"], dead["ceased_on"], dead["successor_key"]) == ("ceased", date(2024, 10, 1), BRITISH)
    assert (dead["name"], dead["other_names"]) == ("ファブラ工具株式会社", ["Fabula Kogu K.K."])
    assert dead["address_line"] == "架空町1-1"  # the number stands in the line already


def test_a_sole_proprietor_is_a_person_whose_street_is_not_read(fixtures: Path) -> None:
    unit = row(read(answer(fixtures, "lei_records_by_lei")), "legal_units", TRADER)
    assert (unit["is_natural_person"], unit["address_line"], unit["legal_form_code"]) == (True, None, None)


@pytest.mark.parametrize(
    ("region", "code"), [("DE-BY", "DE-BY"), ("FR-69M", None), ("Bavaria", None), ("DE-BAYERN", None), (None, None)]
)
def test_only_an_iso_region_of_the_country_counts(fixtures: Path, region: str | None, code: str | None) -> None:
    document = answer(fixtures, "lei_record")
    document["data"]["attributes"]["entity"]["legalAddress"]["region"] = region
    assert read(document).frames["legal_units"]["region_code"].to_list() == [code]


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2011-07-24T22:00:00Z", date(2011, 7, 25)),  # Germany in summer
        ("2015-10-04T18:30:00Z", date(2015, 10, 5)),  # India
        ("2005-04-06T05:00:00Z", date(2005, 4, 6)),  # Chicago in summer
        ("2020-12-31T00:00:00Z", date(2020, 12, 31)),
        ("2017-09-20T08:00:00+02:00", date(2017, 9, 20)),
        (None, None),
    ],
)
def test_the_nearest_midnight_is_meant(fixtures: Path, written: str | None, day: date | None) -> None:
    document = answer(fixtures, "lei_record")
    document["data"]["attributes"]["entity"]["creationDate"] = written
    assert read(document).frames["legal_units"]["created_on"].to_list() == [day]


# -------------------------------------------------------------------------------------------------------- ties


def test_a_list_of_children_says_who_the_parent_is(fixtures: Path) -> None:
    batch = read(answer(fixtures, "direct_children"))
    assert batch.frames["relationships"].select(
        "source_key", "kind", "child_key", "parent_key", "is_active"
    ).rows() == [
        (f"{child}|directly_consolidated_by|{HEAD}|list", "directly_consolidated_by", child, HEAD, True)
        for child in (FRENCH, BRITISH)
    ]
    (scope,) = batch.scopes
    assert (scope.name, scope.kind, scope.frame) == (f"direct-children:{HEAD}", ScopeKind.LIST, "relationships")
    assert scope.keys == tuple(batch.frames["relationships"]["source_key"])
    assert (scope.page, scope.pages, scope.total) == (1, 1, 2)


def test_a_list_cut_by_paging_and_an_empty_list(fixtures: Path) -> None:
    (cut,) = read(answer(fixtures, "ultimate_children_first_of_two_pages")).scopes
    assert (cut.name, len(cut.keys), cut.page, cut.pages, cut.total) == (f"ultimate-children:{HEAD}", 2, 1, 2, 3)
    (empty,) = read(answer(fixtures, "no_children")).scopes
    assert (empty.name, empty.keys, empty.pages, empty.total) == (f"direct-children:{BRITISH}", (), 1, 0)


def test_a_child_that_cannot_be_read_leaves_the_list_incomplete(fixtures: Path) -> None:
    document = answer(fixtures, "direct_children")
    document["data"][0]["id"] = document["data"][0]["attributes"]["lei"] = "0" * 20
    document["data"][1]["attributes"]["entity"]["legalName"]["name"] = ""
    batch = read(document)
    assert batch.records == 4
    assert [r.record for r in batch.rejected] == [
        "one LEI record",
        "one child in direct-children",
        "one LEI record",
    ]
    assert batch.frames["legal_units"].height == 0
    (scope,) = batch.scopes  # the child without a name is still a child
    assert (scope.keys, scope.total) == ((f"{BRITISH}|directly_consolidated_by|{HEAD}|list",), 2)


def test_nobody_is_its_own_child(fixtures: Path) -> None:
    document = answer(fixtures, "direct_children")
    for name in ("first", "last"):
        document["links"][name] = document["links"][name].replace(HEAD, FRENCH)
    batch = read(document)
    assert [r.reason for r in batch.rejected] == ["rule not_its_own_parent"]
    assert batch.frames["relationships"]["child_key"].to_list() == [BRITISH]


def test_relationship_records_carry_the_newest_period_of_the_tie(fixtures: Path) -> None:
    batch = read(answer(fixtures, "direct_child_relationships"))
    columns = ("source_key", "is_active", "registration_status", "started_on", "ended_on")
    assert batch.frames["relationships"].select(columns).rows() == [
        (f"{FRENCH}|directly_consolidated_by|{HEAD}", True, "PUBLISHED", date(2018, 2, 6), None),
        (f"{BRITISH}|directly_consolidated_by|{HEAD}", False, "PUBLISHED", date(2017, 1, 1), date(2026, 6, 30)),
    ]
    assert [scope.name for scope in batch.scopes] == [f"direct-child-relationships:{HEAD}"]
    single = read(answer(fixtures, "ultimate_parent_relationship"))
    assert single.frames["relationships"]["source_key"].to_list() == [f"{JAPANESE}|ultimately_consolidated_by|{HEAD}"]
    assert single.scopes == ()


def test_of_two_records_of_one_tie_the_newer_counts(fixtures: Path) -> None:
    document = answer(fixtures, "direct_child_relationships")
    older = json.loads(json.dumps(document["data"][0]))
    older["attributes"]["registration"]["lastUpdateDate"] = "2019-01-01T00:00:00Z"
    older["attributes"]["registration"]["status"] = "RETIRED"
    document["data"] += [older, json.loads(json.dumps(document["data"][0]))]
    batch = read(document)
    assert batch.frames["relationships"]["registration_status"].to_list() == ["PUBLISHED", "PUBLISHED"]
    assert len(batch.rejected) == 1
    assert "twice" in batch.rejected[0].reason


@pytest.mark.parametrize(
    ("category", "kind"),
    [
        ("DIRECT_ACCOUNTING_CONSOLIDATION_PARENT", "no_direct_parent"),
        ("ULTIMATE_ACCOUNTING_CONSOLIDATION_PARENT", "no_ultimate_parent"),
    ],
)
def test_reporting_exceptions(fixtures: Path, category: str, kind: str) -> None:
    document = answer(fixtures, "ultimate_parent_reporting_exception")
    document["data"]["attributes"]["category"] = category
    exception = row(read(document), "relationships", f"{HEAD}|{kind}")
    assert (exception["kind"], exception["parent_key"]) == (kind, None)
    assert exception["exception_reason"] == "NO_KNOWN_PERSON"


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ({"data": {"type": "isins", "id": "x"}}, "it holds isins"),
        ({"data": [], "links": {"first": f"https://x.example/lei-records/{HEAD}/isins?page=1"}}, "it holds isins"),
        ({"data": []}, "does not say what it lists"),
        ({"errors": [{"status": "400", "title": "Bad Request"}]}, "Bad Request"),
        ({"data": None}, "data missing"),
        (
            {
                "data": [{"type": "lei-records"}, {"type": "isins"}],
                "links": {"first": "https://x.example/lei-records"},
            },
            "isins and lei-records",
        ),
        (
            {"data": [], "links": {"first": f"https://x.example/lei-records/{HEAD}/direct-children"}},
            "nobody knows if it is whole",
        ),
    ],
)
def test_other_documents_are_no_answers(document: Any, reason: str) -> None:
    with pytest.raises(NotAnAnswerError, match=reason):
        read(document)


def test_nothing_found_says_nothing() -> None:
    (batch,) = CONNECTOR.parse(payload({"errors": [{"status": "404"}]}, status=404))
    assert (batch.records, batch.scopes, batch.rejected) == (0, (), ())


def test_an_answer_is_as_old_as_its_golden_copy(fixtures: Path) -> None:
    assert CONNECTOR.dated(payload(answer(fixtures, "lei_record"))) == datetime(2026, 11, 20, tzinfo=UTC)
    assert CONNECTOR.dated(payload({"data": {}, "meta": {}})) is None
    assert CONNECTOR.dated(payload({"meta": {"goldenCopy": {"publishDate": "soon"}}})) is None


def test_redacting_a_parent_takes_its_name_out_of_the_list(fixtures: Path) -> None:
    body = CONNECTOR.redact(payload(answer(fixtures, "direct_children")), frozenset({HEAD}))
    assert body is not None
    assert HEAD not in body.decode()
    batch = read(json.loads(body))
    assert batch.frames["legal_units"]["source_key"].to_list() == [FRENCH, BRITISH]
    assert (batch.frames["relationships"].height, batch.scopes) == (0, ())


def test_redacting_a_successor_and_one_tie(fixtures: Path) -> None:
    body = CONNECTOR.redact(payload(answer(fixtures, "dissolved_record")), frozenset({BRITISH}))
    assert body is not None
    assert BRITISH not in body.decode()
    body = CONNECTOR.redact(
        payload(answer(fixtures, "direct_child_relationships")),
        frozenset({f"{FRENCH}|directly_consolidated_by|{HEAD}"}),
    )
    assert body is not None
    (scope,) = read(json.loads(body)).scopes
    assert (scope.keys, scope.total) == ((f"{BRITISH}|directly_consolidated_by|{HEAD}",), 1)


# -------------------------------------------------------------------------------------------------------- asking


class FakeGleif:
    """A small GLEIF: entities with their direct and ultimate parents, paged lists, exceptions, 404 for the rest."""

    def __init__(self, fixtures: Path) -> None:
        self.record = answer(fixtures, "lei_record")["data"]
        self.tie = answer(fixtures, "ultimate_parent_relationship")["data"]
        self.exception = answer(fixtures, "ultimate_parent_reporting_exception")["data"]
        self.parents: dict[str, dict[str, str | None]] = {}  # lei -> {direct, ultimate}
        self.numbers: dict[str, str] = {}  # SIREN -> lei
        self.asked: list[str] = []

    def add(self, lei: str, direct: str | None = None, ultimate: str | None = None, siren: str | None = None) -> None:
        self.parents[lei] = {"direct": direct, "ultimate": ultimate}
        if siren:
            self.numbers[siren] = lei

    def __call__(self, request: Request) -> Response:
        query = "&".join(f"{name}={value}" for name, value in sorted(request.args.items()))
        path = request.path.removeprefix("/api/v1/")
        self.asked.append(f"{path}?{query}" if query else path)
        found = self.find(path, {name: str(value) for name, value in request.args.items()}, request.base_url)
        if found is None:
            return Response('{"errors": [{"status": "404"}]}', status=404)
        document = {"meta": {"goldenCopy": {"publishDate": "2026-11-20T00:00:00Z"}}, "data": found}
        return Response(json.dumps(found if "meta" in found else document), content_type="application/vnd.api+json")

    def find(self, path: str, asked: dict[str, str], url: str) -> Any:
        if path == "lei-records":
            wanted = asked.get("filter[lei]", self.numbers.get(asked.get("filter[entity.registeredAs]", ""), ""))
            return self.page([self.entity(lei) for lei in wanted.split(",") if lei in self.parents], asked, url)
        _, lei, last = path.split("/")
        level, what = last.split("-", 1)
        parent = self.parents[lei][level]
        children = [child for child, parents in self.parents.items() if parents[level] == lei]
        if what == "children":
            return self.page([self.entity(child) for child in children], asked, url)
        if what == "child-relationships":
            return self.page([self.relationship(child, lei, level) for child in children], asked, url)
        if what == "parent-relationship" and parent:
            return self.relationship(lei, parent, level)
        if what == "parent-reporting-exception" and not parent:
            return {
                **self.exception,
                "attributes": {
                    **self.exception["attributes"],
                    "lei": lei,
                    "category": f"{level.upper()}_ACCOUNTING_CONSOLIDATION_PARENT",
                },
            }
        return None

    def page(self, items: list[Any], asked: dict[str, str], url: str) -> Any:
        size, number = int(asked.get("page[size]", 15)), int(asked.get("page[number]", 1))
        last = max(-(-len(items) // size), 1)
        pagination = {"currentPage": number, "perPage": size, "total": len(items), "lastPage": last}
        return {
            "meta": {"goldenCopy": {"publishDate": "2026-11-20T00:00:00Z"}, "pagination": pagination},
            "links": {"first": f"{url}?page=1"},
            "data": items[(number - 1) * size :][:size],
        }

    def entity(self, lei: str) -> Any:
        item = json.loads(json.dumps(self.record).replace(HEAD, lei))
        siren = next((number for number, holder in self.numbers.items() if holder == lei), None)
        if siren:
            item["attributes"]["entity"] |= {"registeredAt": {"id": "RA000189", "other": None}, "registeredAs": siren}
        for level, parent in self.parents[lei].items():
            names = ("relationship-record", "lei-record") if parent else ("reporting-exception",)
            item["relationships"][f"{level}-parent"] = {"links": dict.fromkeys(names, "https://x.example")}
        return item

    def relationship(self, child: str, parent: str, level: str) -> Any:
        text = json.dumps(self.tie).replace(JAPANESE, child).replace(HEAD, parent)
        return json.loads(text.replace("IS_ULTIMATELY", f"IS_{level.upper()}LY"))


@pytest.fixture
def fake(httpserver: HTTPServer, fixtures: Path) -> FakeGleif:
    found = FakeGleif(fixtures)
    httpserver.expect_request(re.compile("/api/v1/.*")).respond_with_handler(found)
    return found


@pytest.fixture
def client(httpserver: HTTPServer) -> Iterator[PoliteClient]:
    with PoliteClient(
        "gleif",
        httpserver.url_for("/api/v1"),
        requests_per_second=10_000,
        clock=lambda: datetime(2026, 11, 24, 2, tzinfo=UTC),
        monotonic=time.monotonic,
        sleep=time.sleep,
        rng=lambda: 0.0,
        archive=None,
        user_agent="grandcompte tests",
        allow_private_addresses=True,
    ) as polite:
        yield polite


def fetched(client: PoliteClient, **identifiers: tuple[str, ...]) -> list[Batch]:
    window = Watermark(identifiers={name.replace("_", "-"): values for name, values in identifiers.items()})
    return [batch for found in CONNECTOR.fetch(client, window) for batch in CONNECTOR.parse(found)]


def ties(batches: list[Batch]) -> set[str]:
    return {key for batch in batches for key in batch.frames["relationships"]["source_key"]}


A, B, C, D = (invented_lei(n) for n in (11, 12, 13, 14))
PAGE = "page[number]=1&page[size]=200"


def test_from_one_subsidiary_to_its_whole_group(fake: FakeGleif, client: PoliteClient) -> None:
    fake.add(A)  # the head: B under it, C under B, D under A
    fake.add(B, direct=A, ultimate=A)
    fake.add(C, direct=B, ultimate=A)
    fake.add(D, direct=A, ultimate=A)
    batches = fetched(client, LEI=(C,))
    assert fake.asked == [
        f"lei-records?filter[lei]={C}&page[size]=100",
        f"lei-records/{C}/ultimate-parent-relationship",
        f"lei-records?filter[lei]={A}&page[size]=100",
        f"lei-records/{A}/ultimate-parent-reporting-exception",
        f"lei-records/{A}/direct-children?{PAGE}",
        f"lei-records/{A}/direct-child-relationships?{PAGE}",
        f"lei-records/{A}/ultimate-children?{PAGE}",
        f"lei-records/{A}/ultimate-child-relationships?{PAGE}",
        f"lei-records/{A}/direct-parent-reporting-exception",
        f"lei-records/{C}/direct-parent-relationship",
    ]
    units = {lei for batch in batches for lei in batch.frames["legal_units"]["source_key"]}
    assert units == {A, B, C, D}
    assert ties(batches) == {
        f"{A}|no_direct_parent",
        f"{A}|no_ultimate_parent",
        f"{C}|directly_consolidated_by|{B}",
        *(f"{child}|directly_consolidated_by|{A}{list_}" for child in (B, D) for list_ in ("", "|list")),
        *(f"{child}|ultimately_consolidated_by|{A}{list_}" for child in (B, C, D) for list_ in ("", "|list")),
    }


def test_a_company_alone_is_asked_for_its_exceptions_and_children(fake: FakeGleif, client: PoliteClient) -> None:
    fake.add(A)
    batches = fetched(client, LEI=(A,))
    assert fake.asked[1:] == [
        f"lei-records/{A}/ultimate-parent-reporting-exception",
        f"lei-records/{A}/direct-children?{PAGE}",
        f"lei-records/{A}/ultimate-children?{PAGE}",
        f"lei-records/{A}/direct-parent-reporting-exception",
    ]
    totals = {scope.name: scope.total for batch in batches for scope in batch.scopes}
    assert totals == {f"direct-children:{A}": 0, f"ultimate-children:{A}": 0}


def test_by_national_number_unless_the_lei_told_it(fake: FakeGleif, client: PoliteClient) -> None:
    fake.add(A, siren="002001014")
    fake.add(B, siren="002002020")
    fetched(client, LEI=(A, A), FR_RCS=("002001014", "002002020", "002003036"))
    look_ups = [asked for asked in fake.asked if asked.startswith("lei-records?")]
    assert look_ups == [
        f"lei-records?filter[lei]={A}&page[size]=100",
        "lei-records?filter[entity.jurisdiction]=FR&filter[entity.registeredAs]=002002020",
        "lei-records?filter[entity.jurisdiction]=FR&filter[entity.registeredAs]=002003036",
    ]
    assert len(fake.asked) == len(set(fake.asked))


def test_a_hundred_records_a_call_and_every_page_of_a_list(
    fake: FakeGleif, client: PoliteClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gleif, "PAGE_SIZE", 50)
    fake.add(A)
    children = tuple(invented_lei(n) for n in range(1000, 1120))
    for child in children:
        fake.add(child, direct=A, ultimate=A)
    batches = fetched(client, LEI=(*children, A))
    assert [a.count(",") + 1 for a in fake.asked if a.startswith("lei-records?filter[lei]")] == [100, 21]
    pages = {scope.name: scope.pages for batch in batches for scope in batch.scopes}
    assert pages == {
        f"{name}:{A}": 3
        for name in (
            "direct-children",
            "ultimate-children",
            "direct-child-relationships",
            "ultimate-child-relationships",
        )
    }
    # one question led to the head, whose lists then told the ties of all the others
    assert [a for a in fake.asked if a.endswith("parent-relationship")] == [
        f"lei-records/{children[0]}/ultimate-parent-relationship"
    ]
    assert len(fake.asked) == len(set(fake.asked))


def test_a_ring_of_parents_ends(fake: FakeGleif, client: PoliteClient) -> None:
    fake.add(A, direct=B, ultimate=B)
    fake.add(B, direct=A, ultimate=A)
    batches = fetched(client, LEI=(A,))
    assert ties(batches) == {
        f"{x}|{how}_consolidated_by|{y}" for x, y in ((A, B), (B, A)) for how in ("directly", "ultimately")
    }
    assert len(fake.asked) == len(set(fake.asked))


def test_an_answer_that_is_none_is_handed_on_to_be_refused(httpserver: HTTPServer, client: PoliteClient) -> None:
    httpserver.expect_request("/api/v1/lei-records").respond_with_data("<html>maintenance</html>")
    (found,) = CONNECTOR.fetch(client, Watermark(identifiers={"LEI": (A,)}))
    with pytest.raises(NotAnAnswerError):
        list(CONNECTOR.parse(found))


# ------------------------------------------------------------------------------------------------- recorded answers


def recorded(shared: Path) -> dict[str, Path]:
    return {path.name: path for path in sorted((shared / "data" / "gleif" / "api_v1").rglob("*.json"))}


def test_recorded_answers_are_read_or_refused_by_name(shared: Path) -> None:
    counts: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    for name, path in recorded(shared).items():
        document = json.loads(path.read_bytes())
        items = document["data"] if isinstance(document["data"], list) else [document["data"]]
        try:
            batch = read(document)
        except NotAnAnswerError:
            refused[path.parent.name] += 1
            continue
        implied = len(items) if name.startswith(("direct-children", "ultimate-children")) else 0
        assert batch.records == len(items) + implied, name
        assert (batch.rejected, batch.unknown_fields) == ((), ()), name
        assert CONNECTOR.dated(payload(document)) == datetime(2025, 5, 15, tzinfo=UTC)
        counts[path.parent.name] += 1
        counts["records"] += len(items)
    assert counts == {"lei_records": 56, "relationships": 31, "reporting_exceptions": 17, "records": 157 + 121 + 17}
    assert not {"lei_records", "relationships", "reporting_exceptions"} & set(refused)
    assert sum(refused.values()) == 78


@pytest.mark.parametrize(
    ("head", "entities", "countries"), [("529900GRZ2BQY5ZM9N49", 13, 9), ("INR2EJN1ERAN0W5ZP974", 14, 7)]
)
def test_known_groups(shared: Path, head: str, entities: int, countries: int) -> None:
    files = recorded(shared)
    children: dict[str, str] = {}
    for level in ("direct", "ultimate"):
        batch = read(json.loads(files[f"{level}-children_{head}.json"].read_bytes()))
        (scope,) = batch.scopes
        assert (scope.page, scope.pages, scope.total) == (1, 1, len(scope.keys))
        children |= dict(batch.frames["legal_units"].select("lei", "country_code").iter_rows())
    home = read(json.loads(files[f"single_lei_record_{head}.json"].read_bytes())).frames["legal_units"]
    assert len(children) == entities
    # the head's own country is among its children's: the same number with and without the head
    assert len(set(children.values())) == len({*children.values(), *home["country_code"]}) == countries


@pytest.mark.parametrize("head", ["21380068P1DRHMJ8KU70", "851WYGNLUQLFZBSYGB56"])
def test_known_lists_that_are_cut(shared: Path, head: str) -> None:
    for name in ("direct-children", "ultimate-children", "direct-child-relationships", "ultimate-child-relationships"):
        (scope,) = read(json.loads(recorded(shared)[f"{name}_{head}.json"].read_bytes())).scopes
        assert scope.pages > 1
        assert len(scope.keys) < (scope.total or 0)
