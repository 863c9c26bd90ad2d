"""Who leads the company, by a page's lines: a name beside a title, in the order that the page itself keeps."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from enrich.person_finder import Mention, find_names, fold, fold_name, read_name, strip_marks
from enrich.title_grammar import Title, is_all_title, read_title
from schemas.page_text import Line

LONGEST_TITLE_LINE = 130  # characters; a longer line is prose, of which only the beginning may be a title
MOST_BETWEEN = 4  # lines between a name and its title (age, year, a footnote)
NUMBER_LINE = re.compile(r"[\s\d()*†.,/–-]{1,14}|\(\s*\w{0,2}\s*\)?|age|âge|since|depuis", re.IGNORECASE)
BOARD_HEADING = re.compile(
    r"\b(?:board of directors|board of trustees|board members?|our board|the board|supervisory board|"
    r"conseil d[’']administration|"
    r"conseil de surveillance|administrateurs|verwaltungsrat|aufsichtsrat|consejo de administraci[oó]n|directors)\b",
    re.IGNORECASE,
)
TEAM_HEADING = re.compile(
    r"\b(?:team|management|leadership|executives?|officers|direction|dirigeants?|[ée]quipe|comit[ée]|comex|"
    r"codir|gesch[äa]ftsleitung|"
    r"vorstand|equipo|directivos?|board|conseil|gouvernance|governance|bureau|who we are|about us|people|"
    r"founders?|fondateurs?|"
    r"organi[sg]ation|staff|gesch[äa]ftsf[üu]hrung|organigramme)\b",
    re.IGNORECASE,
)
OUTSIDE_ZONES = frozenset({"quote", "choice"})
SAME_LINE = re.compile(r"^(?P<left>[^,|:–—(]{3,60}?)\s*(?:,|\||:|\s[–—-]\s|–|—|\(|\s-)\s*(?P<right>[^)]{2,160})\)?\.?$")
SENTENCE_TITLE = re.compile(
    r"^(?P<title>.{3,150}?)(?:,?\s+(?:since|effective|depuis|seit|desde|from|as of)\b|\.\s|\.$|;\s|\s+of "
    r"the (?:company|corporation|registrant)\b)"
)
CONTINUES = re.compile(r"(?:\band|\bet|\bund|\by|&|,|/|\bof|\bde|\bdes|\bdu|-|–)$", re.IGNORECASE)
OWN_VERBS = re.compile(
    r"\b(?:said|says|joined|is|was|has|brings?|leads?|oversees?|manages?|you|your|we|our|wants?|works?|"
    r"nous|vous|est|sont|dirige|"
    r"dit|déclare|affirme|explique|a rejoint|ist|hat|wird|es|fue|welcome|click|please|if|how|why|when|what)\b",
    re.IGNORECASE,
)
PROSE_TITLE = re.compile(
    r"(?:,| \(|,? (?:is|est|serves as|ist|es)) (?:the |our |its |le |la |notre |der |die |el "
    r")?(?P<title>[A-Za-zÀ-ÿ][\w &'’/-]{2,70}?)"
    r"(?=,|\.|\)|;| (?:of|de|du|at|chez|and (?:is|has)|et (?:est|a)|since|depuis|who|qui)\b|$)"
)
MEET_THE_BOARD = re.compile(
    r"(?:meet|discover|découvrez|introducing) (?:the |our |notre |les )?[\w' ]{0,40}(?:board of "
    r"(?:directors|trustees)|conseil d['’]administration)",
    re.IGNORECASE,
)
PORTRAIT = re.compile(
    r"(?:,? (?:is|serves as|has served as|est|ist|es|was appointed(?: as)?|joined [\w .&]{1,40} as)(?: "
    r"(?:currently|presently|also|actuellement))? (?:the |our |a |an |le |la |notre |der |die |el )?|, "
    r"(?:the |our |a )?|, an? [a-z ]{3,30}, is the )"
    r"(?P<title>[A-Za-zÀ-ÿ][^.;()]{2,90}?)(?=,? (?:of|for|at|de|du|chez|bei|von)\b| and (?:is|has|a|was)\b|"
    r", (?:has|is|who|with|a |and )|\.|;| since| in charge| responsible|$)"
)
CLIENT = re.compile(r"\b(?:client|customer|testimonial|témoignage|kunde|cliente)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Leader:
    """A person on a page and the office that the page gives them.

    Attributes:
        name: as printed, without honours and degrees.
        title: as printed, or None on a list of directors.
        roles: offices of `enrich.title_grammar.ROLES`.
        reading: what the grammar makes of the title.
        quote, place: what the page says, and where.
        pattern: how name and title stand to one another (`same line`, `title below`, `title above`, `list`).
    """

    name: str
    title: str | None
    roles: tuple[str, ...]
    reading: Title | None
    quote: str
    place: str
    pattern: str
    is_sure: bool = True


def find_leaders(lines: Sequence[Line], page_title: str | None = None) -> list[Leader]:
    """The persons with an office on a page, in the page's order, each once.

    Args:
        lines: the page's lines.
        page_title: its `<title>`; words of it name the company, so an office `of` them is no subsidiary's.
    """
    return _Page(lines, page_title).leaders()


class _Page:
    def __init__(self, lines: Sequence[Line], page_title: str | None) -> None:
        self.lines = [line for line in lines if line.zone not in OUTSIDE_ZONES]
        self.own_words = frozenset(fold(word) for word in re.findall(r"[^\W\d_]{3,}", page_title or ""))
        self.names = [self._name_of(line) for line in self.lines]
        self._titles: dict[int, str | None] = {}
        self._sections: dict[int, str | None] = {}  # by number of the line, what heads it
        section: str | None = None
        for line in self.lines:
            self._sections[line.number] = section
            if _is_section(line):
                section = line.text
        self._has_section = section is not None

    def leaders(self) -> list[Leader]:
        found = self._together()
        below, above = self._below(), self._above()
        # Each page keeps one order; the one that explains more of its names is the page's.
        chosen = above if len(above) > len(below) else below
        found += [leader for index, leader in sorted(chosen.items())]
        found += self._listed({leader.name for leader in found})
        order = {id(leader): leader.place for leader in found}
        found.sort(key=lambda leader: int(order[id(leader)].split()[1]))
        found = found or self._in_prose()
        found = [self._in_section(leader) for leader in found]
        found = self._believed(found)
        return _once(found)

    def _name_of(self, line: Line) -> Mention | None:
        if line.zone == "nav" or len(line.text) > 70 or line.text.endswith(("?", "!", ":")):
            return None
        mention = read_name(line.text)
        if mention is None or read_title(line.text) is not None:
            return None
        if (
            not mention.is_known
            and not mention.has_honour
            and any(fold(word) in self.own_words for word in mention.name.split())
        ):
            return None
        return mention

    def title_at(self, index: int) -> str | None:
        """The title that a line is, or begins with."""
        if index not in self._titles:
            self._titles[index] = title_of_line(self.lines[index].text) if self.lines[index].zone != "nav" else None
        return self._titles[index]

    def _together(self) -> list[Leader]:
        """`Name, Title`, `Title: Name`, `Name (Title)` in one line."""
        found: list[Leader] = []
        for line in self.lines:
            if line.zone == "nav" or not 6 < len(line.text) <= 200:
                continue
            pair = split_line(line.text)
            if pair:
                name, title = pair
                found.append(self._leader(name, title, line, line.text, "same line"))
        return found

    def _below(self) -> dict[int, Leader]:
        found: dict[int, Leader] = {}
        for index, mention in enumerate(self.names):
            if mention is None:
                continue
            after = self._title_after(index)
            if after is not None:
                title, quote = after
                found[index] = self._leader(
                    mention, title, self.lines[index], f"{self.lines[index].text} / {quote}", "title below"
                )
        return found

    def _title_after(self, index: int) -> tuple[str, str] | None:
        steps = 0
        for later in range(index + 1, min(len(self.lines), index + 2 + MOST_BETWEEN)):
            if self.names[later] is not None and fold_name(self.names[later].name) != fold_name(self.names[index].name):  # type: ignore[union-attr]
                return None
            text = self.lines[later].text
            if self.names[later] is not None or NUMBER_LINE.fullmatch(text):
                continue
            title = self.title_at(later)
            if title:
                return self._with_next(title, later), text[:300]
            if split_line(text) is not None or len(text) > 200:
                return None
            steps += 1
            if steps >= 3:
                return None
        return None

    def _listed(self, known: set[str]) -> list[Leader]:
        """Members of a board that the page lists by name only, under its heading, or with a portrait."""
        found: list[Leader] = []
        for index, mention in enumerate(self.names):
            if mention is None or any(are_alike(mention.name, name) for name in known):
                continue
            line = self.lines[index]
            title = self._title_in_portrait(index, mention)
            section = self._section_before(line.number)
            on_board = (
                section is not None
                and bool(BOARD_HEADING.search(section))
                and not re.search(r"officers|management|executive", section, re.IGNORECASE)
            )
            if title and (line.is_heading or on_board or (section and TEAM_HEADING.search(section))):
                found.append(
                    self._leader(mention, title, line, f"{line.text} / {self.lines[index + 1].text}", "portrait")
                )
            elif on_board and section:
                found.append(
                    Leader(
                        mention.name,
                        section,
                        ("BOARD",),
                        read_title("Director"),
                        f"{section} / {line.text}"[:400],
                        line.place,
                        "list",
                        mention.is_known or mention.has_honour,
                    )
                )
        listed = [leader for leader in found if leader.pattern == "list"]
        return found if len(listed) != 1 or known else [leader for leader in found if leader.pattern != "list"]

    def _in_prose(self) -> list[Leader]:
        """On a page without cards: `Jane Roe, our chief executive`, `dirigée par Jane Roe, directrice générale`."""
        found: list[Leader] = []
        for line in self.lines:
            if line.zone != "main" or len(line.text) < 40 or not PROSE_TITLE.search(line.text):
                continue
            for mention in find_names(line.text):
                told = PROSE_TITLE.match(line.text[mention.end :])
                title = told["title"].strip() if told and (mention.is_known or mention.has_honour) else None
                reading = read_title(title) if title else None
                if (
                    title
                    and reading
                    and set(reading.roles) - {"OTHER", "BOARD"}
                    and not reading.is_former
                    and reading.known > 0.6
                ):
                    found.append(
                        self._leader(
                            mention, title, line, line.text[max(0, mention.start - 40) : mention.end + 160], "prose"
                        )
                    )
        return found

    def _title_in_portrait(self, index: int, mention: Mention) -> str | None:
        """`Mr. X, Chairman of the Company, has ...`, `X is the Managing Director of ...` in the line below the name."""
        if index + 1 >= len(self.lines):
            return None
        opening = self.lines[index + 1].text[:260]
        names = find_names(opening)
        if not names or names[0].start > 12 or fold_name(names[0].name)[-1] != fold_name(mention.name)[-1]:
            return None
        rest = opening[names[0].end :]
        told = PORTRAIT.match(rest)
        title = title_of_line(told["title"].strip(" ,")) if told else None
        where = (
            re.match(r",? (?:of|at|for) (?:the |a )?(?P<who>[A-Z0-9][\w.&' -]{2,40})", rest[told.end() :])
            if told and title
            else None
        )
        return f"{title} of {where['who']}" if where and where["who"].split()[0] not in ("Company", "Group") else title

    def _with_next(self, title: str, index: int) -> str:
        """A title that the page breaks over two lines."""
        for later in (index + 1, index + 2):
            if later >= len(self.lines) or not CONTINUES.search(title):
                if later < len(self.lines) and self._goes_on(title, later):
                    title = f"{title} {self.lines[later].text}"
                    continue
                if (
                    later < len(self.lines)
                    and len(title) < 60
                    and re.match(r"(?:and|et|&|und|y)\s", self.lines[later].text)
                    and self.title_at(later)
                ):
                    return f"{title} {self.lines[later].text}"
                return title
            text = self.lines[later].text
            if self.names[later] is not None or len(text) > 90:
                return title
            title = f"{title} {text}"
        return title

    def _goes_on(self, title: str, later: int) -> bool:
        """`Executive Vice President` / `Finance and Chief Financial Officer`: a level that waits for its function."""
        text = self.lines[later].text
        reading = read_title(title)
        waits = (
            reading is not None
            and reading.level in ("vice_president", "director", "head", "manager")
            and not reading.functions
            and reading.roles in (("OTHER",), ("BOARD",))
        )
        return (
            waits
            and len(title) < 45
            and len(text) <= 60
            and self.names[later] is None
            and self.lines[later].markup == self.lines[later - 1].markup
            and is_all_title(text)
        )

    def _above(self) -> dict[int, Leader]:
        found: dict[int, Leader] = {}
        for index, mention in enumerate(self.names):
            if mention is None or index == 0:
                continue
            before = self.lines[index - 1]
            title = self.title_at(index - 1)
            if title and len(before.text) <= LONGEST_TITLE_LINE and not _is_section(before):
                found[index] = self._leader(
                    mention, title, self.lines[index], f"{before.text} / {self.lines[index].text}", "title above"
                )
        return found

    def _leader(self, mention: Mention, title: str, line: Line, quote: str, pattern: str) -> Leader:
        title = title.strip(" ,;:–—-|()")
        reading = read_title(title)
        roles = reading.roles if reading else ("OTHER",)
        if reading and self._is_elsewhere(title, reading):
            roles = ("OTHER",)
        # a name of no common given name needs a title that no product has: `Chief Financial Officer`, not `Manager`
        is_telling = bool(
            reading and reading.known >= 0.75 and (set(roles) - {"OTHER", "BOARD"} or len(title.split()) > 2)
        )
        sure = mention.is_known or mention.has_honour or (is_telling and len(mention.name.split()) <= 4)
        return Leader(mention.name, title, roles, reading, quote[:400], line.place, pattern, sure)

    def _is_elsewhere(self, title: str, reading: Title) -> bool:
        """Whether a chief's title goes on with a part of the company (`CEO - Grooming`) or another company."""
        if not self.own_words or not set(reading.roles) & {"CEO", "CHAIR"}:
            return False
        rest = re.search(
            r"(?:officer|ceo|chairman|chair|president|director|g[ée]n[ée]ral[e]?|delegado)\s*(?:,|\s[–—-]|"
            r"\s\||\s+of\b|\s+de\b|\s+for\b)\s*(?P<rest>[A-ZÀ-Þ].{1,80})$",
            title,
            re.IGNORECASE,
        )
        behind = read_title(rest["rest"]) if rest else None
        if not rest or (behind is not None and set(behind.roles) - {"OTHER"}):
            return reading.scope in ("division", "area") and "CEO" in reading.roles
        words = {fold(word) for word in re.findall(r"[^\W\d_]{3,}", rest["rest"])}
        return (
            bool(words)
            and not words & self.own_words
            and not words
            <= {
                "the",
                "company",
                "corporation",
                "group",
                "groupe",
                "board",
                "conseil",
                "societe",
                "directors",
                "administration",
            }
        )

    def _in_section(self, leader: Leader) -> Leader:
        """On a board's page an outside title is where the member works; the seat is what counts."""
        number = int(leader.place.split()[1])
        section = self._section_before(number)
        if (
            section is None
            or not BOARD_HEADING.search(section)
            or re.search(r"officers|management|executive", section, re.I)
        ):
            return leader
        reading = leader.reading
        if set(leader.roles) & {"CHAIR", "BOARD", "CEO"} and not (
            reading and self._is_elsewhere(leader.title or "", reading)
        ):
            return leader
        return replace(leader, roles=("BOARD",))

    def _section_before(self, number: int) -> str | None:
        return self._sections.get(number)

    def _believed(self, leaders: list[Leader]) -> list[Leader]:
        """A page of products has no persons: unknown names need company, or a heading that speaks of people."""
        sure = sum(leader.is_sure for leader in leaders)
        has_heading = self._has_section
        return [leader for leader in leaders if leader.is_sure or (sure >= 1 and has_heading) or sure >= 3]


def _is_section(line: Line) -> bool:
    if len(line.text) <= 220 and MEET_THE_BOARD.match(line.text):
        return True
    if len(line.text) > 80 or line.zone == "nav":
        return False
    if not line.is_heading and read_title(line.text) is not None and not BOARD_HEADING.fullmatch(line.text.strip(" :")):
        return False  # `Co-founder` is a title, no heading
    return (
        (line.is_heading or line.text.isupper() or len(line.text) < 40)
        and bool(TEAM_HEADING.search(line.text) or BOARD_HEADING.search(line.text))
        and not re.search(
            r"\b(?:member|director|chief|manager|head|vp|membre|président|chair\w*)\b|,", line.text, re.IGNORECASE
        )
    )


@lru_cache(maxsize=8192)
def title_of_line(text: str) -> str | None:
    """The title that a line is, or that opens a line of prose (`Senior Vice President since May 2020. Ms. ...`)."""
    if len(text) > LONGEST_TITLE_LINE or re.search(r"\b(?:since|effective|depuis)\b", text):
        opening = SENTENCE_TITLE.match(text[:200])
        if opening is None:
            return None
        text = opening["title"]
    text = strip_foot(text)
    words = text.split()
    if not words or len(words) > 22 or text.endswith(("?", "!", "…", "...")):
        return None
    if OWN_VERBS.search(text) and len(words) > 5:
        return None
    if text.endswith(".") and len(words) > 9:
        return None
    reading = read_title(text)
    if reading is None or not _opens_like_title(text):
        return None
    if any(mention.is_known and mention.start < 4 for mention in find_names(text)) and reading.known < 0.6:
        return None
    if re.match(
        r"(?:for|with|by|from|about|how|why|pour|avec|par|become|meet|see|view|all|find)\b", text, re.IGNORECASE
    ):
        return None
    return text if reading.known >= 0.3 or len(words) <= 8 else None


def _opens_like_title(text: str) -> bool:
    return text[0].isupper() or text[0].islower()


def strip_foot(text: str) -> str:
    """Without the footnote's mark at the end."""
    return re.sub(r"\s*(?:\(\s*\w{1,2}\s*\)|[*†‡]+|\d)\s*$", "", text).strip()


@lru_cache(maxsize=8192)
def split_line(text: str) -> tuple[Mention, str] | None:
    """Name and title of one line, in either order, or None."""
    if re.search(r"\b(?:said|says|since 19)\b", text):
        return None
    found = SAME_LINE.match(text)
    if found:
        left, right = found["left"], found["right"]
        if (name := read_name(left)) and read_title(left) is None:
            head = re.split(r",\s*(?=[A-Z]{2,5}\b)", right)[0] if not read_title(right) else right
            title = title_of_line(_after_degrees(head))
            if title:
                return name, title
        if read_title(left) and len(left) <= 90 and (name := read_name(right)) and read_title(right) is None:
            return name, left.strip()
    if (
        len(text) <= 120
        and text[0].isupper()
        and read_title(text)
        and not OWN_VERBS.search(text)
        and (mentions := find_names(text))
        and len(mentions) == 1
    ):
        mention, rest = mentions[0], text[mentions[0].end :].strip(" ,–—-|:")
        whole = read_title(rest) if rest else None
        plain = whole is not None and whole.known > 0.99 and len(mention.name.split()) <= 3 and len(text) <= 80
        if (
            mention.start == 0
            and (mention.is_known or plain)
            and rest
            and not text.rstrip().endswith((".", "?", "!"))
            and (title := title_of_line(_after_degrees(rest)))
        ):
            return mention, title  # `Name Title`, whose markup set them apart
    comma = text.rfind(",")
    if 0 < comma < len(text) - 3:  # `Name, MBA, Chief Executive Officer`, `Chief Financial Officer, Name`
        left, right = text[:comma], text[comma + 1 :].strip()
        if (name := read_name(right)) and title_of_line(left) and read_title(right) is None and name.is_known:
            return name, left
    return None


def _after_degrees(text: str) -> str:
    parts = [part.strip() for part in text.split(",")]
    while len(parts) > 1 and (strip_marks(f"Jane Roe, {parts[0]}") == "Jane Roe" or parts[0].isdigit()):
        parts.pop(0)
    return ", ".join(parts)


def _once(leaders: list[Leader]) -> list[Leader]:
    """Each person once: the fullest name, the most telling title."""
    kept: list[Leader] = []
    for leader in leaders:
        same = next((i for i, other in enumerate(kept) if are_alike(other.name, leader.name)), None)
        if same is None:
            kept.append(leader)
        elif _weight(leader) > _weight(kept[same]):
            kept[same] = leader
    return kept


def _weight(leader: Leader) -> tuple[bool, int]:
    return bool(set(leader.roles) - {"OTHER", "BOARD"}), -len(leader.title or "") if leader.title and len(
        leader.title
    ) > 90 else 0


def are_alike(left: str, right: str) -> bool:
    """Whether two printed names may be one person on one page: the same ends, the middle free."""
    a, b = fold_name(left), fold_name(right)
    suffixes = {"jr", "sr", "ii", "iii", "iv"}
    if (set(a) & suffixes) != (set(b) & suffixes) and set(a) & suffixes and set(b) & suffixes:
        return False
    a, b = ([word for word in words if word not in suffixes] for words in (a, b))
    if not a or not b:
        return False
    middles = ([word[0] for word in words[1:-1]] for words in (a, b))
    one, two = (list(m) for m in middles)
    if one and two and one[0] != two[0]:
        return False
    return sorted(a) == sorted(b) or (a[0] == b[0] and a[-1] == b[-1])
