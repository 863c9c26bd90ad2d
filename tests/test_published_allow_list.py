"""What a CRM may see, column by column: whoever adds one looks at data protection first."""

import re

import pytest
from sqlalchemy import Column, MetaData, String, Table, create_engine, inspect
from sqlmodel import SQLModel

from schemas.tables import V_PROSPECT, table_named

# The contract with the CRM, name by name. Before a column is listed here: it holds no birth date or month, no home
# address, no nationality and no private contact of anybody (DESIGN section 5, RELIABILITY on data protection).
ALLOWED = {
    "prospect_profile": """
        profile_id entity_kind status merged_into_id name legal_name aliases country_code national_id
        national_id_scheme lei vat_number domain hq_address hq_postal_code hq_city hq_region_code activity_code
        activity_code_scheme activity_label size_category employees_min employees_max employees_scope revenue_eur
        revenue_scope net_income_eur financials_year parent_id ultimate_parent_id ultimate_parent_name
        ultimate_parent_country group_role group_entity_count group_depth group_is_complete sites_open_count
        regions_count countries_count countries presence_level procurement_evidence executives_count
        top_executive_name top_executive_title last_exec_change_on risk_flags key_account_score score_conservative
        score_low score_high score_coverage criteria_met criteria_unknown gate_presence gate_buying gate_potential
        key_account_tier risk_score score_reasons score_version match_confidence entity_id updated_at change_seq""",
    "profile_change": "change_seq profile_id op changed_fields before after run_id committed_at",
    "feed_head": "id change_seq",
    "profile_check": "profile_id last_verified_at",
    "profile_timing": "profile_id now_score priority_score new_exec_window_open new_exec_window_until",
    "profile_evidence": "profile_id evidence",
    "field_provenance": """
        profile_id field source source_key value status payload_sha256 observed_at method confidence""",
    "score_detail": "profile_id component weight value points evidence",
    "executive": """
        profile_id mandate_id entity_id person_id officer_kind full_name title role office_group started_on
        started_on_basis ended_on is_current missing_snapshots first_seen_at last_seen_at source payload_sha256""",
    "executive_change": """
        profile_id change_id entity_id person_id officer_kind full_name kind status context from_title to_title role
        office_group effective_on seen_before first_seen_at missing_snapshots confidence source payload_sha256
        detected_at""",
    "group_link": """
        link_id kind child_id parent_id child_entity_id parent_entity_id parent_key exception_reason valid_from
        valid_to source""",
    "presence_evidence": "profile_id country_code kind entity_id count source source_key",
    "account_match": "account_id rank account_name match_status profile_id entity_id score band reasons",
    "id_redirect": "old_id new_id",
    "tombstone": "profile_id reason deleted_at",
}
VIEWS = {"v_prospect": ("prospect_profile", "profile_timing", "profile_check")}

# Words that no column of a published table may have in its name, in English and French.
PRIVATE = re.compile(
    r"birth|born|naissance|\bage\b|_age$|nationalit|citizen|gender|\bsex|civil|home|private|personal|domicile"
    r"|residen|phone|tel(?:$|_)|mobile|fax|mail|given_name|prenom|passport|security_number|iban",
    re.IGNORECASE,
)


def published_tables() -> dict[str, Table]:
    classes = [m.class_ for m in SQLModel._sa_registry.mappers]
    names = {c.__tablename__ for c in classes if c.__module__ == "schemas.tables.published"}
    return {name: table_named(name) for name in names}


def unlisted(table: Table) -> set[str]:
    return {column.name for column in table.columns} - set(ALLOWED.get(table.name, "").split())


def private(names: set[str]) -> set[str]:
    return {name for name in names if PRIVATE.search(name)}


def test_every_published_column_is_listed() -> None:
    tables = published_tables()
    assert set(tables) == set(ALLOWED)
    assert {name: found for name, table in tables.items() if (found := unlisted(table))} == {}


def test_nothing_is_listed_that_does_not_exist() -> None:
    for name, table in published_tables().items():
        assert set(ALLOWED[name].split()) == {column.name for column in table.columns}, name


def test_no_listed_column_smells_of_private_life() -> None:
    assert {name: found for name, columns in ALLOWED.items() if (found := private(set(columns.split())))} == {}


def test_a_view_shows_listed_columns_only() -> None:
    assert {V_PROSPECT.name} == set(VIEWS)
    listed = {column for name in VIEWS["v_prospect"] for column in ALLOWED[name].split()}
    assert {column.name for column in V_PROSPECT.columns} <= listed


def test_the_migrated_database_has_no_published_column_that_is_not_listed(sqlite_url: str) -> None:
    engine = create_engine(sqlite_url)
    found = inspect(engine)
    try:
        assert set(found.get_view_names()) == set(VIEWS)
        for name, columns in ALLOWED.items():
            assert {column["name"] for column in found.get_columns(name)} == set(columns.split()), name
        for view, tables in VIEWS.items():
            listed = {column for name in tables for column in ALLOWED[name].split()}
            assert {column["name"] for column in found.get_columns(view)} <= listed
    finally:
        engine.dispose()


@pytest.mark.parametrize(
    "name",
    [
        "birth_month", "birthday", "year_born", "date_de_naissance", "nationality", "nationalite", "home_address",
        "private_city", "personal_mobile", "residence_city", "phone", "hq_phone", "tel", "tel_direct", "email",
        "e_mail", "mailbox", "given_names", "gender", "age",
    ],
)  # fmt: skip
def test_a_column_that_smells_of_private_life_is_found(name: str) -> None:
    assert private({name}) == {name}


def test_a_new_column_fails_until_it_is_listed() -> None:
    executive = table_named("executive")
    grown = Table(
        executive.name, MetaData(), *(Column(c.name, c.type) for c in executive.columns), Column("hobby", String)
    )
    assert unlisted(grown) == {"hobby"}
