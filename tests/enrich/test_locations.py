"""Where a company is; the company is invented."""

import pytest

from connectors.pages.lines import page_lines
from connectors.pages.map_data import map_lines
from enrich.locations import find_presence

CASES = [
    ("<h1>Our offices</h1><ul><li>France</li><li>Germany</li><li>Spain</li></ul>", {"FR", "DE", "ES"}),
    ("<p>Ardovia has plants in Lyon, France and offices in Atlanta, Georgia.</p>", {"FR", "US"}),
    ("<h2>Contact</h2><p>12 Silk Road, Jeddah 21424, Kingdom of Saudi Arabia</p>", {"SA"}),
    ("<p>Nous livrons nos clients en Belgique et en Suisse.</p>", set()),
    ("<form><select><option>France</option><option>Japan</option></select></form>", set()),
    ("<p>Our office works with the Bank of China and Air France.</p>", set()),
    ("<p>Agreements are governed by the laws of England.</p>", set()),
    ("<h2>Standorte</h2><p>10437 Berlin</p><p>Zürich</p>", {"DE", "CH"}),
    ("<p>Notre siège est situé à Lyon.</p>", {"FR"}),
]


@pytest.mark.parametrize(("body", "countries"), CASES)
def test_countries_of_a_page(body: str, countries: set[str]) -> None:
    html = f"<html><body>{body}</body></html>"
    assert set(find_presence(page_lines(html), map_lines(html)).countries) == countries


def test_totals_add_the_home_country() -> None:
    text = "<p>In the U.S., we operate 24 sites. In addition, we operate 75 sites in 32 other countries.</p>"
    found = find_presence(page_lines(f"<body>{text}</body>"))
    assert (found.n_countries, found.n_sites, found.multinational) == (33, 99, True)


def test_a_maps_data_counts() -> None:
    html = (
        "<script>var "
        'shops=[{"lat":45.7,"country":"FR"},{"lat":50.8,"country":"BE"},{"lat":48.8,"country":"FR"}]</script>'
    )
    assert find_presence([], map_lines(html)).countries == {"FR": 2, "BE": 1}
