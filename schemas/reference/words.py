"""Word lists for reading pages: given names, words no name holds, words of titles, countries, states, cities."""

import tomllib
from functools import cache
from importlib import resources

from schemas.reference.lists import labels_of, read_list


def _text(name: str) -> str:
    return resources.files("schemas.reference").joinpath(name).read_text("utf-8")


@cache
def given_names() -> frozenset[str]:
    """Common given names of Europe, the Americas, Africa and South Asia: lower case, without accents, one word."""
    return frozenset(_text("given_names.csv").split()[1:])


@cache
def name_stop_words() -> frozenset[str]:
    """Words that no person's name holds: lower case, without accents."""
    lines = (line for line in _text("name_stop_words.txt").splitlines() if not line.startswith("#"))
    return frozenset(word for line in lines for word in line.split())


@cache
def title_words() -> dict[str, dict[str, list[str]]]:
    """The phrases of titles: kind (`role`, `head`, `function`, ...), then value, then phrases."""
    words: dict[str, dict[str, list[str]]] = tomllib.loads(_text("title_words.toml"))
    return words


@cache
def country_words() -> dict[str, str]:
    """ISO 3166-1 codes by name in English and French and by other usual names, case folded."""
    found = {row["word"].casefold(): row["code"] for row in read_list("country_words")}
    for row in read_list("countries"):
        for name in (row["name_en"], row["name_fr"]):
            found.setdefault(name.split(" (")[0].split(", ")[0].casefold(), row["code"])
    return found


def is_country_code(code: str) -> bool:
    """Whether two letters are a country of ISO 3166-1."""
    return code in labels_of("countries", "name_en")


@cache
def us_states() -> dict[str, str]:
    """The states of the United States and the federal district by postal code."""
    return labels_of("us_states", "name")


@cache
def world_cities() -> dict[str, str]:
    """Countries of cities that lists of offices name alone, case folded."""
    return {row["city"]: row["code"] for row in read_list("world_cities")}
