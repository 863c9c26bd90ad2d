"""Short ways to write link records, candidate pairs and registry rows in tests."""

from datetime import UTC, datetime
from typing import Any, TypeVar

import dataframely as dy
import polars as pl

from enrich.names import add_name_keys
from schemas.frames import (
    CandidatePair,
    EntityRecord,
    LinkRecord,
    NamedRecord,
    ObservedLegalUnit,
    RecordCluster,
    RecordJudgement,
)

LEGAL_FORMS = frozenset(
    {"SA", "SAS", "S.A.R.L.", "société anonyme", "GmbH", "GmbH & Co. KG", "AG", "SE", "Ltd", "Limited", "Inc", "PLC"}
    | {"株式会社", "有限公司", "주식회사"}
)
NIGHT = datetime(2026, 1, 1, 2, tzinfo=UTC)
S = TypeVar("S", bound=dy.Schema)


def frame(schema: type[S], rows: list[dict[str, Any]]) -> dy.DataFrame[S]:
    """A checked frame; columns that a row leaves out are null (lists are empty)."""
    dtypes = schema.create_empty().schema
    whole = [{n: row.get(n, [] if isinstance(t, pl.List) else None) for n, t in dtypes.items()} for row in rows]
    return schema.validate(pl.DataFrame(whole, schema=dtypes))


def records(*rows: dict[str, Any]) -> dy.DataFrame[LinkRecord]:
    """Link records; `source` is read from `record`."""
    return frame(LinkRecord, [{"source": row["record"].split("|")[0], **row} for row in rows])


def named(*rows: dict[str, Any]) -> dy.DataFrame[NamedRecord]:
    """Link records with their name keys."""
    return add_name_keys(records(*rows), LEGAL_FORMS)


def pairs(*rows: tuple[str, str, float]) -> dy.DataFrame[CandidatePair]:
    """Candidate pairs from (left, right, score)."""
    return frame(
        CandidatePair,
        [
            {
                "left_record": a,
                "right_record": b,
                "score": s,
                "band": "auto" if s >= 0.9 else "review",
                "reasons": "test",
            }
            for a, b, s in rows
        ],
    )


def judgements(*rows: tuple[str, str, str]) -> dy.DataFrame[RecordJudgement]:
    """Human judgements from (left, right, word)."""
    return frame(RecordJudgement, [{"left_record": a, "right_record": b, "judgement": j} for a, b, j in rows])


def clusters(*groups: list[str]) -> dy.DataFrame[RecordCluster]:
    """Clusters from lists of records."""
    return frame(
        RecordCluster,
        [{"record": r, "cluster": min(group), "confidence": 1.0} for group in groups for r in group],
    )


def entity_records(**ids: list[str]) -> dy.DataFrame[EntityRecord]:
    """Entity records from entity id -> records."""
    return frame(
        EntityRecord,
        [
            dict(zip(("source", "source_key"), record.split("|", 1), strict=True), entity_id=entity_id, confidence=1.0)
            for entity_id, own in ids.items()
            for record in own
        ],
    )


def unit(source: str, source_key: str, **values: Any) -> dict[str, Any]:
    """One current legal unit row with what every row has."""
    return {
        "source": source, "source_key": source_key, "is_natural_person": False, "diffusion": "O",
        "life_status": "active", "observed_from": NIGHT, "payload_sha256": "0" * 64, **values,
    }  # fmt: skip


def units(*rows: dict[str, Any]) -> dy.DataFrame[ObservedLegalUnit]:
    """Current legal unit rows."""
    return frame(ObservedLegalUnit, list(rows))
