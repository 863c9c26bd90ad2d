"""robots.txt by RFC 9309, case by case, and over HTTP: 0 requests to a path that is disallowed (RELIABILITY T23)."""

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from connectors.contract import PageUnavailableError
from connectors.robots import ROBOTS_LIMIT, read_rules

SITE = "https://site.example"
BOM = "\ufeff"


@pytest.mark.parametrize(
    ("text", "path", "is_allowed"),
    [
        ("", "/x", True),
        ("User-agent: *\nDisallow: /", "/x", False),
        ("User-agent: *\nDisallow:", "/x", True),
        ("User-agent: *\nDisallow: /a", "/b", True),
        ("User-agent: *\nDisallow: /a", "/abc", False),
        # the group that names us counts alone; names are compared without case and as whole words
        ("User-agent: *\nDisallow: /\n\nUser-agent: grandcompte\nDisallow: /a", "/x", True),
        ("User-agent: grandcompte\nDisallow: /\n\nUser-agent: *\nDisallow:", "/x", False),
        ("User-agent: GrandCompte\nDisallow: /\n\nUser-agent: *\nAllow: /", "/x", False),
        ("User-agent: grand\nDisallow: /\n\nUser-agent: *\nAllow: /", "/x", True),
        ("User-agent: grand\nAllow: /\n\nUser-agent: *\nDisallow: /", "/x", False),
        ("User-agent: grandcompte/0.1 (+x)\nDisallow: /\n\nUser-agent: *\nAllow: /", "/x", False),
        ("User-agent: otherbot\nDisallow: /", "/x", True),
        # two groups with our name are one; two names may share a group
        ("User-agent: grandcompte\nDisallow: /a\n\nUser-agent: grandcompte\nDisallow: /b", "/b", False),
        ("User-agent: grandcompte\nDisallow: /a\n\nUser-agent: grandcompte\nDisallow: /b", "/a", False),
        ("User-agent: otherbot\nUser-agent: grandcompte\nDisallow: /a", "/a", False),
        # the longest match wins, Allow when both are as long
        ("User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b/c", True),
        ("User-agent: *\nAllow: /a\nDisallow: /a/b", "/a/b/c", False),
        ("User-agent: *\nDisallow: /a\nAllow: /a", "/a", True),
        ("User-agent: *\nDisallow: /\nAllow: /$", "/", True),
        ("User-agent: *\nDisallow: /\nAllow: /$", "/x", False),
        ("User-agent: *\nDisallow: /*.pdf$", "/a/b.pdf", False),
        ("User-agent: *\nDisallow: /*.pdf$", "/a/b.pdf?x", True),
        ("User-agent: *\nDisallow: /*/private/", "/fr/private/x", False),
        ("User-agent: *\nDisallow: /a%3cd.html", "/a%3Cd.html", False),
        ("User-agent: *\nDisallow: /é", "/%C3%A9", False),
        # forms that real files have
        ("# all\nUser-agent: * # everybody\nDisallow: /a # not this\n", "/a", False),
        ("User-agent: *\r\nDisallow: /a\r\n", "/a", False),
        ("User-agent: *\rDisallow: /a\r", "/a", False),
        ("user-AGENT : *\n disallow : /a", "/a", False),
        ("Disallow: /a", "/a", True),
        ("Sitemap: https://site.example/s.xml\nUser-agent: *\nDisallow: /a", "/a", False),
        ("User-agent: *\n\0Disallow: /a", "/a", False),
    ],
)
@pytest.mark.parametrize("mark", ["", BOM], ids=["plain", "byte order mark"])
def test_what_a_file_allows(text, path, is_allowed, mark):
    assert (read_rules(200, (mark + text).encode()).why_not(SITE + path) is None) is is_allowed


@pytest.mark.parametrize(
    ("status", "is_allowed"),
    [(400, True), (401, True), (403, True), (404, True), (410, True), (429, False), (500, False), (503, False)],
)
def test_what_no_file_allows(status, is_allowed):
    rules = read_rules(status, b"User-agent: *\nDisallow: /")
    assert (rules.why_not(f"{SITE}/x") is None) is is_allowed


@pytest.mark.parametrize(
    "body",
    [
        b"<!DOCTYPE html><html><body>User-agent: *\nDisallow: /</body></html>",
        b"\xef\xbb\xbf\n <html>\nUser-agent: *\nDisallow: /\n</html>",
        b"\xff\xfe\x00",
        b"",
    ],
)
def test_a_page_in_its_place_is_no_file(body):
    assert read_rules(200, body).why_not(f"{SITE}/x") is None


def test_500_kib_are_read_and_half_a_rule_is_none():
    filling = b"User-agent: *\nDisallow: /a\n" + b"#" * (ROBOTS_LIMIT - 27 - 12) + b"\n"
    body = filling + b"Disallow: /b\nDisallow: /c\n"
    assert len(filling) == ROBOTS_LIMIT - 11
    rules = read_rules(200, body)
    assert rules.why_not(f"{SITE}/a") is not None
    assert rules.why_not(f"{SITE}/b") is None
    assert rules.why_not(f"{SITE}/x") is None  # `Disallow: /`, cut, would forbid the whole site


def test_a_crawl_delay_is_kept_up_to_half_a_minute():
    assert read_rules(200, b"User-agent: *\nCrawl-delay: 5\nDisallow: /a").delay == 5
    assert read_rules(200, b"User-agent: *\nCrawl-delay: 86400").delay == 30
    assert read_rules(200, b"User-agent: *\nCrawl-delay: -1").delay == 0
    assert read_rules(404, b"").delay == 0


@pytest.fixture
def web(client_for, internet):
    return client_for("", allow_private_addresses=False)


def asked(httpserver: HTTPServer) -> list[str]:
    return [request.path for request, _ in httpserver.log]


@pytest.mark.parametrize(
    ("status", "text"), [(200, "User-agent: *\nDisallow: /"), (200, BOM + "User-agent: *\nDisallow: /"), (503, "")]
)
def test_no_request_goes_to_a_disallowed_path(web, httpserver: HTTPServer, status, text):
    httpserver.expect_request("/robots.txt").respond_with_data(text.encode(), status)
    httpserver.expect_request("/x").respond_with_data("<html></html>")
    for _ in range(3):
        with pytest.raises(PageUnavailableError, match=r"robots\.txt") as refusal:
            web.get_page("http://site.example/x")
        assert refusal.value.kind == "robots"
    assert set(asked(httpserver)) == {"/robots.txt"}
    assert len(httpserver.log) == (4 if status == 503 else 1)


def test_each_hop_is_asked_of_its_own_site(web, httpserver: HTTPServer):
    httpserver.expect_request("/robots.txt", headers={"Host": "elsewhere.example"}).respond_with_data(
        "User-agent: *\nDisallow: /y"
    )
    httpserver.expect_request("/robots.txt").respond_with_data("", 404)
    httpserver.expect_request("/x").respond_with_data("", 302, headers={"Location": "http://elsewhere.example/y"})
    with pytest.raises(PageUnavailableError, match=r"elsewhere.example/y: its robots\.txt disallows it"):
        web.get_page("http://site.example/x")
    assert asked(httpserver) == ["/robots.txt", "/x", "/robots.txt"]


def test_an_unreachable_file_allows_nothing(web, internet, httpserver: HTTPServer):
    internet.addresses["dead.example"] = [["1.1.1.1"]]
    with pytest.raises(PageUnavailableError, match="nothing is allowed"):
        web.get_page("http://dead.example/x")
    assert httpserver.log == []
    assert len(internet.dialled) == 4


def test_the_file_is_cut_not_refused(web, httpserver: HTTPServer):
    body = b"User-agent: *\nDisallow: /a\n" + b"# filling\n" * 200_000
    httpserver.expect_request("/robots.txt").respond_with_data(body)
    httpserver.expect_request("/b").respond_with_data("<html></html>")
    assert web.get_page("http://site.example/b").status == 200
    with pytest.raises(PageUnavailableError, match="disallows it"):
        web.get_page("http://site.example/a")


@pytest.mark.parametrize("hops", [5, 6])
def test_the_file_may_have_moved_five_times(web, httpserver: HTTPServer, hops):
    for hop in range(hops):
        here = f"/r{hop}" if hop else "/robots.txt"
        httpserver.expect_request(here).respond_with_data("", 301, headers={"Location": f"/r{hop + 1}"})
    httpserver.expect_request(f"/r{hops}").respond_with_data("User-agent: *\nDisallow: /a")
    httpserver.expect_request("/x").respond_with_data("<html></html>")
    if hops == 5:
        assert web.get_page("http://site.example/x").status == 200
    else:
        with pytest.raises(PageUnavailableError, match="nothing is allowed"):
            web.get_page("http://site.example/x")


def test_the_file_is_asked_for_again_after_a_day(web, httpserver: HTTPServer, fake_time):
    texts = ["", "User-agent: *\nDisallow: /x"]

    def answer(_: Request) -> Response:
        return Response(texts.pop(0))

    httpserver.expect_request("/robots.txt").respond_with_handler(answer)
    httpserver.expect_request("/x").respond_with_data("<html></html>")
    web.get_page("http://site.example/x")
    fake_time.seconds += 24 * 3600 - 60
    web.get_page("http://site.example/x")
    fake_time.seconds += 61
    with pytest.raises(PageUnavailableError, match="disallows it"):
        web.get_page("http://site.example/x")
    assert asked(httpserver).count("/robots.txt") == 2


def test_the_identity_of_every_request_is_ours(web, httpserver: HTTPServer):
    httpserver.expect_request("/robots.txt").respond_with_data("", 404)
    httpserver.expect_request("/x").respond_with_data("<html></html>")
    web.get_page("http://site.example/x")
    assert {request.headers["User-Agent"] for request, _ in httpserver.log} == {
        "grandcompte/test (+https://grandcompte.example)"
    }
