"""Writes the pages of one invented company's own site: home, leadership and legal notice, as a web server sends them.

The leadership page names whom the register names that night; the legal notice tells the company's number, and its
host's, which is not the company's.
"""

from collections.abc import Iterator

from flows.demo.invented import siren, vat
from flows.demo.people import officers_of
from flows.demo.world import FRENCH_UNITS, instant_of
from schemas.provenance import Payload

COMPANY = "ostrevigne"
SITE = "https://www.ostrevigne.example"
HEADERS = {"content-type": "text/html; charset=utf-8"}
HOST_NUMBER = 905  # founds the SIREN of an invented host
PAGE = """<!doctype html>
<html lang="fr">
<head><meta charset="utf-8"><title>{title}</title><link rel="canonical" href="{url}"></head>
<body>
<nav><a href="/direction">Direction</a> <a href="/mentions-legales">Mentions légales</a></nav>
<main><h1>{heading}</h1>
{content}
</main>
</body>
</html>
"""


def web_payloads(night: int) -> list[Payload]:
    """The pages of a night, the same bytes on every machine."""
    return [
        Payload("website", url, body, fetched_at=instant_of(night), url=url, headers=HEADERS)
        for url, body in _pages(night)
    ]


def _pages(night: int) -> Iterator[tuple[str, bytes]]:
    name = FRENCH_UNITS[COMPANY].name.title()
    yield _page("/", name, "Vos courses près de chez vous", "<p>Vingt-cinq magasins dans toute la France.</p>")
    people = "\n".join(
        f"<li><h3>{officer.given.title()} {officer.family.title()}</h3><p>{officer.title}</p></li>"
        for officer in officers_of(COMPANY, night)
        if officer.family
    )
    yield _page("/direction", f"Direction - {name}", "Direction", f"<ul>\n{people}\n</ul>")
    yield _page("/mentions-legales", f"Mentions légales - {name}", "Mentions légales", _legal_notice())


def _legal_notice() -> str:
    unit = FRENCH_UNITS[COMPANY]
    number = f"{unit.siren[:3]} {unit.siren[3:6]} {unit.siren[6:]}"
    return f"""<h2>Éditeur</h2>
<p>{unit.name} SA, {unit.sites[0].title()}, immatriculée au RCS de Lille sous le numéro {number},
TVA intracommunautaire {vat(unit.siren)}</p>
<h2>Hébergeur</h2>
<p>HEBERGOFIN SAS, RCS Roubaix {siren(HOST_NUMBER)}</p>"""


def _page(path: str, title: str, heading: str, content: str) -> tuple[str, bytes]:
    url = SITE + path
    return url, PAGE.format(title=title, url=url, heading=heading, content=content).encode()
