"""Who leads a company by its page, in the layouts that pages have; persons and company are invented."""

import pytest

from connectors.pages.lines import page_lines, page_title
from enrich.leadership import find_leaders

PAGE = (
    "<html><head><title>Ardovia - "
    "{heading}</title></head><body><nav><a>Accueil</a></nav><h1>{heading}</h1>{body}</body></html>"
)
CASES: list[tuple[str, str, int]] = [
    (
        "Notre équipe",
        "<div class=card><h3>DUPONTEL Jean</h3><p>Président Directeur Général</p></div><div "
        "class=card><h3>MARSAN Lucie</h3><p>Directrice administrative et financière</p></div>",
        2,
    ),
    (
        "Gouvernance",
        "<ul><li>Président : Jean DUPONTEL</li><li>Directrice générale : Lucie MARSAN</li><li>Trésorier : "
        "Marc Tissandier</li></ul>",
        3,
    ),
    (
        "Direction",
        "<table><tr><td>Jean Dupontel</td><td>Directeur des achats</td></tr><tr><td>Lucie "
        "Marsan</td><td>DRH</td></tr></table>",
        2,
    ),
    (
        "Direction",
        "<table><tr><td>Directeur des achats</td><td>Jean Dupontel</td></tr><tr><td>DRH</td><td>Lucie "
        "Marsan</td></tr></table>",
        2,
    ),
    (
        "Comité de direction",
        "<p><strong>Jean Dupontel</strong>, directeur général</p><p><strong>Lucie Marsan</strong> - "
        "Directrice marketing</p>",
        2,
    ),
    (
        "Equipe",
        "<div><span>Directeur général</span><h4>Jean Dupontel</h4></div><div><span>Responsable "
        "commerciale</span><h4>Lucie Marsan</h4></div>",
        2,
    ),
    ("Equipe", "<p>M. Jean DUPONTEL – Gérant</p><p>Mme Lucie MARSAN – Assistante de direction</p>", 2),
    (
        "Equipe",
        '<figure><img alt="Jean Dupontel"><figcaption>Jean Dupontel<br>Co-fondateur &amp; CEO</figcaption></figure>',
        1,
    ),
    (
        "À propos",
        "<p>Fondée en 1998, Ardovia est dirigée par Jean Dupontel, directeur général, et emploie 80 "
        "personnes dans ses ateliers.</p>",
        1,
    ),
    (
        "Team",
        "<div><a href=x>Anneke van der Berg</a><div>VP Global Procurement</div></div><div><a>Dr. Olu "
        "Adeyemi-Cole, PhD</a><div>Chief Scientific Officer</div></div>",
        2,
    ),
    ("Management", "<p>Petra Hollmann<br/>Geschäftsführerin</p><p>Jens Karber<br/>Leiter Einkauf</p>", 2),
    ("Produits", "<h3>Rapid Shield</h3><p>Manager</p><h3>Clear View</h3><p>Director mode</p>", 0),
    ("Contact", "<p>Service commercial</p><p>Directeur commercial</p><p>01 02 03 04 05</p>", 0),
    (
        "Témoignages",
        '<div class="testimonial"><p>Super !</p><p>Jean Dupontel</p><p>Directeur général, Borvex</p></div>',
        0,
    ),
    ("Blog", "<h2>How to hire a Chief Procurement Officer</h2><p>By Jane Harlow</p><p>Read more</p>", 0),
    (
        "Bureau",
        "<p>Présidente</p><p>Lucie Marsan</p><p>Vice-président</p><p>Jean "
        "Dupontel</p><p>Secrétaire</p><p>Marc Tissandier</p>",
        3,
    ),
    ("Board of Directors", "<ul><li>Jane Harlow</li><li>Peter Lund</li><li>Mark Pellew, Chair</li></ul>", 3),
    (
        "Conseil d'administration",
        "<ul><li>Jean Dupontel, Président</li><li>Lucie Marsan, administratrice indépendante</li><li>Marc "
        "Tissandier</li></ul>",
        3,
    ),
    (
        "Leadership",
        "<div>Jane Harlow</div><div>EVP &amp; Chief Human Resources "
        "Officer</div><div>jane@ardovia.example</div><div>Peter Lund</div><div>SVP, General Counsel</div>",
        2,
    ),
    ("Our people", "<h3>Jane Harlow | Finance Director</h3><h3>Peter Lund | Head of Procurement</h3>", 2),
]


@pytest.mark.parametrize(("heading", "body", "count"), CASES)
def test_each_layout_gives_its_persons(heading: str, body: str, count: int) -> None:
    page = PAGE.format(heading=heading, body=body)
    leaders = find_leaders(page_lines(page), page_title(page))
    assert len(leaders) == count, [leader.name for leader in leaders]
    assert all(leader.quote and leader.place for leader in leaders)


def test_roles_follow_the_title() -> None:
    page = PAGE.format(heading="Direction", body="<h3>MARSAN Lucie</h3><p>Directrice des achats</p>")
    (leader,) = find_leaders(page_lines(page), page_title(page))
    assert (leader.name, leader.roles) == ("MARSAN Lucie", ("CPO",))
