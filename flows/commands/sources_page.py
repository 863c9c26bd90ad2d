"""Writes docs/sources.md from the connectors: `python -m flows.commands.sources_page > docs/sources.md`."""

from connectors.contract import Connector
from flows.runtime import chosen_sources

HEAD = """\
# The sources / Les sources

This page is written by `python -m flows.commands.sources_page`; a test holds it against the connectors. What each one
brought last, `grandcompte sources` says.
Cette page est écrite par cette commande ; ce que chaque source a apporté, `grandcompte sources` le dit.

| source | licence | key / clé | requests/s | their limit / leur limite | raw answers / réponses brutes |
|---|---|---|---|---|---|
"""


def sources_page() -> str:
    """The page, from the same objects that the night uses."""
    connectors = list(chosen_sources().values())
    rows = [row_of(connector) for connector in connectors]
    return HEAD + "\n".join(rows) + "\n\n" + "\n".join(section_of(connector) for connector in connectors)


def row_of(connector: Connector) -> str:
    """One line of the table."""
    terms = connector.terms
    key = f"`GRANDCOMPTE_{connector.name.upper()}_KEY`" if terms.needs_key else "none / aucune"
    kept = f"{terms.retention_days} days / jours" if terms.retention_days else "kept / conservées"
    cells = (f"[{connector.name}](#{connector.name})", terms.licence, key, f"{terms.requests_per_second:g}")
    return f"| {' | '.join((*cells, terms.own_limit or 'unknown / inconnue', kept))} |"


def section_of(connector: Connector) -> str:
    """What is worth a paragraph."""
    terms = connector.terms
    return f"""\
## {connector.name}
{terms.title}, {terms.publisher}: <{terms.homepage}>
- Tables: {", ".join(f"`{name}`" for name in connector.writes)}
- Attribution / Mention : {terms.attribution}
- Persons / Personnes : {terms.personal_data}
- Another address / Autre adresse : `GRANDCOMPTE_{connector.name.upper()}_URL`
- Terms read on / Conditions lues le {terms.checked_on.isoformat()}
"""


if __name__ == "__main__":
    print(sources_page(), end="")
