"""Arrivals and departures that prose tells: who, what, from when, in whose place.

A sentence is reduced to its skeleton (`enrich.skeleton`), wordings of `enrich.appointment_words` are read over it, and
what a document says of one person is put together. Denials, re-elections, pay, awards and past careers give nothing.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from rapidfuzz import fuzz

from enrich import appointment_words as words
from enrich.leadership import are_alike
from enrich.person_finder import fold, fold_name, given_names, stop_words
from enrich.prose_dates import is_old, last_year
from enrich.prose_titles import TitleSpan
from enrich.sentences import split_sentences
from enrich.skeleton import MARK, Skeleton, read_skeleton
from enrich.title_grammar import read_title
from enrich.word_tables import named
from schemas.page_text import Line

PRONOUN = re.compile(r"\b(?:he|she|il|elle|er|sie|his|her|who|this executive)\b")
GLUED_TITLE = re.compile(
    r"(?<=\w)-(?=(?:CEO|CFO|COO|CTO|CIO|CMO|Chef(?:in)?|Präsident(?:in)?|Vorstand|Boss|Manager(?:in)?|"
    r"Geschäftsführer(?:in)?|Direktor(?:in)?|Verwaltungsrat|Finanzchef(?:in)?)\b)"
)
LIST_TAIL = re.compile(r"(?:,| and| et| und| y|,? and|,? as well as| ainsi que) ?(?:<t\d+> )?<p(?P<p>\d+)>")
FIRST_SENTENCES = 4  # where a release tells its news; later sentences need a date or a word of news
LONGEST_PROSE = 400  # sentences
ARRIVALS = ("appointment", "role_change", "interim")


@dataclass(frozen=True, slots=True)
class Appointment:
    """One arrival or departure.

    Attributes:
        person: as printed, the fullest form of the document.
        type: appointment | departure | role_change | interim.
        old_role, new_role: as printed, or None.
        effective: ISO date, month, or what of it is known.
        predecessor, successor: full names, or None.
        quote, place: the sentence and where it stands.
    """

    person: str
    type: str
    old_role: str | None
    new_role: str | None
    effective: str | None
    predecessor: str | None
    successor: str | None
    quote: str
    place: str


def find_appointments(
    lines: Sequence[Line], company: str | None = None, published: date | None = None
) -> list[Appointment]:
    """The events that a press text, a filing or a headline tells.

    Args:
        lines: the article's lines, headline first.
        company: whose news it is; its words are no person's.
        published: the day of the text, for dates without a year.
    """
    return _Story(lines, company, published).events()


class _Story:
    def __init__(self, lines: Sequence[Line], company: str | None, published: date | None) -> None:
        whole = " ".join(line.text for line in lines)
        self.company = frozenset(word for word in map(fold, re.findall(r"[^\W_]{3,}", company or "")) if word)
        year = last_year(whole)
        self.reference = published or (date(year, 7, 1) if year else None)
        self.published = published
        self.sentences: list[Skeleton] = []
        for line in lines:
            for sentence in split_sentences(GLUED_TITLE.sub(" ", line.text)):
                if len(self.sentences) >= LONGEST_PROSE:
                    break
                self.sentences.append(
                    read_skeleton(
                        sentence,
                        self.company,
                        published,
                        len(self.sentences),
                        line.place,
                        is_headline=line.is_heading or (len(lines) == 1 and len(line.text) < 200),
                    )
                )
        self.full = self._full_names()
        self.known_titles: dict[str, TitleSpan] = {}
        self.old_hands: set[str] = set()  # persons who joined long ago: a new office is a change of role
        self.found: list[Appointment] = []
        self.last: str | None = None

    # -- persons ---------------------------------------------------------------------------------------------------
    def _full_names(self) -> list[str]:
        names: list[str] = []
        for sentence in self.sentences:
            for mention in sentence.people:
                if len(mention.name.split()) < 2:
                    continue
                same = next((i for i, name in enumerate(names) if are_alike(name, mention.name)), None)
                if same is None:
                    names.append(mention.name)
                elif len(mention.name) > len(names[same]):
                    names[same] = mention.name
        return names

    def name_of(self, sentence: Skeleton, number: int) -> str | None:
        """The fullest name of a mention; a lone family name leans on the document."""
        mention = sentence.people[number]
        parts = fold_name(mention.name)
        if len(parts) >= 2:
            return next((name for name in self.full if are_alike(name, mention.name)), mention.name)
        hits = [
            name for name in self.full if parts and (fold_name(name)[-1] == parts[0] or parts[0] in fold_name(name)[1:])
        ]
        return hits[-1] if hits else None

    def _is_person(self, sentence: Skeleton, number: int) -> bool:
        mention = sentence.people[number]
        if mention.is_known or mention.has_honour:
            return True
        if any(fold(word) in self.company for word in mention.name.split()):
            return False
        return number in sentence.stands or len(mention.name.split()) <= 4

    @staticmethod
    def _is_named(sentence: Skeleton, number: int) -> bool:
        mention = sentence.people[number]
        return mention.is_known or mention.has_honour or number in sentence.stands

    # -- events ----------------------------------------------------------------------------------------------------
    def events(self) -> list[Appointment]:
        headline = " ".join(s.plain for s in self.sentences[:2] if s.is_headline or s.number == 0)
        if words.DENIAL.search(headline):
            return []
        if (
            words.NO_EVENT.search(headline)
            and not words.LEAVES_BEFORE.search(headline)
            and not re.search(r"<t\d+>.*<p|<p.*(?:appoint|nomme|new <t)", headline)
        ):
            return []
        for sentence in self.sentences:
            self._read(sentence)
        return self._put_together()

    def _read(self, sentence: Skeleton) -> None:
        plain = sentence.plain
        for person, title in sentence.stands.items():
            if name := self.name_of(sentence, person):
                self.known_titles.setdefault(name, sentence.titles[title])
        self._note_service(sentence)
        self._note_joining(sentence)
        subject = self._subject(sentence)
        if self._is_silent(sentence):
            self._late_facts(sentence, subject)
            self.last = subject or self.last
            return
        before = len(self.found)
        self._departures(sentence, subject)
        self._arrivals(sentence, subject)
        self._handovers(sentence, before)
        if len(self.found) == before:
            self._late_facts(sentence, subject)
        elif plain:
            subject = self.found[-1].person if subject is None else subject
        self.last = subject or self.last

    def _subject(self, sentence: Skeleton) -> str | None:
        for number in range(len(sentence.people)):
            if self._is_person(sentence, number) and (name := self.name_of(sentence, number)):
                return name
        return None

    def _note_service(self, sentence: Skeleton) -> None:
        """`Mr. X had been serving as T`: the title that a departure without one leaves."""
        for hit in re.finditer(
            r"(?:<p(?P<p>\d+)>|\b(?:he|she)\b)[^<.;]{0,40}\b(?:serv\w+|acting|employed|exer\w+|occup\w+) "
            r"(?:as|in|la fonction de|les fonctions de|le poste de)[^<.;]{0,30}<t(?P<t>\d+)>",
            sentence.plain,
        ):
            name = self.name_of(sentence, int(hit["p"])) if hit["p"] else self.last
            if name:
                self.known_titles.setdefault(name, sentence.titles[int(hit["t"])])

    def _note_joining(self, sentence: Skeleton) -> None:
        for hit in words.JOINED.finditer(sentence.plain):
            name = self.name_of(sentence, int(hit["p"])) if hit["p"] else self.last
            whens = [sentence.dates[int(hit["d"])]] if hit["d"] else []
            old = any(is_old(when, self.reference) for when in whens)
            if hit["y"] and self.reference:
                old = int(hit["y"]) < self.reference.year - 1
            if name and old:
                self.old_hands.add(name)

    def _is_silent(self, sentence: Skeleton) -> bool:
        plain = sentence.plain
        if words.HYPOTHETICAL.search(plain) and not re.search(
            r"has appointed|was appointed|appointed <p|resigned|will retire|a ete nomme", plain
        ):
            return True
        if words.DENIAL.search(plain) or (
            words.SLATE.search(plain)
            and not re.search(r"not (?:to )?(?:be )?(?:stand|seek|run)|resign|retire|appointed", plain)
        ):
            return True
        if (
            words.NO_EVENT.search(plain)
            and not words.LEAVES_BEFORE.search(plain.replace("not ", "not-"))
            and not re.search(r"not (?:to )?(?:be )?(?:stand|seek|run)", plain)
        ):
            return True
        return bool(
            words.PAST_CAREER.search(plain)
            and not words.FRESH.search(plain)
            and not any(self._is_recent(d.day) for d in sentence.dates)
        )

    def _is_recent(self, day: date | None) -> bool:
        return day is not None and self.reference is not None and abs((self.reference - day).days) <= 400

    def _is_history(self, sentence: Skeleton, at: int, *, future: bool) -> bool:
        """Whether the nearest date says that this was long ago, or nothing says that it is news."""
        if future:
            return False
        dates = self._dates_near(sentence, at)
        if dates and all(is_old(sentence.dates[n], self.reference) for n in dates):
            return True
        years = [int(y) for y in re.findall(r"(?<![\d<d])\b(?:19|20)\d\d\b", sentence.plain)]
        if self.reference and years and not dates and max(years) < self.reference.year - 1:
            return True
        if words.PAST_CAREER.search(sentence.plain[:at]) and not any(
            self._is_recent(sentence.dates[n].day) for n in dates
        ):
            return True
        return (
            sentence.number > FIRST_SENTENCES
            and not dates
            and not words.FRESH.search(sentence.plain)
            and len(self.sentences) > 8
        )

    @staticmethod
    def _dates_near(sentence: Skeleton, at: int) -> list[int]:
        return [
            int(m["number"]) for m in MARK.finditer(sentence.plain) if m["kind"] == "d" and abs(m.start() - at) < 220
        ]

    def _before(self, sentence: Skeleton, at: int, subject: str | None) -> list[str]:
        """The persons that a verb at a place speaks of: the list of names before it, or the pronoun's person."""
        text = sentence.plain[:at]
        marks = [m for m in MARK.finditer(text) if m["kind"] == "p" and self._is_person(sentence, int(m["number"]))]
        marks = [
            m
            for m in marks
            if not re.search(
                r"\b(?:by|to|with|of|reporting to|par|a|avec|von|auf|por|join|joining|succeed|succeeds|"
                r"succeeded|succeeding|replace|replaces|replacing|replaced|remplace|remplacer|remplacera|"
                r"replacing|according to|selon|notified|informed|told|advised|informe|prevenu)(?: (?:mr|ms|"
                r"the|former|outgoing|ancien)\b)? ?$",
                text[: m.start()],
            )
            or re.search(r"\b(?:that|que|qui|who)\b", text[m.end() :])
            or text[m.end() :].strip() in ("", ",")
        ]
        # `Prominent Springfield Physician Joins ...`: an adjective and a town
        marks = [
            m for m in marks if sentence.people[int(m["number"])].is_known or not re.match(r" <t", text[m.end() :])
        ]
        if not marks:
            pronoun = PRONOUN.search(text[-60:])
            return (
                [self.last] if self.last and (pronoun or re.match(r"(?:he|she|il|elle|er|sie)\b", text.strip())) else []
            )
        last = marks[-1]
        if re.search(r"[;]", text[last.end() :]):
            return []
        names = [int(last["number"])]
        # `A, B and C notified`: walk back over the list
        i = len(marks) - 1
        while i > 0 and re.fullmatch(
            r"(?:,| and|, and| et| und| y|,? as well as) ?(?:<t\d+> )?",
            text[marks[i - 1].end() : marks[i].start()].rstrip()
            + (" " if text[marks[i].start() - 1 : marks[i].start()] == " " else ""),
        ):
            i -= 1
            names.insert(0, int(marks[i]["number"]))
        return [name for n in names if (name := self.name_of(sentence, n))]

    def _after(self, sentence: Skeleton, end: int) -> list[tuple[str, int]]:
        """The first person after a place, and those listed with it; each with the end of its mark."""
        reach = sentence.plain[end : end + 140]
        first = next(
            (m for m in MARK.finditer(reach) if m["kind"] == "p" and self._is_person(sentence, int(m["number"]))), None
        )
        if first is None:
            return []
        found = [(int(first["number"]), end + first.end())]
        at = end + first.end()
        while tail := LIST_TAIL.match(sentence.plain, at):
            found.append((int(tail["p"]), tail.end()))
            at = tail.end()
        return [(name, stop) for n, stop in found if (name := self.name_of(sentence, n))]

    def _arrivals(self, sentence: Skeleton, subject: str | None) -> None:
        plain = sentence.plain
        for person, title in sentence.stands.items():
            if words.NEW_TITLE_WORDS.match(sentence.titles[title].text) and self._is_person(sentence, person):
                at = plain.find(f"<p{person}>")
                self._arrive(
                    sentence,
                    self.name_of(sentence, person),
                    max(at, 0),
                    max(at, 0) + 4,
                    title=sentence.titles[title],
                    future=True,
                )
        for found in words.AS_TITLE.finditer(plain):
            name = self.name_of(sentence, int(found["p"])) if found["p"] else self.last
            self._arrive(
                sentence, name, found.start(), found.end(), title=sentence.titles[int(found["t"])], future=True
            )
        for found in words.NEW_OFFICE.finditer(plain):
            self._arrive(
                sentence,
                self.name_of(sentence, int(found["p"])),
                found.start(),
                found.end(),
                title=sentence.titles[int(found["t"])],
                future=True,
            )
        for found in words.ARRIVES_AFTER.finditer(plain):
            if self._is_reported_speech(plain, found):
                continue
            people = self._after(sentence, found.end())
            own = re.search(r"<t(\d+)>", found[0])
            for name, stop in people:
                self._arrive(
                    sentence,
                    name,
                    found.start(),
                    stop,
                    title=sentence.titles[int(own[1])] if own else None,
                    subject_end=stop,
                    future=bool(own),
                    listed=len(people) > 1,
                )
        for found in words.ARRIVES_BEFORE.finditer(plain):
            if re.search(r"\bwas (?:first )?elected\b", found[0]) and self._is_history(
                sentence, found.start(), future=False
            ):
                continue
            future = bool(
                re.match(
                    r"(?:will|is|are|to|joins|becomes|succeeds|replaces|sera|rejoint|prend|devient|est|"
                    r"wird|ubernimmt|folgt|asume|vient)",
                    found[0],
                )
            )
            for name in self._before(sentence, found.start(), subject):
                self._arrive(sentence, name, found.start(), found.end(), verb=found[0], future=future)
        for found in words.OWN_ARRIVAL.finditer(plain):
            if re.search(r"<t\d+>", plain[found.end() : found.end() + 60]):
                self._arrive(sentence, self.name_of(sentence, int(found["p"])), found.start(), found.end())

    @staticmethod
    def _is_reported_speech(plain: str, found: re.Match[str]) -> bool:
        """`was named`, `X, nommé`: the person stands before; ARRIVES_BEFORE reads those."""
        if (
            found[0].startswith(("nomme", "promu", "designe", "choisi", "recrute", "elu", "coopte"))
            and words.PARTICIPLE_BEFORE.search(plain[: found.start()])
            and not re.match(r"nomm(?:ent|ant|er)\b", found[0])
        ):
            return True
        return bool(
            re.search(
                r"\b(?:was|were|is|are|been|be|being|newly|recently|previously|be)\s+(?:\w+ly )?$",
                plain[: found.start()],
            )
            and not re.match(r"appointments?|election|new |nouve|neue|incoming", found[0])
        )

    def _arrive(
        self, sentence: Skeleton, name: str | None, start: int, end: int, *, title: TitleSpan | None = None,
            verb: str = "",
        subject_end: int | None = None, future: bool = False, listed: bool = False,
    ) -> None:  # fmt: skip
        if name is None or self._is_history(
            sentence, start, future=future and not words.PAST_CAREER.search(sentence.plain[:start])
        ):
            return
        title = title or self._title_after(sentence, end, listed=listed) or self._title_between(sentence, start, end)
        context = sentence.plain[max(0, start - 60) : end + 160]
        role = title.text if title and not title.is_board else "Director" if title else None
        if words.CONTINUES.search(sentence.plain[max(0, start - 25) : start]):
            return
        if role is None:
            role = self._seat_or_helm(context, verb)
            if role is None:
                return
        reading = read_title(role)
        if reading and reading.is_former and not words.NEW_TITLE_WORDS.match(role):
            return
        role = words.NEW_TITLE_WORDS.sub("", role).strip()
        old = self._own_title(sentence, name, exclude=role)
        interim = bool(
            words.INTERIM.search(sentence.plain[max(0, start - 30) : end + 90]) or (reading and reading.is_interim)
        )
        promoted = bool(words.PROMOTED.search(sentence.plain)) or name in self.old_hands
        self.found.append(
            Appointment(
                name, "interim" if interim else "role_change" if promoted else "appointment", old, role or None,
                self._date_of(sentence, start, end), None, None, sentence.text[:500], sentence.place,
            )
        )  # fmt: skip

    @staticmethod
    def _seat_or_helm(context: str, verb: str) -> str | None:
        if re.search(r"<b\d+>|\b(?:to|of|join\w*|elected to) (?:its|our|the) board|au conseil|administrat", context):
            return "Director"
        if helm := words.HELM.search(context):
            return words.helm_title(helm)
        return None

    def _title_after(self, sentence: Skeleton, end: int, *, listed: bool = False) -> TitleSpan | None:
        reach = sentence.plain[end : end + (260 if listed else 150)]
        for mark in MARK.finditer(reach):
            between = reach[: mark.start()]
            if (
                mark["kind"] == "p"
                and not listed
                and re.search(r"[,;.]|\band\b|\bet\b", between)
                and not re.search(r"\bas\b|\bto\b", between[-4:])
            ):
                return None
            if re.search(
                r"<p\d+>,? (?:qui (?:est|devient) |who (?:was|is|has been) )?(?:nomme|promu|appointed|"
                r"named|elected|elu|designe)",
                between,
            ):
                return None  # the other person's new office
            if mark["kind"] in "tb" and (
                mark["kind"] == "t"
                or re.search(
                    r"\b(?:to|of|on|join|joined|joins|au|du|in den|into|al|a la|as|member of|on to)\b", between
                )
                or not between.strip()
            ):
                return sentence.titles[int(mark["number"])]
        return None

    def _title_between(self, sentence: Skeleton, start: int, end: int) -> TitleSpan | None:
        for mark in MARK.finditer(sentence.plain, start, end):
            if mark["kind"] in "tb":
                return sentence.titles[int(mark["number"])]
        return None

    def _own_title(self, sentence: Skeleton, name: str, exclude: str = "") -> str | None:
        for person, title in sentence.stands.items():
            if self.name_of(sentence, person) == name and sentence.titles[title].text != exclude:
                span = sentence.titles[title]
                if not words.NEW_TITLE_WORDS.match(span.text):
                    return "Director" if span.is_board else span.text
        return None

    def _departures(self, sentence: Skeleton, subject: str | None) -> None:
        plain = sentence.plain
        for found in words.LEAVES_AFTER.finditer(plain):
            if (
                re.search(
                    r"\bfollowing the |\bafter the |\bupon the |\bapres la |\bsuite (?:a la|au) |\ba la suite d",
                    plain[max(0, found.start() - 22) : found.start()],
                )
                and sentence.is_headline is False
                and sentence.number > FIRST_SENTENCES
            ):
                continue
            for name, stop in self._after(sentence, found.end()):
                self._leave(sentence, name, found.start(), stop)
        for found in words.OWN_LEAVING.finditer(plain):
            self._leave(sentence, self.name_of(sentence, int(found["p"])), found.start(), found.end(), weak=True)
        for found in words.LEAVES_BEFORE.finditer(plain):
            if self._is_no_leaving(plain, found):
                continue
            future = bool(
                re.match(r"will|would|retire\b|quitter|part|dejara|steps|leaves|quitte|depart\b", found[0])
            ) or bool(
                re.search(
                    r"\b(?:will|would|to|intends?|plans?|decision|decided|intention) (?:\w+ ){0,2}$",
                    plain[: found.start()],
                )
            )
            for name in self._before(sentence, found.start(), subject):
                self._leave(sentence, name, found.start(), found.end(), verb=found[0], future=future)

    @staticmethod
    def _is_no_leaving(plain: str, found: re.Match[str]) -> bool:
        after = plain[found.end() : found.end() + 40]
        before = plain[max(0, found.start() - 30) : found.start()]
        if re.match(r"(?:left|leaves?|leaving)\b", found[0]) and re.search(r"\b(?:the|on) $|\bannual $", before):
            return True
        if re.search(r"\b(?:his|her|their|of|the|'s) $", before) and re.match(
            r"(?:retirement|departure|exit|leave)", found[0]
        ):
            return True
        if found[0].startswith(("retiring", "departing", "outgoing", "retired")) and re.match(r" <t", after):
            return True
        return bool(re.match(r" (?:behind|open|blank|on the table|million|le pays|la france)", after)) or bool(
            re.search(r"\b(?:not|never|ne) $", before) and found[0].startswith(("resign", "retire", "leave", "step"))
        )

    def _leave(
        self,
        sentence: Skeleton,
        name: str | None,
        start: int,
        end: int,
        *,
        verb: str = "",
        future: bool = False,
        weak: bool = False,
    ) -> None:
        if name is None or self._is_history(sentence, start, future=future):
            return
        if words.HYPOTHETICAL.search(sentence.plain[max(0, start - 80) : start]) or (
            weak and not any(e.person == name for e in self.found) and not self._date_of(sentence, start, end)
        ):
            return
        reach = sentence.plain[end : end + 130]
        role: str | None = None
        for mark in MARK.finditer(reach):
            if mark["kind"] == "p":
                break
            if mark["kind"] in "tb" and re.search(
                r"\b(?:as|from|of|de|du|des|comme|als|von|aus|como|del|position|poste|role|office|ses "
                r"fonctions|mandat|the|et|son|sa|la|le|board|seat)\b|^ ?$",
                reach[: mark.start()],
            ):
                span = sentence.titles[int(mark["number"])]
                role = "Director" if span.is_board else span.text
                break
        if role is None and re.search(r"re-?election|re-?nomination|another term", verb):
            role = "Director"
        role = role or self._own_title(sentence, name)
        strong = re.search(
            r"tritt|scheid|legt|resign|retir|step|demission|dimit|ruck|cease|vacat|term|oust|dismiss|remov|"
            r"fired|reelection|re-election|stand|limog|evinc|revoq|remerc|deced|passed|died|retrait",
            verb or sentence.plain[start:end],
        )
        place = re.search(
            r"\b(?:company|board|position|role|post|poste|fonctions|groupe|direction|presidence|puesto|"
            r"cargo|unternehmen|entreprise|societe|firm|group|bank|compania|empresa|konzern|"
            + "|".join(map(re.escape, sorted(self.company)))
            + r")\b"
            if self.company
            else (
                r"\b(?:company|board|position|role|post|poste|fonctions|groupe|direction|presidence|puesto|"
                r"cargo|unternehmen|entreprise|societe)\b"
            ),
            reach,
        )
        if not role and not strong and not place and name not in self.known_titles:
            return
        self.found.append(
            Appointment(
                name,
                "departure",
                role,
                None,
                self._date_of(sentence, start, end, is_departure=True),
                None,
                None,
                sentence.text[:500],
                sentence.place,
            )
        )

    # -- dates -----------------------------------------------------------------------------------------------------
    def _date_of(self, sentence: Skeleton, start: int, end: int, *, is_departure: bool = False) -> str | None:
        plain = sentence.plain
        marks = [m for m in MARK.finditer(plain) if m["kind"] == "d"]
        if not marks:
            if words.IMMEDIATE.search(plain) and self.published:
                return self.published.isoformat()
            return None
        after = [m for m in marks if m.start() >= start - 4]
        strong = [m for m in after if words.STRONG_EFFECTIVE.search(plain[max(0, m.start() - 26) : m.start()])]
        if len(strong) > 1 and any(
            re.search(r"(?:elect|designate)$", title.text, re.IGNORECASE) for title in sentence.titles
        ):
            strong = strong[-1:]  # `CFO-elect effective D, and CFO effective E`
        for mark in strong:
            when = sentence.dates[int(mark["number"])]
            if not is_old(when, self.reference):
                return when.iso
        until = words.UNTIL.search(plain)
        if is_departure and until and until["d"]:
            return sentence.dates[int(until["d"])].iso
        for mark in after:
            if words.EFFECTIVE.search(plain[max(0, mark.start() - 40) : mark.start()]) and not re.search(
                r"\b(?:until|through|since|depuis|jusqu'au|expir\w+|term|ending|seit|bis)\b[^<]{0,25}$",
                plain[: mark.start()],
            ):
                return sentence.dates[int(mark["number"])].iso
        leading = [m for m in marks if m.start() < start]
        if leading:
            first = (
                leading[-1]
                if words.STRONG_EFFECTIVE.search(plain[max(0, leading[-1].start() - 14) : leading[-1].start()])
                else leading[0]
            )
            if words.IMMEDIATE.search(plain):
                return sentence.dates[int(first["number"])].iso
            between = plain[first.end() : start]
            told = plain[max(0, first.start() - 14) : first.start()]
            is_the_day = words.STRONG_EFFECTIVE.search(told) or not words.NOTIFYING.search(between)
            if is_the_day and not words.TO_COME.search(plain[first.end() : start + 12]):
                return sentence.dates[int(first["number"])].iso
        if is_departure and after and re.search(r"annual meeting|assemblee generale", plain[start:]):
            return sentence.dates[int(after[-1]["number"])].iso
        if words.IMMEDIATE.search(plain) and self.published:
            return self.published.isoformat()
        return None

    def _late_facts(self, sentence: Skeleton, subject: str | None) -> None:
        """`The appointment takes effect on D`: a date for the event told before."""
        who = subject or self.last
        events = range(len(self.found) - 1, -1, -1)
        index = next((i for i in events if self.found[i].person == who or subject is None), None)
        told = re.search(
            r"\b(?:the|this|his|her|cette|sa) (?:(?P<come>appointment|election|nomination|promotion)|"
            r"(?:resignation|retirement|departure|depart|demission))\b",
            sentence.plain,
        )
        if told:
            index = next((i for i in events if (self.found[i].type != "departure") == bool(told["come"])), index)
        if index is None or not sentence.dates:
            return
        event = self.found[index]
        is_departure = event.type == "departure"
        iso: str | None = None
        until = words.UNTIL.search(sentence.plain)
        if is_departure and until and until["d"]:
            iso = sentence.dates[int(until["d"])].iso
        elif found := words.FOLLOW_UP.search(sentence.plain):
            mark = next((m for m in MARK.finditer(sentence.plain, found.start()) if m["kind"] == "d"), None)
            if mark and mark.start() - found.end() < 90:
                iso = sentence.dates[int(mark["number"])].iso
        if iso and not event.effective:
            self.found[index] = replace(event, effective=iso)

    # -- in whose place --------------------------------------------------------------------------------------------
    def _handovers(self, sentence: Skeleton, begin: int) -> None:
        plain = sentence.plain
        for found in words.PREDECESSOR.finditer(plain):
            number = named(found, "p")
            old = self.name_of(sentence, int(number)) if number and self._is_named(sentence, int(number)) else None
            events = [
                i
                for i in range(begin, len(self.found))
                if self.found[i].type in ARRIVALS and self.found[i].person != old
            ]
            if old and not events and sentence.number:
                events = [
                    i
                    for i in range(len(self.found))
                    if self.found[i].type in ARRIVALS
                    and self.found[i].person == (self._before(sentence, found.start(), None) or [self.last or ""])[-1]
                    and self.found[i].person != old
                ]
            if old and not events:
                new = next((n for n in self._before(sentence, found.start(), None) if n != old), None)
                if new and not self._is_history(
                    sentence, found.start(), future=not re.search(r"succeeded|replaced", found[0])
                ):
                    title = self._title_after(sentence, found.end()) or self.known_titles.get(old)
                    self.found.append(
                        Appointment(
                            new,
                            "appointment",
                            None,
                            title.text if title else None,
                            self._date_of(sentence, found.start(), found.end()),
                            old,
                            None,
                            sentence.text[:500],
                            sentence.place,
                        )
                    )
            elif old:
                nearest = self._nearest(sentence, events, found.start())
                self.found[nearest] = replace(self.found[nearest], predecessor=old)
        for found in words.TAKES_OVER.finditer(plain):
            new = self.name_of(sentence, int(found["p"] or found["q"] or found["r"]))
            gone = [e.person for e in self.found if e.type == "departure" and e.person != new]
            mine = [i for i, e in enumerate(self.found) if e.person == new and e.type in ARRIVALS]
            if gone and mine and not self.found[mine[-1]].predecessor:
                self.found[mine[-1]] = replace(self.found[mine[-1]], predecessor=gone[-1])
        for found in words.SUCCESSOR.finditer(plain):
            number = named(found, "p")
            new = self.name_of(sentence, int(number)) if number else None
            if new is None:
                continue
            leaving = [
                i
                for i in range(begin, len(self.found))
                if self.found[i].type == "departure" and self.found[i].person != new
            ]
            old = (
                self.found[leaving[0]].person
                if leaving
                else next((n for n in self._before(sentence, found.start(), None) if n != new), self.last)
            )
            if old == new:
                continue
            if leaving:
                self.found[leaving[0]] = replace(self.found[leaving[0]], successor=new)
            if not any(e.person == new and e.type in ARRIVALS for e in self.found):
                role = self.found[leaving[0]].old_role if leaving else None
                title = self._title_after(sentence, found.end())
                self.found.append(
                    Appointment(
                        new,
                        "appointment",
                        None,
                        title.text if title else role,
                        self._date_of(sentence, found.start(), found.end()),
                        old,
                        None,
                        sentence.text[:500],
                        sentence.place,
                    )
                )

    def _nearest(self, sentence: Skeleton, events: list[int], at: int) -> int:
        """The arrival whose person stands last before a place, else the first."""
        text = sentence.plain[:at]
        best, where = events[0], -1
        for i in events:
            for mark in MARK.finditer(text):
                if (
                    mark["kind"] == "p"
                    and self.name_of(sentence, int(mark["number"])) == self.found[i].person
                    and mark.start() > where
                ):
                    best, where = i, mark.start()
        return best

    # -- putting together ------------------------------------------------------------------------------------------
    def _put_together(self) -> list[Appointment]:
        people: dict[str, list[Appointment]] = {}
        for event in self.found:
            if not self._is_believable(event.person):
                continue
            people.setdefault(event.person, []).append(event)
        events: list[Appointment] = []
        for name, own in people.items():
            arrivals = [e for e in own if e.type != "departure"]
            departures = [e for e in own if e.type == "departure"]
            arrival = self._merged(arrivals)
            departure = self._merged(departures)
            if departure and not departure.old_role and name in self.known_titles:
                span = self.known_titles[name]
                departure = replace(departure, old_role="Director" if span.is_board else span.text)
            if (
                arrival
                and departure
                and arrival.new_role
                and departure.old_role
                and fuzz.token_set_ratio(arrival.new_role.lower(), departure.old_role.lower()) < 90
            ):
                moved = "interim" if arrival.type == "interim" else "role_change"
                arrival = replace(
                    arrival,
                    type=moved,
                    old_role=departure.old_role,
                    effective=departure.effective or arrival.effective,
                    successor=departure.successor,
                )
                departure = None
            elif arrival and departure:  # the same office came and went in one text: the last word counts
                if own.index(departures[0]) < own.index(arrivals[0]) and not departure.effective:
                    departure = None
                else:
                    arrival = None if departure.effective or not arrival.effective else arrival
            events += [e for e in (departure, arrival) if e]
        return link_handovers(events)

    def _is_news(self, iso: str | None) -> bool:
        if iso is None or self.reference is None or not iso[:4].isdigit() or len(iso) < 4 or len(iso) == 5:
            return True
        return int(iso[:4]) >= self.reference.year - 1

    def _merged(self, events: list[Appointment]) -> Appointment | None:
        if not events:
            return None
        best = events[0]
        for other in events[1:]:
            role_new, role_old = best.new_role, best.old_role
            if best.type == other.type == "departure" and (role_old in (None, "Director")) and other.old_role:
                role_old = other.old_role if role_old is None else role_old
            best = replace(
                best,
                new_role=role_new or other.new_role,
                old_role=role_old or other.old_role,
                effective=best.effective or (other.effective if self._is_news(other.effective) else None),
                predecessor=best.predecessor or other.predecessor,
                successor=best.successor or other.successor,
                type="interim"
                if "interim" in (best.type, other.type) and best.type != "departure"
                else "role_change"
                if "role_change" in (best.type, other.type)
                else best.type,
            )
        return best

    def _is_believable(self, name: str) -> bool:
        parts = name.split()
        plain = [fold(part) for part in parts]
        if len(parts) < 2 or all(word in self.company for word in plain):
            return False
        if any(word in given_names() for word in plain[:2]):
            return True
        return not any(word in stop_words() or word in self.company for word in plain)


def link_handovers(events: list[Appointment]) -> list[Appointment]:
    """Where one leaves an office and one takes the same, each is the other's predecessor or successor."""
    events = list(events)
    for i, gone in enumerate(events):
        if not gone.old_role or gone.type not in ("departure", "role_change"):
            continue
        heirs = [
            j
            for j, new in enumerate(events)
            if j != i and new.type in ARRIVALS and new.new_role and same_office(gone.old_role, new.new_role)
        ]
        others = [
            j
            for j, other in enumerate(events)
            if j != i and other.type == "departure" and other.old_role and same_office(gone.old_role, other.old_role)
        ]
        if len(heirs) != 1 or others or same_office(gone.old_role, "Director"):
            continue
        events[i] = replace(gone, successor=gone.successor or events[heirs[0]].person)
        events[heirs[0]] = replace(events[heirs[0]], predecessor=events[heirs[0]].predecessor or gone.person)
    heir_of = {e.predecessor: e for e in events if e.predecessor and e.type in ARRIVALS}
    linked = []
    for event in events:
        heir = heir_of.get(event.person) if event.type in ("departure", "role_change") else None
        if heir:  # the office that the heir takes is the one that was left
            event = replace(event, successor=event.successor or heir.person, old_role=event.old_role or heir.new_role)
        linked.append(event)
    left = {e.person: e.old_role for e in linked if e.old_role}
    return [
        replace(e, new_role=left.get(e.predecessor)) if e.type in ARRIVALS and not e.new_role and e.predecessor else e
        for e in linked
    ]


def same_office(left: str, right: str) -> bool:
    """Whether two wordings share an office, or nearly all their words."""
    a, b = read_title(left), read_title(right)
    shared = set(a.roles) & set(b.roles) - {"OTHER"} if a and b else set()
    return bool(shared) or fuzz.token_set_ratio(left.lower(), right.lower()) >= 85
