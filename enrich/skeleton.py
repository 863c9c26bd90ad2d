"""A sentence with its persons, titles, organs and dates taken out: what the wordings of appointments are read over."""

import re
from dataclasses import dataclass, field
from datetime import date

from enrich.person_finder import Mention, find_names
from enrich.prose_dates import When, find_dates, fold_same_length
from enrich.prose_titles import TitleSpan, find_titles

MARK = re.compile(r"<(?P<kind>[ptbd])(?P<number>\d+)>")
# `Name, Title of the Company,` and `Name (Title)`: what the person is now; taken out so that clauses stand together.
APPOSITION = re.compile(
    r"<p(?P<p>\d+)>(?:, ?(?:aged? )?\d{2}(?: years old| ans)?)?,? ?[,(–-] ?(?:currently |formerly |the "
    r"company's |[a-z]{3,20}'s |the |our |its |a |an |le |la |l'|l'actuel |actuel(?:le)? |ancien(?:ne)? |"
    r"former |der |die |el |jusqu'(?:ici|alors) |until now |then |until then )*"
    r"(?P<t><[tb]\d+>)(?P<rest>[^,;.<>]{0,70}(?:, inc\.|, llc)?)(?:[,)–-]| depuis \d{4},| since \d{4},)"
)
APPOSITION_END = re.compile(
    r"<p(?P<p>\d+)> ?[,(–-] ?(?:the |our |le |la |former |formerly |ancien(?:ne)? |actuel(?:le)? |current |"
    r"currently )*(?P<t><t\d+>)(?P<rest>[^,;.<>]{0,60})\)?[.]?$"
)
BEFORE_NAME = re.compile(
    r"(?P<t><t\d+>),?(?: (?:of|de|von|bei|chez|at) (?!la |el |le |los |les |the )[a-z' .&-]{4,40}?)?(?::| "
    r") ?(?P<p><p\d+>)"
)


@dataclass(slots=True)
class Skeleton:
    """One sentence, read.

    Attributes:
        text: the sentence. plain: its folded text with marks (`<p0>`, `<t1>`, `<b0>`, `<d2>`).
        people, titles, dates: what the marks stand for.
        stands: title number by person number, where the sentence sets them side by side.
        number: place of the sentence in the document. is_headline: whether it is a headline.
    """

    text: str
    plain: str
    people: list[Mention]
    titles: list[TitleSpan]
    dates: list[When]
    number: int
    is_headline: bool
    place: str
    stands: dict[int, int] = field(default_factory=dict)


def read_skeleton(
    text: str, company: frozenset[str], published: date | None, number: int, place: str, *, is_headline: bool
) -> Skeleton:
    """The skeleton of a sentence."""
    people = [m for m in find_names(text, company)]
    taken = [(m.start, m.end) for m in people]
    titles = find_titles(text, taken)
    dates = [d for d in find_dates(text, published) if not any(a < d.end and d.start < b for a, b in taken)]
    cuts: list[tuple[int, int, str]] = [(m.start, m.end, f"<p{i}>") for i, m in enumerate(people)]
    cuts += [(t.start, t.end, f"<{'b' if t.is_board else 't'}{i}>") for i, t in enumerate(titles)]
    cuts += [
        (d.start, d.end, f"<d{i}>")
        for i, d in enumerate(dates)
        if not any(t.start < d.end and d.start < t.end for t in titles)
    ]
    folded = fold_same_length(text)
    out, at = [], 0
    for start, end, mark in sorted(cuts):
        if start < at:
            continue
        out += [folded[at:start], mark]
        at = end
    plain = re.sub(r"[\"“”«»‘]", " ", "".join(out) + folded[at:])
    plain = re.sub(r"\(the <b\d+>\)|\((?:the |or |collectively|nyse|nasdaq|together)[^()<>]{0,60}\)", "", plain)
    plain = re.sub(r"\s+([,.;:])", r"\1", re.sub(r"\s+", " ", plain)).strip()
    skeleton = Skeleton(text, plain, people, titles, dates, number, is_headline, place)
    _take_appositions(skeleton)
    return skeleton


def _take_appositions(skeleton: Skeleton) -> None:
    for pattern in (APPOSITION, APPOSITION_END):
        for _ in range(8):
            found = pattern.search(skeleton.plain)
            if found is None:
                break
            number = int(MARK.match(found["t"])["number"])  # type: ignore[index]
            skeleton.stands.setdefault(int(found["p"]), number)
            skeleton.plain = (
                f"{skeleton.plain[: found.start()]}<p{found['p']}> {skeleton.plain[found.end() :].lstrip()}"
            )
    for found in BEFORE_NAME.finditer(skeleton.plain):
        person, title = int(MARK.match(found["p"])["number"]), int(MARK.match(found["t"])["number"])  # type: ignore[index]
        skeleton.stands.setdefault(person, title)
