"""Pages of the open web: hops, caps, conditions, robots.txt, the deny list; 0 requests where none is allowed."""

from itertools import pairwise

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from connectors.archive import Archive
from connectors.contract import PageUnavailableError
from connectors.polite import PAGE_LIMIT

PAGE = b"<html><body>Maison Exemple</body></html>"


@pytest.fixture
def web(client_for, internet):
    """A client that knows no base address and may see public addresses only."""
    return client_for("", allow_private_addresses=False)


def allow_all(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/robots.txt").respond_with_data("", 404)


def paths(httpserver: HTTPServer) -> list[str]:
    return [request.path for request, _ in httpserver.log]


def test_a_page_is_archived_under_the_address_that_was_asked_for(client_for, internet, httpserver, tmp_path):
    allow_all(httpserver)
    httpserver.expect_request("/").respond_with_data("", 301, headers={"Location": "/fr/"})
    httpserver.expect_request("/fr/").respond_with_data(PAGE, content_type="text/html", headers={"ETag": '"a1"'})
    archive = Archive(str(tmp_path))
    client = client_for("", allow_private_addresses=False, archive=archive)
    payload = client.get_page("http://site.example/#top")
    assert (payload.key, payload.url) == ("http://site.example/", "http://site.example/fr/")
    assert (payload.status, payload.body, payload.headers["etag"]) == (200, PAGE, '"a1"')
    assert archive.load(archive.entries("gleif")[0]) == payload
    assert client.requests_made == len(httpserver.log) == 3


def test_a_page_that_did_not_change_is_not_sent_again(web, httpserver: HTTPServer):
    allow_all(httpserver)
    httpserver.expect_request("/x", headers={"If-None-Match": '"a1"'}).respond_with_data("", 304)
    httpserver.expect_request("/x").respond_with_data(PAGE, headers={"ETag": '"a1"'})
    first = web.get_page("http://site.example/x")
    again = web.get_page("http://site.example/x", known=first.headers)
    assert (first.status, again.status, again.body) == (200, 304, b"")


def test_what_one_site_called_its_answer_is_not_told_to_another(web, httpserver: HTTPServer):
    allow_all(httpserver)
    httpserver.expect_request("/x").respond_with_data("", 302, headers={"Location": "http://elsewhere.example/y"})
    httpserver.expect_request("/y").respond_with_data(PAGE)
    web.get_page("http://site.example/x", known={"etag": '"a1"', "last-modified": "yesterday"})
    seen = {request.path: dict(request.headers) for request, _ in httpserver.log}
    assert seen["/x"]["If-None-Match"] == '"a1"'
    assert "If-None-Match" not in seen["/y"]
    assert "If-None-Match" not in seen["/robots.txt"]


@pytest.mark.parametrize("status", [404, 410])
def test_a_page_that_is_gone_is_an_answer(web, httpserver: HTTPServer, status):
    allow_all(httpserver)
    httpserver.expect_request("/x").respond_with_data(PAGE, status)
    assert web.get_page("http://site.example/x").status == status


@pytest.mark.parametrize("status", [401, 402, 403, 451])
def test_a_page_behind_a_wall_is_refused_with_its_status(web, httpserver: HTTPServer, status):
    allow_all(httpserver)
    httpserver.expect_request("/x").respond_with_data(PAGE, status)
    with pytest.raises(PageUnavailableError, match=f"answers {status}") as refusal:
        web.get_page("http://site.example/x")
    assert refusal.value.kind == "status"


@pytest.mark.parametrize("hops", [5, 6])
def test_five_hops_are_followed_and_no_more(web, httpserver: HTTPServer, hops):
    allow_all(httpserver)
    for hop in range(hops):
        httpserver.expect_request(f"/{hop}").respond_with_data("", 302, headers={"Location": f"/{hop + 1}"})
    httpserver.expect_request(f"/{hops}").respond_with_data(PAGE)
    if hops == 5:
        assert web.get_page("http://site.example/0").url == "http://site.example/5"
    else:
        with pytest.raises(PageUnavailableError, match="redirects more than 5 times") as refusal:
            web.get_page("http://site.example/0")
        assert refusal.value.kind == "redirect"
    assert len(httpserver.log) == 7  # robots.txt, the page and five hops


@pytest.mark.parametrize("loop", [{"/again": "/again"}, {"/a": "/b", "/b": "/a"}])
def test_a_loop_ends(web, httpserver: HTTPServer, loop):
    allow_all(httpserver)
    for here, there in loop.items():
        httpserver.expect_request(here).respond_with_data("", 302, headers={"Location": there})
    with pytest.raises(PageUnavailableError, match="redirects more than 5 times"):
        web.get_page(f"http://site.example{next(iter(loop))}")
    assert len(httpserver.log) <= 7


@pytest.mark.parametrize("location", ["http://[", "http://a b/", "//", "http:///x", "https://user:word@site.example/"])
def test_a_redirect_to_nonsense_is_one_refused_page(web, httpserver: HTTPServer, location):
    allow_all(httpserver)
    httpserver.expect_request("/x").respond_with_data("", 302, headers={"Location": location})
    with pytest.raises(PageUnavailableError) as refusal:
        web.get_page("http://site.example/x")
    assert "word" not in str(refusal.value)


def test_a_page_may_have_two_megabytes(web, httpserver: HTTPServer):
    allow_all(httpserver)
    httpserver.expect_request("/most").respond_with_data(b"x" * PAGE_LIMIT)
    httpserver.expect_request("/more").respond_with_data(b"x" * (PAGE_LIMIT + 1))
    assert len(web.get_page("http://site.example/most").body) == 2_000_000
    with pytest.raises(PageUnavailableError, match="larger than 2000000 bytes by its own word"):
        web.get_page("http://site.example/more")


def test_pages_of_one_host_are_a_second_apart_and_others_do_not_wait(web, internet, httpserver, fake_time):
    starts: list[tuple[str, float]] = []

    def answer(request: Request) -> Response:
        starts.append((request.headers["Host"], fake_time.seconds))
        return Response(PAGE, 404 if request.path == "/robots.txt" else 200)

    httpserver.expect_request("/robots.txt").respond_with_handler(answer)
    httpserver.expect_request("/x").respond_with_handler(answer)
    for _ in range(3):
        web.get_page("http://site.example/x")
        web.get_page("http://elsewhere.example/x")
    for host in ("site.example", "elsewhere.example"):
        times = [at for name, at in starts if name == host]
        assert all(later - earlier >= 1.0 for earlier, later in pairwise(times))
        assert times[-1] - times[0] == pytest.approx(3.0)


def test_one_host_that_fails_does_not_slow_another(web, httpserver: HTTPServer, fake_time):
    httpserver.expect_request("/robots.txt", headers={"Host": "site.example"}).respond_with_data(
        "", 429, headers={"Retry-After": "3000"}
    )
    allow_all(httpserver)
    httpserver.expect_request("/x").respond_with_data(PAGE)
    with pytest.raises(PageUnavailableError):
        web.get_page("http://site.example/x")
    before = fake_time.seconds
    assert web.get_page("http://elsewhere.example/x").body == PAGE
    assert fake_time.seconds - before <= 1.0


@pytest.mark.parametrize(
    "url",
    [
        "https://www.linkedin.com/company/exemple",
        "https://FR.LinkedIn.com./in/personne",
        "https://lnkd.in/abc",
        "https://www.facebook.com/exemple",
        "https://x.com/exemple",
        "https://app.kaspr.io/",
        "https://accounts.google.com/o",
        "https://login.site.example/",
        "http://site.example/fr/login",
        "http://site.example/wp-login.php?redirect=1",
        "http://site.example/espace/connexion",
        "http://site.example/%6Cogin/",
    ],
)
def test_the_deny_list_is_asked_before_anything_else(web, internet, httpserver: HTTPServer, url):
    with pytest.raises(PageUnavailableError, match=r"deny list|log-in") as refusal:
        web.get_page(url)
    assert refusal.value.kind == "denied"
    assert internet.dialled == internet.looked_up == httpserver.log == []


@pytest.mark.parametrize("url", ["http://relax.com/", "http://site.example/blogin", "http://site.example/connexions"])
def test_the_deny_list_takes_whole_words(web, internet, httpserver: HTTPServer, url):
    allow_all(httpserver)
    internet.addresses["relax.com"] = [["93.184.216.34"]]
    httpserver.expect_request("/").respond_with_data(PAGE)
    httpserver.expect_request("/blogin").respond_with_data(PAGE)
    httpserver.expect_request("/connexions").respond_with_data(PAGE)
    assert web.get_page(url).body == PAGE


@pytest.mark.parametrize(
    "target", ["https://www.linkedin.com/company/x", "http://site.example/login?next=/x", "http://sso.site.example/"]
)
def test_a_redirect_to_the_deny_list_is_not_followed(web, internet, httpserver: HTTPServer, target):
    allow_all(httpserver)
    httpserver.expect_request("/x").respond_with_data("", 302, headers={"Location": target})
    with pytest.raises(PageUnavailableError, match=r"deny list|log-in") as refusal:
        web.get_page("http://site.example/x")
    assert refusal.value.kind == "denied"
    assert paths(httpserver) == ["/robots.txt", "/x"]
    assert not {"www.linkedin.com", "sso.site.example"} & set(internet.looked_up)
    assert set(internet.dialled) == {"93.184.216.34"}


def test_an_address_cannot_forge_a_line_of_the_log(web, httpserver: HTTPServer):
    for url in (
        "http://site.example/a\nERROR forged",
        "http://site.example/%0a\x1b[31mred",
        "http://site.example/\u202e",
    ):
        with pytest.raises(PageUnavailableError) as refusal:
            web.get_page(url)
        assert str(refusal.value).isprintable()
        assert len(str(refusal.value)) <= 1000
