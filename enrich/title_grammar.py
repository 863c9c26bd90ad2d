"""The grammar of titles in French, English, German and Spanish: what office a wording names, and how far it reaches.

The words stand in schemas/reference/title_words.toml. A wording is a title when it has a head (`directeur`, `head`,
`officer`) or an office by itself (`CFO`, `gérante`); what no word names stays unknown.
"""

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from anyascii import anyascii

from schemas.reference import words as reference

ROLES = ("CEO", "CHAIR", "CFO", "COO", "CTO", "CPO", "CHRO", "CMO", "CSO", "GC", "BOARD", "OTHER")
WORD = re.compile(r"[a-z0-9]+")
POINTED = re.compile(r"\b([A-Za-z])\.(?:([A-Za-z])\.)(?:([A-Za-z])\.)?(?:([A-Za-z])\.)?")  # C.E.O., P.D.G.
INCLUSIVE = re.compile(
    r"\((?:e|ne|trice|rice|ere|ère|in|a)\)|[·.•](?:e|ne|trice|rice|ere|ère|s)\b|[:*_](?:in|innen)\b|/(?:in|a|e)\b"
)
SEPARATOR = re.compile(r"[,;/|–—]|\s-\s|\s&\s|\+")
LONGEST_TITLE = 200  # characters
LONGEST_PHRASE = 7  # words
MASCULINE = {
    "generale": "general", "deleguee": "delegue", "adjointe": "adjoint", "associee": "associe", "gerante": "gerant",
    "cogerante": "cogerant", "presidente": "president", "presidenta": "president", "dirigeante": "dirigeant",
    "executive": "executive",
    "administrative": "administratif", "commerciale": "commercial", "industrielle": "industriel",
    "juridiques": "juridique",
    "operationnelle": "operationnel", "independante": "independant", "independents": "independent",
    "representante": "representant",
    "executif": "executif", "consejera": "consejero", "delegada": "delegado", "ejecutiva": "ejecutivo",
    "independientes": "independiente",
    "directora": "director", "fundadora": "fundador", "adjunta": "adjunto", "socia": "socio",
    "secretaria": "secretario",
    "geschaftsfuhrerin": "geschaftsfuhrer", "leiterin": "leiter", "prasidentin": "prasident",
    "vorsitzende": "vorsitzender",
    "direktorin": "direktor", "vorstandsvorsitzende": "vorstandsvorsitzender",
    "aufsichtsratsvorsitzende": "aufsichtsratsvorsitzender",
    "partnerin": "partner", "inhaberin": "inhaber", "grunderin": "grunder", "chefin": "chef", "managerin": "manager",
    "vorstandin": "vorstand", "finanzchefin": "finanzchef", "personalchefin": "personalchef",
    "personalleiterin": "personalleiter",
    "vertriebsleiterin": "vertriebsleiter", "einkaufsleiterin": "einkaufsleiter",
    "marketingleiterin": "marketingleiter",
    "geschaftsleiterin": "geschaftsleiter", "konzernchefin": "konzernchef", "technologique": "technologique",
    "directors": "director", "presidents": "president", "partners": "partner", "officers": "officer",
    "managers": "manager",
    "chairmen": "chairman", "trustees": "trustee", "chairs": "chair", "vps": "vp", "ceos": "ceo", "founders": "founder",
    "administrateurs": "administrateur", "directeurs": "directeur", "engineers": "engineer", "executives": "executive",
    "counsels": "counsel", "secretaries": "secretary", "heads": "head", "leaders": "leader", "advisors": "advisor",
    "exec": "executive", "snr": "senior", "mgr": "manager", "mgmt": "management", "ops": "operations",
    "dept": "department",
    "vorsitz": "vorsitzender", "tecnica": "tecnico", "economica": "economico", "financiera": "financiero",
    "juridica": "juridico",
    "tresoriere": "tresorier", "financiere": "financier", "conseillere": "conseiller", "infirmiere": "infirmier",
    "vicepresidenta": "vicepresidente", "administradora": "administrador", "apoderada": "apoderado", "unica": "unico",
    "technische": "technischer", "kaufmannische": "kaufmannischer", "geschaftsfuhrende": "geschaftsfuhrender",
    "coordinadora": "coordinador", "jefa": "jefe", "consultora": "consultor", "nueva": "nuevo", "nouvelle": "nouveau",
}  # fmt: skip
FUNCTION_ROLES = {
    "finance": "CFO", "people": "CHRO", "procurement": "CPO", "sales": "CSO", "marketing": "CMO", "technology": "CTO",
    "operations": "COO", "legal": "GC",
}  # fmt: skip
BOTH = frozenset(
    {
        "president y consejero delegado",
        "president y director general",
        "pdg",
        "president directeur general",
        "president et directeur general",
    }
)  # chair and chief executive
# What a head with a function stands for: a chief's function is an office of the company, a manager's is not. The
# person who leads the people function is its chief at every level down to vice president.
FUNCTION_WORDS = {  # for directors and heads only the function's own words count: `Director of Information` is none
    "finance": {"finance", "finances", "financial", "financier", "finanzen", "financiero"},

    "technology": {"technology", "information technology", "it", "systemes d information", "informatique",
        "tecnologia", "technical", "technique", "tecnico"},
    "operations": {"operations", "operaciones", "exploitation", "operating"},
    "legal": {"legal", "juridique", "affaires juridiques", "recht", "juridico"},
    "sales": {"sales", "commercial", "ventes", "vertrieb", "ventas", "comercial", "revenue"},
    "marketing": {"marketing"},

    "people": {"human resources", "hr", "ressources humaines", "rh", "people", "recursos humanos", "rrhh",
        "personal", "human capital", "people and culture"},
    "procurement": {"procurement", "purchasing", "achats", "einkauf", "compras"},
}  # fmt: skip
CHIEFS_WORDS = {"information", "digital"}  # a chief's, no director's
TELLING_LEVELS = {  # the functions that make an office at a level below chief
    "director": set(FUNCTION_ROLES),
    "head": set(FUNCTION_ROLES),
    "vice_president": {"people", "sales", "procurement", "operations", "technology"},
}


@dataclass(frozen=True, slots=True)
class Title:
    """What a wording says of an office.

    Attributes:
        text: the title as printed.
        roles: offices of `ROLES`, sorted; never empty.
        level: chief, president, vice_president, director, head, manager, member, partner, ... or None.
        functions: what the person is responsible for, sorted.
        body: board, supervisory_board, executive_committee, committee or None.
        scope: group, division, area, or None for the whole company.
        is_interim, is_former, is_deputy, is_co: what changes the office.
        known: share of the words that the grammar knows, 0 to 1.
    """

    text: str
    roles: tuple[str, ...]
    level: str | None
    functions: tuple[str, ...]
    body: str | None
    scope: str | None
    is_interim: bool
    is_former: bool
    is_deputy: bool
    is_co: bool
    known: float


Item = tuple[str, str, str]  # kind, value, the words


@cache
def title_lexicon() -> dict[str, tuple[tuple[str, str], ...]]:
    """Each phrase of the grammar with its meanings (kind, value), the likeliest first."""
    found: dict[str, list[tuple[str, str]]] = {}
    for kind, values in reference.title_words().items():
        for value, phrases in values.items():
            for phrase in (" ".join(MASCULINE.get(word, word) for word in spelled.split()) for spelled in phrases):
                found.setdefault(phrase, []).append((kind, value))
    return {phrase: tuple(meanings) for phrase, meanings in found.items()}


def title_vocabulary() -> frozenset[str]:
    """Every single word of the grammar but link words."""
    return _vocabulary()


@cache
def _vocabulary() -> frozenset[str]:
    return frozenset(
        word
        for phrase, meanings in title_lexicon().items()
        if any(kind not in ("link", "scope") for kind, _ in meanings)
        for word in phrase.split()
        if len(word) > 2 and word not in {"des", "del", "the", "der", "les", "and"}
    )


def fold_words(text: str) -> list[str]:
    """A wording's words in plain lower case and in the masculine."""
    text = INCLUSIVE.sub("", POINTED.sub(lambda found: "".join(g or "" for g in found.groups()), text))
    return [masculine(word) for word in WORD.findall(anyascii(text.replace("’", "'")).lower())]


@lru_cache(maxsize=8192)
def masculine(word: str) -> str:
    """A folded word of a title in the masculine; other words unchanged."""
    if word in MASCULINE:
        return MASCULINE[word]
    if word.endswith("trice") and len(word) > 7:
        return word[:-4] + "eur"
    known = _vocabulary()
    if word in known or len(word) < 6:
        return word
    endings = (("euse", "eur"), ("in", ""), ("e", ""), ("a", "o"), ("a", ""), ("s", ""))
    bases = (word[: -len(ending)] + base for ending, base in endings if word.endswith(ending))
    return next((base for base in bases if base in known), word)


def _items(words: list[str]) -> list[Item]:
    lexicon = title_lexicon()
    items: list[Item] = []
    i = 0
    while i < len(words):
        for length in range(min(LONGEST_PHRASE, len(words) - i), 0, -1):
            phrase = " ".join(words[i : i + length])
            if phrase in lexicon:
                kind, value = lexicon[phrase][0]
                items.append((kind, value, phrase))
                i += length
                break
        else:
            items.append(("word", "", words[i]))
            i += 1
    for at, item in enumerate(items[:-1]):
        if item[2] in ("dg", "principal") and items[at + 1][0] == "word":
            items[at] = ("word", "", item[2])  # DG Holdings is a company
    return items


@lru_cache(maxsize=8192)
def read_title(text: str) -> Title | None:
    """The office that a wording names, or None when it names none.

    Args:
        text: a title as printed, in one of the four languages; several offices in one title are all found.
    """
    if not text or len(text) > LONGEST_TITLE:
        return None
    parts = [part for part in SEPARATOR.split(text) if part.strip()]
    # A function may hold a separator (`R&D`, `administratif et financier`): phrases over the whole text first.
    items: list[Item] = []
    for part in parts:
        if items:
            items.append(("break", "", ""))
        items += _items(fold_words(part))
    items = _joined_ampersands(text, items)
    if not any(kind in ("role", "head") for kind, _, _ in items):
        return None
    return _title_of(text, items)


def _joined_ampersands(text: str, items: list[Item]) -> list[Item]:
    """`R&D`, `M&A`: read again with the sign as a word where that names more."""
    if "&" not in text:
        return items
    whole = _items(fold_words(text.replace("&", " and ")))
    return items if any(kind in ("role", "head") for kind, _, _ in items) and len(items) <= len(whole) else whole


def _title_of(text: str, items: list[Item]) -> Title:
    roles: set[str] = set()
    marks = {value for kind, value, _ in items if kind == "mark"}
    functions = {value for kind, value, _ in items if kind == "function"}
    body = next((value for kind, value, _ in items if kind == "body"), None)
    scopes = [value for kind, value, _ in items if kind == "scope"]
    scope = next((s for s in ("division", "area", "group") if s in scopes), None)
    levels = [value for kind, value, _ in items if kind == "head"]
    for clause in _clauses(items):
        roles |= _roles_of(clause)
    if "head" and {"president"} & set(levels) and not roles - {"OTHER"}:
        roles = _president(text, items, roles)
    named = {value for kind, value, _ in items if kind == "role"}
    level = next(iter(levels), None) or ("chief" if named - {"BOARD", "CHAIR"} else "board" if named else None)
    known = sum(kind not in ("word", "break") for kind, _, _ in items) / max(1, sum(k != "break" for k, _, _ in items))
    return Title(
        text=text,
        roles=tuple(sorted(_without_seat(roles - {"OTHER"}) or {"OTHER"})),
        level=level,
        functions=tuple(sorted(functions)),
        body=body or _body_of(named, items),
        scope=scope,
        is_interim="interim" in marks,
        is_former="former" in marks,
        is_deputy="deputy" in marks,
        is_co="co" in marks,
        known=known,
    )


def _without_seat(roles: set[str]) -> set[str]:
    """A chair or a chief who is also a member is told by the higher office."""
    return roles - {"BOARD"} if len(roles) > 1 else roles


def _body_of(named: set[str], items: list[Item]) -> str | None:
    words = " ".join(words for _, _, words in items)
    if "surveillance" in words or "aufsichtsrat" in words or "supervisory" in words:
        return "supervisory_board"
    if named & {"BOARD", "CHAIR"}:
        return "board"
    if re.search(r"comite (?:executif|de direction)|executive committee|directoire|vorstand|geschaftsleitung", words):
        return "executive_committee"
    return None


def _clauses(items: list[Item]) -> list[list[Item]]:
    """Cut at each head: what stands before the first head belongs to it, what follows a head belongs to that head.

    `Chairman and CEO` are two clauses; `Head of Finance and People` is one.
    """
    clauses: list[list[Item]] = [[]]
    for item in items:
        kind = item[0]
        starts = kind in ("role", "head")
        if starts and any(k in ("role", "head") for k, _, _ in clauses[-1]):
            # marks and functions between `and` or a comma and this head belong to this head
            tail: list[Item] = []
            while clauses[-1] and clauses[-1][-1][0] in ("mark", "function") and clauses[-1][-1][1] != "former":
                tail.insert(0, clauses[-1].pop())
            served = {value for k, value, _ in clauses[-1] if k == "head"} & {"expert", "secretary"}
            if served and kind == "role" and not tail and clauses[-1][-1][:2] == ("link", "of"):
                clauses[-1].append(("word", "", item[2]))  # the assistant of a chief is none
                continue
            if clauses[-1] and clauses[-1][-1][0] in ("break", "link"):
                clauses.append([*tail, item])
                continue
            clauses[-1] += tail
            if item[2].startswith("delegue"):
                clauses[-1].append(item)
                continue
            if kind == "role" or item[1] in ("board_like", "member", "secretary"):
                clauses.append([item])
                continue
        clauses[-1].append(item)
    return clauses


def _roles_of(clause: list[Item]) -> set[str]:
    kinds = [(kind, value) for kind, value, _ in clause]
    marks = _marks_on_head(clause)
    named = {value for kind, value in kinds if kind == "role"}
    heads = {value for kind, value in kinds if kind == "head"}
    bodies = {value for kind, value in kinds if kind == "body"}
    if "former" in marks:
        return {"OTHER"}
    if named:
        if "deputy" in marks and not named <= {"BOARD"}:
            return {"OTHER"}
        if named == {"CHAIR"} and "committee" in bodies:
            return {"BOARD"}
        return named | _more_functions(clause) | ({"CHAIR"} if any(words in BOTH for _, _, words in clause) else set())
    if "member" in heads or "board_like" in heads:
        if "board_like" in heads or bodies & {"board", "supervisory_board"} or bodies == {"committee"}:
            return {"BOARD"}
        return {"OTHER"}
    if "deputy" in marks:
        return {"OTHER"}
    return _by_function(clause, heads) or ({"BOARD"} if _is_plain_director(clause) else {"OTHER"})


def _more_functions(clause: list[Item]) -> set[str]:
    """`Head of Finance and People`: the office by itself holds the first function, the other stands beside it."""
    (words,) = [words for kind, _, words in clause if kind == "role"][:1]
    if not words.startswith(("head", "director", "directeur", "responsable", "leiter")):
        return set()
    return {
        FUNCTION_ROLES[v] for k, v, w in clause if k == "function" and v in FUNCTION_ROLES and w in FUNCTION_WORDS[v]
    }


def _marks_on_head(clause: list[Item]) -> set[str]:
    """The marks beside the head: `former` and `deputy` count when they stand next to it."""
    marks: set[str] = set()
    for kind, value, words in clause:
        if kind == "mark":
            marks.add(value)
        elif kind == "head" and value == "member" and words.startswith("delegue"):
            marks.add("deputy")  # directeur général délégué
        elif kind == "break" and marks:
            break
    return marks


def _by_function(clause: list[Item], heads: set[str]) -> set[str]:
    if "vice_president" in heads:
        level = "vice_president"
    elif "chief" in heads or any(kind == "mark" and words == "chief" for kind, _, words in clause):
        level = "chief"
    elif "director" in heads or "head" in heads:
        level = "director" if "director" in heads else "head"
    else:
        return set()
    scope_words = {words for kind, _, words in clause if kind in ("scope", "word")}
    found: set[str] = set()
    for kind, value, words in clause:
        if kind != "function" or value not in FUNCTION_ROLES:
            continue
        telling = FUNCTION_WORDS[value] | (CHIEFS_WORDS if value == "technology" and level == "chief" else set())
        if words not in telling or (level != "chief" and value not in TELLING_LEVELS[level]):
            continue
        found.add(FUNCTION_ROLES[value])
    if level == "chief" and any(kind == "word" for kind, _, _ in _inside(clause)):
        return set()  # `Chief Commercial Payments Officer`
    if level != "chief" and scope_words - {
        "group",
        "groupe",
        "global",
        "worldwide",
        "international",
        "konzern",
        "grupo",
    }:
        return found & {"CHRO", "CPO"}  # a region's or a product's head of sales is not the company's
    return found


def _inside(clause: list[Item]) -> list[Item]:
    """What stands between `chief` and `officer`."""
    ends = [i for i, (_, _, words) in enumerate(clause) if words in ("chief", "officer")]
    return clause[ends[0] : ends[-1]] if ends else []


def _is_plain_director(clause: list[Item]) -> bool:
    """`Director` alone is a seat on the board in English; `directeur` alone is not."""
    content = [(kind, words) for kind, _, words in clause if kind not in ("link", "break")]
    plain = [words for kind, words in content if kind == "head"]
    others = [words for kind, words in content if kind != "head"]
    return plain == ["director"] and set(others) <= {
        "independent",
        "non executive",
        "executive",
        "nuevo",
        "new",
        "lead",
        "elect",
    } - {"executive"}


def _president(text: str, items: list[Item], roles: set[str]) -> set[str]:
    """`Président` leads the company or its board in French and Spanish; `President` in English says neither."""
    romance = re.search(r"pr[ée]sident[ea]?\b", text, re.IGNORECASE)
    if romance and (romance[0].lower() != "president" or re.search(r"\b(?:de|du|des|la|le|et)\b", text)):
        content = [words for kind, _, words in items if kind in ("head", "function", "word", "scope")]
        return {"CHAIR"} if len(content) == 1 or re.search(r"\b(?:de|du|del)\b", text) else roles
    return roles


def is_all_title(text: str) -> bool:
    """Whether every word of a short text belongs to a title and one names a function or an office (`Finance and`)."""
    items = _items(fold_words(text))
    return (
        0 < len(items) <= 8
        and all(k != "word" for k, _, _ in items)
        and any(k in ("function", "role") for k, _, _ in items)
    )
