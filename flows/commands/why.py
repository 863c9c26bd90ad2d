"""`grandcompte why`: where the values of one profile come from, and what else was claimed."""

import json
from typing import Any

import polars as pl

from flows.errors import EXIT_DONE, InputError
from flows.settings import read_settings
from flows.store import Store


def explain(account: str, field: str | None, as_json: bool) -> int:
    """Print each value of a profile with its statements, and the rejected, conflicting and derived ones.

    Raises:
        InputError: no such profile or account, or no such column.
    """
    store = Store.open(read_settings().database_url, must_exist=True)
    try:
        store.check_is_migrated()
        row = find_profile(store, account)
        evidence = store.read("profile_evidence").filter(pl.col("profile_id") == row["profile_id"])
        others = store.read("field_provenance").filter(pl.col("profile_id") == row["profile_id"])
    finally:
        store.close()
    if field is not None and field not in row:
        raise InputError(f"no column is called {field!r}; the columns are: {', '.join(row)}")
    told = json.loads(evidence["evidence"][0]) if evidence.height else {"statements": [], "fields": {}}
    answer = [
        {
            "field": name,
            "value": row[name],
            "from": [told["statements"][number] for number in told["fields"].get(name, [])],
            "others": others.filter(pl.col("field") == name).drop("profile_id", "field").to_dicts(),
        }
        for name in ([field] if field else [name for name in row if row[name] is not None])
    ]
    if as_json:
        print(
            json.dumps({"profile_id": row["profile_id"], "fields": answer}, ensure_ascii=False, indent=2, default=str)
        )
        return EXIT_DONE
    print(f"{row['profile_id']}  {row['name']}")
    for item in answer:
        for line in tell(item):
            print(line)
    return EXIT_DONE


def find_profile(store: Store, account: str) -> dict[str, Any]:
    """The profile that a profile id, entity id, national identifier, LEI or CRM account id stands for.

    A group's row comes before the row of its head company.

    Raises:
        InputError: nothing is published under it.
    """
    redirects = dict(store.read("id_redirect").select("old_id", "new_id").iter_rows())
    wanted = redirects.get(account, account)
    profiles = store.read("prospect_profile")
    matches = store.read("account_match").filter(pl.col("account_id") == account, pl.col("profile_id").is_not_null())
    hit = profiles.filter(
        pl.any_horizontal(pl.col(c) == wanted for c in ("profile_id", "entity_id", "national_id", "lei"))
        | pl.col("profile_id").is_in(matches.sort("rank")["profile_id"].head(1).to_list())
    )
    if not hit.height:
        raise InputError(f"nothing is published under {account!r} (profile id, entity id, SIREN, LEI or account id)")
    return hit.sort("entity_kind", "profile_id", descending=[True, False]).row(0, named=True)


def tell(item: dict[str, Any]) -> list[str]:
    """One field as lines for a person."""
    lines = [f"  {item['field']}: {item['value']}"]
    for said in item["from"]:
        lines.append(
            f"      {said['source']} {said['source_key']}, observed on {said['observed_on']}, "
            f"answer {str(said['payload'])[:12]}, {said['method']}, confidence {said['confidence']:.2f}"
        )
    for other in item["others"]:
        lines.append(f"      {other['status']}: {other['value']} ({other['source']} {other['source_key']})")
    if not item["from"] and not item["others"]:
        lines.append("      derived by grandcompte from the other values of this row")
    return lines
