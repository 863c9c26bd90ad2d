"""Legal forms: their labels, and the words by which a name says its form.

The words come from the ELF list's abbreviations (ISO 20275) and from `legal_form_words.csv`, which holds what that
list lacks: France has four abbreviations there, Czechia and Russia hardly any, and full forms (`société anonyme`,
`株式会社`) stand among thousands of names such as `mutual insurance company` that describe a business.
"""

import re
from functools import cache

from schemas.reference.lists import labels_of, read_list

SHORTEST, LONGEST = 2, 40

# In these countries the column holds descriptions (`Embassy`, `Kanton`, `Poľnohospodár.družstvo`), not forms.
DESCRIBING_COUNTRIES = frozenset({"CH", "SK"})

# Codes of two or three letters count only when listed here: the others are words or names of companies when they
# stand in a name (SAP, EMC, SII, PSA, GIZ, CDC, CIC, CSL, EU, ET, IS, PC, PER, ZOO, SON).
SHORT_FORMS = frozenset(
    re.findall(
        r"\S+",
        """ab ad ag as bt bv co cv dd eg ek ev gp hb hf kb kd kg ks ky lc lp na nv og oy oü pt sa sc se sl aş ад
        abp ans aps asa bhd cyf dac dno doo ead ehf enk gbr gie inc ilp ivs kda keg kft kht kkt l3c lda llc llp ltd mbh
        nuf ohg ood osk oyj pbc plc pty sal sas sau sca sce scm scp scs sci sia ska slp slu snc spa spj spk spp srl uab
        ulc vba vof vzw zrt""",
    )
)

# Words that tell what an organisation is or does: without them a name is no longer its name (`Cooperative Bank`).
ORDINARY = re.compile(
    r"\b(?:co-?ops?|co-?op[eé]\w*|coöp\w*|assn|assoc\w*|ass’n|soci[eé]t[eéy]$|trust\w*|union|caissee?|caisse|bank\w*|"
    r"religious|religieuse|parish|paroisse|electric|emc|benefit corporation|condominium|district|indigenous|"
    r"fiduci\w*|fiducie|pr[eê]t|loan|pool|consorzio|gruppo|cooperativa|scoop\w*|fund|fon|reit|ente|other|chartered|"
    r"partnerships?$|kompani|community|communautaire|proprietor|proprietary|s&l|or|and limited|society)(?!\w)",
    re.IGNORECASE,
)
LIMITED_PARTNERSHIP = re.compile(r"(?:limited|liability|general|ltd\.?) partnerships?$")


@cache
def legal_form_tokens() -> frozenset[str]:
    """Words and phrases that name a legal form, in lower case and as written (`s.a.r.l.`, `gmbh & co. kg`, `株式会社`).

    Of all countries together, 2 to 40 characters; dotted, spaced and closed spellings where they are published.
    """
    forms = {row["form"] for row in read_list("legal_form_words")}
    for row in read_list("legal_forms_iso20275"):
        if row["country_code"] not in DESCRIBING_COUNTRIES:
            for column in ("abbreviations", "transliterated_abbreviations"):
                forms.update(form for part in row[column].split(";") if _is_form(form := _tidy(part)))
    return frozenset(forms)


def _tidy(text: str) -> str:
    return " ".join(text.casefold().split()).strip(" ,")


def _is_form(form: str) -> bool:
    letters = re.sub(r"\W", "", form)
    if not SHORTEST <= len(form) <= LONGEST or (len(letters) <= 3 and not _is_known_short(letters)):
        return False
    return LIMITED_PARTNERSHIP.search(form) is not None or ORDINARY.search(form) is None


def _is_known_short(letters: str) -> bool:
    unspaced = any(letter >= "\u3040" for letter in letters)  # Han, kana, Hangul: one or two signs are a word
    return letters in SHORT_FORMS or (unspaced and len(letters) > 1)


@cache
def _elf_labels() -> dict[str, str]:
    """The first name of each ELF code, active rows before inactive ones."""
    rows = sorted(read_list("legal_forms_iso20275"), key=lambda row: row["status"] != "ACTV")
    return {row["code"]: row["name"] for row in reversed(rows) if row["name"]}


def legal_form_label(code: str | None, scheme: str | None) -> str | None:
    """The label of a legal form: scheme `FR-CJ` (INSEE legal categories, French) or `ELF` (ISO 20275, local name)."""
    if code is None or scheme not in ("FR-CJ", "ELF"):
        return None
    return labels_of("legal_categories_fr").get(code) if scheme == "FR-CJ" else _elf_labels().get(code)
