"""The only HTTP client: it keeps to each host's pace, waits when told to, and believes no answer that is not whole."""

import socket
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self
from urllib.parse import quote, urlencode

import httpx

from connectors.addresses import AddressRefusedError
from connectors.archive import Archive, ArchiveDamagedError, ArchiveEntry
from connectors.contract import PageUnavailableError, SourceUnavailableError
from connectors.deadline import Deadline, DeadlineExceededError, Watchdog
from connectors.decoding import ACCEPT_ENCODING, TruncatedError, UndecodableError, decode
from connectors.denied import why_denied, why_denied_host
from connectors.hosts import Host, Hosts
from connectors.pace import LONGEST_RETRY_AFTER, full_jitter, read_retry_after
from connectors.questions import ADVICE, CORRECT_ADDRESS, LATER, Answer, Question
from connectors.redaction import OPEN_HEADERS, Secrets
from connectors.robots import ROBOTS_LIMIT, RobotsCache, Rules, read_rules
from connectors.transport import GuardedTransport
from connectors.wholeness import refuse_declared_size, refuse_open_end, refuse_wrong_length
from schemas.provenance import Payload

RETRY_STATUS = frozenset({429, 500, 502, 503, 504})
REDIRECT_STATUS = frozenset({301, 302, 303, 307, 308})
# RELIABILITY T4, T6, T23: pages of the open web.
PAGE_LIMIT = 2_000_000
MOST_HOPS = 5
FILE_SECONDS = 1800.0  # a file of some hundred MB over a slow line
PAGES_PER_SECOND = 1.0
KNOWN_FOR = timedelta(days=14)  # a page that was not seen for so long is asked for whole
NOT_THERE = frozenset({304, 404, 410})
# A site that has no robots.txt says so in many ways; 429 is not one of them.
NO_ROBOTS = frozenset(range(400, 500)) - {429}


class _TryAgainError(Exception):
    """One attempt failed in a way that may pass; carries what the source asked to wait (seconds) and the status."""

    def __init__(self, reason: str, retry_after: float | None = None, status: int | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after
        self.status = status


class PoliteClient:
    """Asks one source, or the pages of the open web, from one task; not to be shared between threads.

    Args:
        source: name of the connector. base_url: the source's base address, from its terms or the settings.
        requests_per_second: the budget for the source's host; other hosts get one request a second.
        headers: sent with every request to the source's own origin and to no other, keys included; a key never goes
            into the parameters.
        clock: the UTC instant now. monotonic, sleep, rng: seconds, waiting, a number in [0, 1).
        archive: where every good answer (2xx) is kept before it is handed out, or None.
        total_deadline: seconds for one attempt as a whole. max_decoded_bytes: largest body of `get`, decoded.
        max_attempts: requests for one question. allow_private_addresses: let a test server or mirror stand in.
        hosts: what the clients of one run know of the hosts; None for a client of its own.
        key: what the settings hold for this source (`GRANDCOMPTE_<SOURCE>_KEY`), in the source's own form.

    Attributes:
        notes: what a connector has to tell people of what it could not read, in words.
        cursor: where a connector would go on if it were stopped now; set it once a page has been handed out and read.
    """

    def __init__(
        self,
        source: str,
        base_url: str,
        *,
        requests_per_second: float,
        headers: Mapping[str, str] | None = None,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
        sleep: Callable[[float], None],
        rng: Callable[[], float],
        archive: Archive | None,
        user_agent: str,
        total_deadline: float = 30.0,
        max_decoded_bytes: int = 20 * 2**20,
        max_attempts: int = 4,
        allow_private_addresses: bool = False,
        hosts: Hosts | None = None,
        key: str | None = None,
    ) -> None:
        self.source = source
        self.key = key
        self._base_url = base_url.rstrip("/")
        self._base = _read_url(self._base_url)
        self._headers = dict(headers or {})
        self._requests_per_second = requests_per_second
        self._clock = clock
        self._monotonic = monotonic
        self._sleep = sleep
        self._rng = rng
        self._archive = archive
        self._total_deadline = total_deadline
        self._max_decoded_bytes = max_decoded_bytes
        self._max_attempts = max_attempts
        self._secrets = Secrets(self._headers, key)
        self._hosts = hosts or Hosts(monotonic, sleep)
        self._robots = RobotsCache(self._fetch_rules, monotonic)
        self._newest: dict[str, ArchiveEntry] | None = None
        self.notes: list[str] = []
        self.cursor: dict[str, str] = {}
        self._watchdog = Watchdog()
        self._transport = GuardedTransport(
            allow_private_addresses=allow_private_addresses,
            monotonic=monotonic,
            timeout=httpx.Timeout(total_deadline, connect=min(10.0, total_deadline)),
        )
        self._common_headers = {"user-agent": user_agent, "accept": "*/*", "accept-encoding": ACCEPT_ENCODING}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._watchdog.close()
        self._transport.close()

    @property
    def base_url(self) -> str:
        """The source's base address, or that of the mirror which the settings name."""
        return self._base_url

    @property
    def requests_made(self) -> int:
        """How many requests went out, retries and robots.txt included."""
        return self._transport.requests_made

    def authorise(self, headers: Mapping[str, str]) -> None:
        """Send these headers to the source's own origin from now on; their values are secrets."""
        self._headers |= headers
        self._secrets = Secrets(self._headers, self.key)

    def pause(self, seconds: float) -> None:
        """Wait, beyond the pace of the host, because the source has trouble."""
        self._sleep(seconds)

    def post(self, path: str, document: bytes) -> Payload:
        """Log in: send a JSON document. Neither it nor the answer is archived.

        Raises:
            SourceUnavailableError: as `get`.
        """
        path = path.lstrip("/")
        self._check_question(path)
        url = f"{self._base_url}/{path}"
        headers = {**self._headers, "content-type": "application/json"}
        question = Question(self.source, httpx.URL(url), headers, self._max_decoded_bytes, document=document)
        answer = self._ask_until_answered(question)
        fetched_at = self._clock().astimezone(UTC)
        return Payload(self.source, path, answer.body, fetched_at, url=url, status=answer.status)

    def get(
        self,
        path: str,
        params: Mapping[str, str | int | Sequence[str]] | None = None,
        judged: frozenset[int] = frozenset(),
        sister: str = "",
    ) -> Payload:
        """Ask the source one question; the answer is in the archive when this returns.

        Args:
            path: below the base address.
            params: what is asked; a sequence repeats its parameter.
            judged: statuses that the connector judges itself, the first time they come (429 and 500 are tried again
                where they are not among them).
            sister: another base address of the source on its own domain; not used where a mirror or test server
                stands for the source. No key goes there.

        Returns:
            The answer: status 2xx, or 404 or one of `judged` (which are not archived), for the connector to judge.

        Raises:
            SourceUnavailableError: the source refuses, redirects, stays out of order, asks to wait too long, or its
                answer is cut, too large, or damaged.
            OSError, ArchiveDamagedError: the archive cannot keep the answer; that is no fault of the source.
        """
        path = path.lstrip("/")
        query = urlencode(sorted((params or {}).items()), doseq=True, quote_via=quote, safe="[],:/")
        key = f"{path}?{query}" if query else path
        self._check_question(path)
        is_away = bool(sister) and _domain_of(_read_url(sister)) == _domain_of(self._base)
        url = f"{sister if is_away else self._base_url}/{key}"
        question = Question(
            self.source, httpx.URL(url), {} if is_away else self._headers, self._max_decoded_bytes,
            handed_back=judged | {404},
        )  # fmt: skip
        return self._keep(self._ask_until_answered(question), key, url)

    def get_file(self, url: str, key: str, limit: int, reduce: Callable[[bytes], bytes] | None = None) -> Payload:
        """Read one large file of the source, whole; the connector vouches for its address, which an answer named.

        Args:
            url: http or https; keys go along only to the source's own origin.
            key: what the file is in the source's terms.
            limit: bytes of the largest file.
            reduce: what of its bytes is kept, where a file tells of more people and days than are read.

        Raises:
            SourceUnavailableError, OSError, ArchiveDamagedError: as `get`.
        """
        address = _read_url(url)
        if reason := why_denied(url):
            raise SourceUnavailableError(f"{self.source}: {address.host}: {reason}.")
        headers = self._page_question(address, limit, frozenset()).headers
        question = Question(self.source, address, headers, limit, handed_back=frozenset(), seconds=FILE_SECONDS)
        answer = self._ask_until_answered(question)
        return self._keep(replace(answer, body=reduce(answer.body)) if reduce else answer, key, url)

    def get_page(self, url: str, known: Mapping[str, str] | None = None) -> Payload:
        """Read one page of the open web, wherever it has moved to; it is in the archive when this returns.

        Every hop is checked like the first: the deny list, the address, robots.txt, the pace of its host.

        Args:
            url: http or https.
            known: headers of the answer that we have already; the site may then say that nothing changed (304).

        Returns:
            The page, `key` being the address asked for and `url` the one that answered: status 2xx, or 304, 404 or
            410, which are not archived.

        Raises:
            PageUnavailableError: the page may not be read, or cannot; `kind` says in which way.
            OSError, ArchiveDamagedError: the archive cannot keep the page.
        """
        hop = _read_url(url.strip()).copy_with(fragment=None)
        key, conditions = str(hop), _conditions(known or {})
        for _ in range(MOST_HOPS + 1):
            question = self._page_question(hop, PAGE_LIMIT, NOT_THERE, conditions)
            self._check_page(question)
            answer = self._ask_until_answered(question)
            if not answer.location:
                return self._keep(answer, key, str(hop))
            target = self._follow(question, answer.location)
            if not _is_same_origin(target, hop):
                conditions = {}  # what one site's answer was called is nobody else's business
            hop = target
        raise question.unavailable(f"it redirects more than {MOST_HOPS} times", kind="redirect")

    def revisit_page(self, url: str) -> Payload:
        """Read a page again only if it changed: what the archive holds of it makes the question conditional.

        Returns:
            As `get_page`; where the site says that nothing changed (304), the answer that we have, fetched now, and
            archived under this instant as well (its body is stored once).

        Raises:
            PageUnavailableError, OSError, ArchiveDamagedError: as `get_page`.
        """
        known = self._newest_answer(str(_read_url(url.strip()).copy_with(fragment=None)))
        answer = self.get_page(url, known.headers if known else None)
        if answer.status != 304 or known is None or self._archive is None:
            return answer
        verified = replace(known, fetched_at=answer.fetched_at, url=answer.url)
        self._archive.put(verified)
        return verified

    def site_maps(self, url: str) -> tuple[str, ...]:
        """The site maps that the robots.txt of a page's site names."""
        return self._robots.rules_of(_origin(_read_url(url))).site_maps

    def _newest_answer(self, key: str) -> Payload | None:
        """The newest archived answer to this question, or None; the archive is looked through once a client."""
        if self._archive is None:
            return None
        if self._newest is None:
            lately = self._archive.find(self.source, since=self._clock() - KNOWN_FOR)
            self._newest = {entry.key: entry for entry in lately if entry.status == 200}
        entry = self._newest.get(key)
        try:
            return self._archive.load(entry) if entry is not None else None
        except ArchiveDamagedError:
            return None  # asked without conditions, the site sends it again

    def _check_question(self, path: str) -> None:
        if self._base.scheme not in ("http", "https") or not self._base.host or self._base.userinfo:
            reason = "the base address must be http:// or https:// with a host and no password"
            raise SourceUnavailableError(f"{self.source}: {self._base.host}/{path}: {reason}. {CORRECT_ADDRESS}")
        if "?" in path or "#" in path:
            raise SourceUnavailableError(
                f"{self.source}: {self._base.host}: the path holds ? or #. Give parameters in params, quote the path."
            )
        if denial := why_denied_host(self._base.host):
            raise SourceUnavailableError(f"{self.source}: {self._base.host}: {denial}. {CORRECT_ADDRESS}")

    def _page_question(
        self, url: httpx.URL, limit: int, handed_back: frozenset[int], more: Mapping[str, str] | None = None
    ) -> Question:
        """Keys go to the source's own origin; everybody else sees only the headers that are no secret."""
        is_ours = bool(self._base.host) and _is_same_origin(url, self._base)
        headers = {name: value for name, value in self._headers.items() if is_ours or name.lower() in OPEN_HEADERS}
        return Question(
            self.source, url, {**headers, **(more or {})}, limit, is_page=True, handed_back=handed_back,
            may_cut=limit == ROBOTS_LIMIT,
        )  # fmt: skip

    def _check_page(self, question: Question) -> None:
        url = question.url
        if url.scheme not in ("http", "https") or not url.host or url.userinfo:
            raise question.unavailable("a page's address must be http:// or https:// with a host", kind="address")
        if reason := why_denied(str(url)):
            raise question.unavailable(reason, kind="denied")
        rules = self._robots.rules_of(_origin(url))
        if reason := rules.why_not(str(url)):
            raise question.unavailable(reason, kind="robots")
        self._host(url).pace.slow_down(rules.delay)

    def _fetch_rules(self, origin: str) -> Rules:
        """Ask a site for its robots.txt; what cannot be read allows nothing."""
        hop = httpx.URL(f"{origin}/robots.txt")
        try:
            for _ in range(MOST_HOPS + 1):
                question = self._page_question(hop, ROBOTS_LIMIT, NO_ROBOTS)
                if reason := why_denied_host(hop.host):
                    raise question.unavailable(reason, kind="denied")
                answer = self._ask_until_answered(question)
                if not answer.location:
                    return read_rules(answer.status, answer.body)
                hop = self._follow(question, answer.location)
            raise question.unavailable(f"it redirects more than {MOST_HOPS} times", kind="redirect")
        except PageUnavailableError as error:
            return Rules(reason=f"its robots.txt cannot be read, so nothing is allowed ({error})")

    def _follow(self, question: Question, location: str) -> httpx.URL:
        """Where a redirect leads; from http to https it may, to any other scheme it may not."""
        try:
            target = question.url.join(location).copy_with(fragment=None)
        except (httpx.InvalidURL, ValueError) as error:
            raise question.unavailable("it redirects to no address", kind="redirect") from error
        if target.scheme != question.url.scheme and (question.url.scheme, target.scheme) != ("http", "https"):
            reason = f"it redirects from {question.url.scheme} to {target.scheme}, which is not followed"
            raise question.unavailable(reason, kind="redirect")
        return target

    def _host(self, url: httpx.URL) -> Host:
        is_ours = url.host == self._base.host
        return self._hosts.of(url, self._requests_per_second if is_ours else PAGES_PER_SECOND)

    def _ask_until_answered(self, question: Question) -> Answer:
        host = self._host(question.url)
        trouble: _TryAgainError | None = None
        for attempt in range(1, self._max_attempts + 1):
            if reason := host.circuit.why_not_now():
                raise question.unavailable(f"{trouble}; {reason}" if trouble else reason, LATER, "too_busy")
            host.pace.wait_for_turn()
            try:
                answer = self._ask_once(question)
            except _TryAgainError as error:
                trouble = error
                host.circuit.failed()
            else:
                host.circuit.succeeded()
                return answer
            wait = trouble.retry_after
            if wait is not None and (wait > LONGEST_RETRY_AFTER or attempt == self._max_attempts):
                host.circuit.deferred(wait)
            if wait is not None and wait > LONGEST_RETRY_AFTER:
                reason = f"{trouble} and asks to wait {wait:.0f} s: deferred"
                raise question.unavailable(reason, LATER, "too_busy") from trouble
            if attempt < self._max_attempts and host.circuit.why_not_now() is None:
                self._sleep(max(wait or 0.0, full_jitter(attempt, self._rng)))
        if trouble is None:
            raise ValueError(f"max_attempts must be 1 or more, is {self._max_attempts}")
        reason = f"{trouble} (attempt {attempt} of {attempt})"
        raise question.unavailable(reason, ADVICE.get(trouble.status or 0, LATER)) from trouble

    def _ask_once(self, question: Question) -> Answer:
        self._transport.begin()
        seconds = max(question.seconds, self._total_deadline) if question.seconds else self._total_deadline
        with Deadline(seconds, self._monotonic, self._watchdog, self._transport.shut) as deadline:
            try:
                return self._read_answer(question, deadline)
            except AddressRefusedError as error:
                raise question.unavailable(str(error), kind="address") from error
            except (httpx.TransportError, TruncatedError) as error:
                try:
                    deadline.check()
                except DeadlineExceededError as late:
                    raise _TryAgainError(f"the answer {late}") from error
                raise _TryAgainError(_name_trouble(error)) from error
            except DeadlineExceededError as error:
                raise _TryAgainError(f"the answer {error}") from error
            except UndecodableError as error:
                raise question.unavailable(f"the answer {error}", LATER) from error
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise question.unavailable(f"the request failed: {error}", "Check its base address.") from error

    def _read_answer(self, question: Question, deadline: Deadline) -> Answer:
        headers_out = self._common_headers | {name.lower(): value for name, value in question.headers.items()}
        with closing(self._transport.get(question.url, headers_out, question.document)) as answer:
            status, headers = answer.status_code, answer.headers
            if status in RETRY_STATUS - question.handed_back:
                wait = read_retry_after(headers.get("retry-after"), self._clock())
                raise _TryAgainError(f"the source answers {status}", wait, status)
            if question.is_page and status in REDIRECT_STATUS and headers.get("location"):
                return Answer(status, {}, b"", headers["location"])
            if 300 <= status < 400 and status not in question.handed_back:
                raise question.unavailable(_name_redirect(answer), CORRECT_ADDRESS, "redirect")
            if not question.may_cut:
                refuse_declared_size(headers, question.limit)
            body = decode(
                deadline.over(answer.iter_raw()),
                headers.get("content-encoding", ""),
                question.limit,
                may_cut=question.may_cut,
            )
            is_cut_by_us = question.may_cut and len(body) > question.limit
            if status not in (204, 304) and not is_cut_by_us:
                refuse_wrong_length(headers, answer.num_bytes_downloaded)
                refuse_open_end(headers, body)
            if status not in question.handed_back and not 200 <= status < 300:
                raise self._refused(question, status, body)
            return Answer(status, headers, body)

    def _refused(self, question: Question, status: int, body: bytes) -> Exception:
        reason = f"the source answers {status}"
        if status in (400, 422):  # what it dislikes about the question; other answers may quote what is secret
            reason += f", saying {self._secrets.excerpt(body)!r}"
        return question.unavailable(reason, ADVICE.get(status, LATER), "status")

    def _keep(self, answer: Answer, key: str, url: str) -> Payload:
        payload = Payload(
            source=self.source,
            key=key,
            body=answer.body,
            fetched_at=self._clock().astimezone(UTC),
            url=url,
            status=answer.status,
            headers=self._secrets.open_headers(answer.headers),
        )
        if self._archive is not None and 200 <= payload.status < 300:
            self._archive.put(payload)
        return payload


def _read_url(text: str) -> httpx.URL:
    try:
        return httpx.URL(text)
    except (httpx.InvalidURL, ValueError):
        return httpx.URL("")


def _origin(url: httpx.URL) -> str:
    return f"{url.scheme}://{url.netloc.decode('ascii')}"


def _domain_of(url: httpx.URL) -> str:
    """The last two labels of a host."""
    return ".".join(url.host.split(".")[-2:])


def _is_same_origin(left: httpx.URL, right: httpx.URL) -> bool:
    return (left.scheme, left.netloc) == (right.scheme, right.netloc)


def _conditions(known: Mapping[str, str]) -> dict[str, str]:
    """The headers that ask for a page only if it is no longer the one that was answered with these headers."""
    found = {"If-None-Match": known.get("etag", ""), "If-Modified-Since": known.get("last-modified", "")}
    return {name: value for name, value in found.items() if value and value.isascii() and value.isprintable()}


def _name_redirect(answer: httpx.Response) -> str:
    target = _read_url(answer.headers.get("location", "") or "/")
    place = target.host or "another path"
    return f"the source answers {answer.status_code} and sends us to {place}; an interface's redirects are not followed"


def _name_trouble(error: Exception) -> str:
    if isinstance(error, TruncatedError):
        return f"the answer {error}"
    if isinstance(error, httpx.ConnectError):
        cause: BaseException | None = error
        while cause is not None and not isinstance(cause, socket.gaierror):
            cause = cause.__cause__ or cause.__context__
        return "the host's name is not known" if cause is not None else f"no connection ({error})"
    if isinstance(error, httpx.TimeoutException):
        return f"no answer in time ({type(error).__name__})"
    return f"the connection broke ({error})"
