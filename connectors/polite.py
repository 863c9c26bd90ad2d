"""The only HTTP client: it keeps to the source's pace, waits when told to, and believes no answer that is not whole."""

import socket
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Self
from urllib.parse import quote, urlencode

import httpx

from connectors.addresses import find_addresses, is_public
from connectors.archive import Archive
from connectors.contract import SourceUnavailableError
from connectors.deadline import Deadline, DeadlineExceededError, Wire
from connectors.decoding import ACCEPT_ENCODING, TruncatedError, UndecodableError, decode
from connectors.pace import LONGEST_RETRY_AFTER, Pace, full_jitter, read_retry_after
from connectors.redaction import Secrets
from schemas.provenance import Payload

RETRY_STATUS = frozenset({429, 500, 502, 503, 504})
MOST_CONNECTIONS = 20

ADVICE = {
    400: "The source does not accept the question: compare the connector's parameters with its documentation.",
    401: "Check the key of this source in the settings.",
    403: "Check the key of this source in the settings, and whether the source blocks this address.",
    429: "The source wants fewer requests: run again later, or lower its requests_per_second.",
}
LATER = "Known values stay; run again later."


class _TryAgainError(Exception):
    """One attempt failed in a way that may pass; carries what the source asked to wait (seconds) and the status."""

    def __init__(self, reason: str, retry_after: float | None = None, status: int | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after
        self.status = status


class PoliteClient:
    """Asks one source, from one task; not to be shared between threads.

    Attributes:
        requests_made: how many requests went out, retries included.

    Args:
        source: name of the connector. base_url: the source's base address, from its terms or the settings.
        requests_per_second: the budget for this host.
        headers: sent with every request, keys included; a key never goes into the parameters.
        clock: the UTC instant now. monotonic, sleep, rng: seconds, waiting, a number in [0, 1).
        archive: where every good answer (2xx) is kept before it is handed out, or None.
        total_deadline: seconds for one attempt as a whole. max_decoded_bytes: largest body, decoded.
        max_attempts: requests for one question. allow_private_addresses: let a test server or mirror stand in.
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
    ) -> None:
        self.source = source
        self.requests_made = 0
        self._base_url = base_url.rstrip("/")
        self._clock = clock
        self._monotonic = monotonic
        self._sleep = sleep
        self._rng = rng
        self._archive = archive
        self._total_deadline = total_deadline
        self._max_decoded_bytes = max_decoded_bytes
        self._max_attempts = max_attempts
        self._allow_private_addresses = allow_private_addresses
        self._is_checked = False
        self._secrets = Secrets(headers or {})
        self._pace = Pace(requests_per_second, monotonic, sleep)
        self._wire = Wire(self._refuse_private_peer)
        self._http = httpx.Client(
            headers={**(headers or {}), "User-Agent": user_agent, "Accept-Encoding": ACCEPT_ENCODING},
            timeout=httpx.Timeout(total_deadline, connect=min(10.0, total_deadline)),
            limits=httpx.Limits(max_connections=MOST_CONNECTIONS, max_keepalive_connections=MOST_CONNECTIONS),
            # a key header would travel to the other host (RELIABILITY section 0, item 2)
            follow_redirects=False,
            # settings are read in flows: no proxy, no .netrc password out of the environment
            trust_env=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def get(self, path: str, params: Mapping[str, str | int] | None = None) -> Payload:
        """Ask one question; the answer is in the archive when this returns.

        Returns:
            The answer: status 2xx, or 404 (which is not archived), for the connector to judge.

        Raises:
            SourceUnavailableError: the source refuses, redirects, stays out of order, asks to wait too long, or its
                answer is cut, too large, or damaged.
            OSError, ArchiveDamagedError: the archive cannot keep the answer; that is no fault of the source.
        """
        path = path.lstrip("/")
        query = urlencode(sorted((params or {}).items()), quote_via=quote, safe="[],:/")
        key = f"{path}?{query}" if query else path
        if "?" in path or "#" in path:
            raise self._unavailable(path, "the path holds ? or #", "Give parameters in params and quote the path.")
        self._check_base_address(path)
        payload = self._ask_until_answered(path, key)
        if self._archive is not None and payload.status != 404:
            self._archive.put(payload)
        return payload

    def _ask_until_answered(self, path: str, key: str) -> Payload:
        for attempt in range(1, self._max_attempts + 1):
            try:
                return self._ask_once(path, key)
            except _TryAgainError as trouble:
                if trouble.retry_after is not None and trouble.retry_after > LONGEST_RETRY_AFTER:
                    reason = f"{trouble} and asks to wait {trouble.retry_after:.0f} s: deferred"
                    raise self._unavailable(path, reason, LATER) from trouble
                if attempt == self._max_attempts:
                    advice = ADVICE.get(trouble.status or 0, LATER)
                    raise self._unavailable(path, f"{trouble} (attempt {attempt} of {attempt})", advice) from trouble
                self._sleep(max(trouble.retry_after or 0.0, full_jitter(attempt, self._rng)))
        raise ValueError(f"max_attempts must be 1 or more, is {self._max_attempts}")

    def _ask_once(self, path: str, key: str) -> Payload:
        self._pace.wait_for_turn()
        self.requests_made += 1
        with Deadline(self._total_deadline, self._monotonic, self._wire) as deadline:
            try:
                return self._read_answer(path, key, deadline)
            except (httpx.TransportError, TruncatedError) as error:
                try:
                    deadline.check()
                except DeadlineExceededError as late:
                    raise _TryAgainError(f"the answer {late}") from error
                raise _TryAgainError(_name_trouble(error)) from error
            except DeadlineExceededError as error:
                raise _TryAgainError(f"the answer {error}") from error
            except UndecodableError as error:
                raise self._unavailable(path, f"the answer {error}", LATER) from error
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise self._unavailable(path, f"the request failed: {error}", "Check its base address.") from error

    def _read_answer(self, path: str, key: str, deadline: Deadline) -> Payload:
        url = f"{self._base_url}/{key}"
        with self._http.stream("GET", url, extensions={"trace": self._wire.trace}) as answer:
            self._http.cookies.clear()
            if answer.status_code in RETRY_STATUS:
                wait = read_retry_after(answer.headers.get("retry-after"), self._clock())
                raise _TryAgainError(f"the source answers {answer.status_code}", wait, answer.status_code)
            if 300 <= answer.status_code < 400:
                raise self._unavailable(path, _name_redirect(answer), "Correct its base address in the settings.")
            body = decode(
                deadline.over(answer.iter_raw()), answer.headers.get("content-encoding", ""), self._max_decoded_bytes
            )
            _check_length(answer)
            if answer.status_code != 404 and not 200 <= answer.status_code < 300:
                raise self._refused(path, answer.status_code, body)
            return Payload(
                source=self.source,
                key=key,
                body=body,
                fetched_at=self._clock().astimezone(UTC),
                url=url,
                status=answer.status_code,
                headers=self._secrets.open_headers(answer.headers),
            )

    def _check_base_address(self, path: str) -> None:
        """Refuse a base address that is no public web address, before the first request and only then."""
        if self._is_checked:
            return
        try:
            url = httpx.URL(self._base_url)
        except httpx.InvalidURL:
            url = httpx.URL("")
        if url.scheme not in ("http", "https") or not url.host or url.userinfo:
            reason = "the base address must be http:// or https:// with a host and no password"
            raise self._unavailable(path, reason, "Correct its base address in the settings.")
        if not self._allow_private_addresses:
            try:
                addresses = find_addresses(url.host, url.port or (443 if url.scheme == "https" else 80))
            except (OSError, UnicodeError):
                return  # the request will fail as well, and then be tried again
            for address in addresses:
                self._refuse_private_peer(address)
        self._is_checked = True

    def _refuse_private_peer(self, address: str) -> None:
        if not self._allow_private_addresses and not is_public(address):
            raise self._unavailable(
                "",
                f"its address {address} is not a public one",
                "Correct its base address, or set GRANDCOMPTE_ALLOW_PRIVATE_ADDRESSES=1 for a test server or mirror.",
            )

    def _refused(self, path: str, status: int, body: bytes) -> SourceUnavailableError:
        reason = f"the source answers {status}"
        if status in (400, 422):  # what it dislikes about the question; other answers may quote what is secret
            reason += f", saying {self._secrets.excerpt(body)!r}"
        return self._unavailable(path, reason, ADVICE.get(status, LATER))

    def _unavailable(self, path: str, reason: str, advice: str) -> SourceUnavailableError:
        """The message names host and path, not the parameters: a name that was looked up stays out of the logs."""
        try:
            host = httpx.URL(self._base_url).netloc.decode("ascii", "replace")
        except httpx.InvalidURL:
            host = "(no valid base address)"
        return SourceUnavailableError(f"{self.source}: {host}/{path}: {reason}. {advice}")


def _check_length(answer: httpx.Response) -> None:
    declared = answer.headers.get("content-length", "")
    if "transfer-encoding" in answer.headers or not (declared.isascii() and declared.isdigit()):
        return  # chunks have their own end mark, which httpx checks
    if int(declared[:18]) != answer.num_bytes_downloaded:
        raise TruncatedError(f"ends after {answer.num_bytes_downloaded} of {declared[:18]} bytes")


def _name_redirect(answer: httpx.Response) -> str:
    target = httpx.URL(answer.headers.get("location", "") or "/")
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
