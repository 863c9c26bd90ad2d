"""What legal notices say: who came and left; proceedings, sales, moves, capital as typed rows."""

import dataframely as dy
import polars as pl

from enrich.administration import is_same_officer, is_staying, split_administration
from enrich.contract import step
from schemas.frames import EntityRecord, ExecutiveChangeDraft, Notice, NoticeEvent, NoticeMovement
from schemas.reference import office_of
from schemas.vocabulary import (
    ChangeKind,
    MovementKind,
    NoticeEventKind,
    NoticeFamily,
    NoticeKind,
    NoticeParty,
    OfficeGroup,
)

NEAR_DAYS = 365  # a register may take in months later what a notice told, and the other way round
UNDER_PROCEEDINGS = (
    NoticeEventKind.SAFEGUARD,
    NoticeEventKind.RECEIVERSHIP,
    NoticeEventKind.LIQUIDATION,
    NoticeEventKind.DISPOSAL_PLAN,
)


@step
def find_movements(notices: dy.DataFrame[Notice]) -> dy.DataFrame[NoticeMovement]:
    """One row for each officer that an administration text names (`split_administration`).

    `is_staying` marks who leaves an office and is named in another one of the same notice: by himself (liquidator), or
    behind a company that he represents. A roster never says that somebody came.
    """
    rows = []
    texts = notices.filter(pl.col("administration").is_not_null())
    columns = ["source", "source_key", "unit_key", "published_on", "effective_on"]
    for *head, text in texts.select(*columns, "administration").iter_rows():
        entries = split_administration(text)
        for position, entry in enumerate(entries):
            kind, title, who, behind, is_deceased = entry
            role, group = office_of(title)
            stays = is_staying(entry, entries)
            values = (position, kind.value, title, role.value, group.value, who, behind, is_deceased, stays)
            rows.append((*head, *values))
    names = [*columns, "position", "kind", "title", "role", "office_group", "who", "represented_by", "is_deceased",
             "is_staying"]  # fmt: skip
    frame = pl.DataFrame(rows, schema={n: NoticeMovement.columns()[n].dtype for n in names}, orient="row")
    return NoticeMovement.cast(frame.select(NoticeMovement.column_names()))


@step
def find_departures(movements: dy.DataFrame[NoticeMovement]) -> dy.DataFrame[NoticeMovement]:
    """Who left an office that leads: not who stays in another one, no auditor and no liquidator."""
    leading = ~pl.col("office_group").is_in([OfficeGroup.CONTROL.value, OfficeGroup.DISTRESS.value])
    return NoticeMovement.cast(
        movements.filter((pl.col("kind") == MovementKind.OUT.value) & ~pl.col("is_staying") & leading)
    )


@step
def find_standing_notices(notices: dy.DataFrame[Notice]) -> dy.DataFrame[Notice]:
    """The notices that still stand: a cancellation takes its notice along, a correction replaces it."""
    replaced = notices.filter(pl.col("kind") != NoticeKind.INITIAL.value)
    # by the notice, not by the unit: the number of the company may be what the correction corrects
    older = replaced.select("source", pl.col("corrects_key").alias("notice_key")).drop_nulls()
    standing = notices.filter(pl.col("kind") != NoticeKind.CANCELLATION.value)
    return Notice.cast(standing.join(older.unique(), on=["source", "notice_key"], how="anti"))


@step
def find_open_proceedings(events: dy.DataFrame[NoticeEvent]) -> dy.DataFrame[NoticeEvent]:
    """The newest judgement of each company, where it leaves it under insolvency proceedings.

    A plan of continuation and a closure end them; a judgement of another kind says nothing about them.
    """
    ending = [NoticeEventKind.CONTINUATION_PLAN.value, NoticeEventKind.PROCEEDINGS_CLOSED.value]
    told = events.filter(pl.col("kind").is_in([*(kind.value for kind in UNDER_PROCEEDINGS), *ending]))
    newest = told.sort("published_on", "effective_on", "source", "source_key", "kind", nulls_last=False)
    newest = newest.unique("unit_key", keep="last", maintain_order=True)
    return NoticeEvent.cast(newest.filter(~pl.col("kind").is_in(ending)).sort("source", "source_key", "kind"))


@step
def leave_out_representatives(
    changes: dy.DataFrame[ExecutiveChangeDraft],
    movements: dy.DataFrame[NoticeMovement],
    entity_records: dy.DataFrame[EntityRecord],
) -> dy.DataFrame[ExecutiveChangeDraft]:
    """Leave out departures of whom a notice of about that time shows behind a company that holds an office.

    A founder who hands his office to a holding that he represents is missed by the roster, and has not left (SOURCES
    section 4, false positive b).
    """
    behind = movements.filter(pl.col("represented_by").is_not_null(), pl.col("kind") != MovementKind.OUT.value).select(
        "unit_key", "represented_by", "published_on"
    )
    units = entity_records.select(pl.col("source_key").alias("unit_key"), "entity_id")
    missed = changes.filter(pl.col("kind") == ChangeKind.DEPARTED.value, pl.col("effective_on").is_null())
    pairs = missed.select("change_key", "entity_id", "full_name", "first_seen_at").join(
        behind.join(units, on="unit_key"), on="entity_id"
    )
    days = (pl.col("first_seen_at").dt.date() - pl.col("published_on")).dt.total_days().abs()
    near = pairs.filter(days <= NEAR_DAYS).select("change_key", "full_name", "represented_by").iter_rows()
    stay = [key for key, name, who in near if is_same_officer(name, who)]
    return ExecutiveChangeDraft.cast(changes.filter(~pl.col("change_key").is_in(stay)))


def _says(column: str, pattern: str) -> pl.Expr:
    """Whether a text has these words, without case; at word boundaries, since `diffusion` contains `fusion`."""
    return pl.col(column).str.contains(rf"(?i)\b(?:{pattern})").fill_null(False)


def _is(family: NoticeFamily) -> pl.Expr:
    return pl.col("family") == family.value


def _event_rules() -> list[tuple[NoticeEventKind, pl.Expr]]:
    """What each kind of event looks like; one notice may tell several (`l'administration, le capital`)."""
    kind, court = NoticeEventKind, _is(NoticeFamily.INSOLVENCY)
    # `prorogeant le délai au terme duquel la clôture devra être examinée` closes nothing
    postponed = _says("judgement_kind", "prorog|d[ée]lai")
    closed = _says("judgement_kind", "cl[ôo]ture|mettant fin") & ~postponed
    # `résolution du plan de redressement et liquidation judiciaire` ends the plan
    plan = _says("judgement_kind", "plan de ") & ~_says("judgement_kind", "r[ée]solution")
    liquidation = court & ~closed & ~plan & _says("judgement_kind", "liquidation")
    safeguard = court & ~closed & ~plan & ~liquidation & _says("judgement_kind", "sauvegarde")
    receivership = court & ~closed & ~plan & ~liquidation & ~safeguard & _says("judgement_kind", "redressement")
    disposal = court & ~closed & _says("judgement_kind", "plan de cession")
    known = closed | plan | liquidation | safeguard | receivership
    changed, struck = _is(NoticeFamily.MODIFICATION), _is(NoticeFamily.STRIKING_OFF)
    is_buyer = pl.col("party") == NoticeParty.SUBJECT.value
    reported = struck & _says("description", "(?:rapport|report) de (?:la )?radiation")
    return [
        (kind.ADMINISTRATION_CHANGED, changed & _says("description", "administration")),
        (kind.SAFEGUARD, safeguard),
        (kind.RECEIVERSHIP, receivership),
        (kind.LIQUIDATION, liquidation),
        (kind.DISPOSAL_PLAN, disposal),
        (kind.CONTINUATION_PLAN, court & ~closed & plan & ~disposal),
        (kind.PROCEEDINGS_CLOSED, court & closed),
        (kind.OTHER_JUDGEMENT, court & ~known),
        (kind.CONCILIATION, _is(NoticeFamily.CONCILIATION)),
        (kind.BUSINESS_BOUGHT, _is(NoticeFamily.SALE) & is_buyer),
        (kind.BUSINESS_SOLD, _is(NoticeFamily.SALE) & ~is_buyer),
        (kind.MERGER, ~court & _says("description", "fusion")),
        (kind.ASSETS_TRANSFERRED, changed & _says("description", "transmission universelle")),
        (kind.DISSOLVED, changed & _says("description", "dissolution")),
        (kind.HEAD_OFFICE_MOVED, changed & _says("description", "transfert d[ue] (?:son )?si[èe]ge|si[èe]ge social")),
        (kind.CAPITAL_CHANGED, changed & _says("description", "capital")),
        (kind.STRUCK_OFF, struck & ~reported),
        (kind.STRIKING_OFF_REPORTED, reported),
    ]


@step
def find_notice_events(notices: dy.DataFrame[Notice]) -> dy.DataFrame[NoticeEvent]:
    """The typed events of standing notices (`find_standing_notices`); the quote is the judgement or the description."""
    quote = pl.coalesce("judgement_kind", "description").str.head(300)
    told = []
    for kind, rule in _event_rules():
        has_amount = kind is NoticeEventKind.CAPITAL_CHANGED
        told.append(
            notices.filter(rule).select(
                "source",
                "source_key",
                pl.lit(kind.value).alias("kind"),
                "unit_key",
                "published_on",
                "effective_on",
                *(c if has_amount else pl.lit(None, notices.schema[c]).alias(c)
                  for c in ("capital_amount", "capital_currency")),
                quote.alias("quote"),
            )
        )  # fmt: skip
    return NoticeEvent.cast(pl.concat(told).sort("source", "source_key", "kind"))
