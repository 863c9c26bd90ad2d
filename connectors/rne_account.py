"""Asking the RNE: log in, log in again once, and shrink the page where the register runs out of memory."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from connectors.contract import NotAnAnswerError, SourceUnavailableError
from connectors.strict_json import read_json, write_json
from schemas.provenance import Payload

if TYPE_CHECKING:
    from connectors.polite import PoliteClient

SOURCE = "rne"
PAGE_SIZES = (100, 5, 1)  # what DINUM falls back to; 100 is the most that the source gives
OUT_OF_MEMORY = b"Allowed memory size"
RECOVERY_SECONDS = 60.0
MOST_REQUESTS = 8_000  # a night; third parties were shut out for the day after about 9,000 of 10,000
NOT_FOR_API = b"connection_type_not_allowed"
GO_ON = "Known values stay; the next night goes on where this one stopped."


class Account:
    """One account of the register during one night; it logs in before its first question.

    Attributes:
        client: what asks. page_size: of the next page of changes.
    """

    def __init__(self, client: "PoliteClient") -> None:
        self.client = client
        self._rung = 0
        self._is_logged_in = False

    @property
    def page_size(self) -> int:
        """Companies on the next page."""
        return PAGE_SIZES[self._rung]

    def ask(
        self,
        path: str,
        params: Mapping[str, str | int | Sequence[str]] | None = None,
        judged: frozenset[int] = frozenset(),
    ) -> Payload:
        """One question; status 2xx, 404 or one of `judged`.

        Raises:
            SourceUnavailableError: the login is refused, the account may not use the API, or the night's requests
                are used up.
        """
        if self.client.requests_made >= MOST_REQUESTS:
            raise SourceUnavailableError(
                f"{SOURCE}: {MOST_REQUESTS} requests tonight, the day's limit is near. {GO_ON}"
            )
        if not self._is_logged_in:
            self._log_in()
        answer = self.client.get(path, params, judged=judged | {401, 403})
        if answer.status == 401:  # the token's time is over
            self._log_in()
            answer = self.client.get(path, params, judged=judged | {401, 403})
        if answer.status in (401, 403):
            raise SourceUnavailableError(f"{SOURCE}: {path}: the source answers {answer.status}. {_advice(answer)}")
        return answer

    def read_page(self, path: str, params: Mapping[str, str | int | Sequence[str]]) -> Payload:
        """One page of changes, smaller where the register fails on a large one; then one step larger again.

        Raises:
            SourceUnavailableError: it fails on a page of one company as well.
        """
        while True:
            answer = self.ask(path, {**params, "pageSize": self.page_size}, judged=frozenset({500}))
            if answer.status != 500:
                self._rung = max(self._rung - 1, 0)
                return answer
            if self._rung == len(PAGE_SIZES) - 1:
                raise SourceUnavailableError(f"{SOURCE}: {path}: the source answers 500 even for one company. {GO_ON}")
            self._rung = len(PAGE_SIZES) - 1 if OUT_OF_MEMORY in answer.body else self._rung + 1
            self.client.pause(RECOVERY_SECONDS)

    def _log_in(self) -> None:
        user, found, password = (self.client.key or "").partition(":")
        if not (user and found and password):
            raise SourceUnavailableError(f"{SOURCE}: GRANDCOMPTE_RNE_KEY must be USER:PASSWORD of an INPI account.")
        answer = self.client.post("sso/login", write_json({"username": user, "password": password}))
        try:
            token = read_json(answer.body)["token"]
        except (NotAnAnswerError, LookupError, TypeError):
            token = None
        if not isinstance(token, str) or not token.isascii() or not token.isprintable() or not token:
            raise SourceUnavailableError(f"{SOURCE}: the login gives no token. {GO_ON}")
        self.client.authorise({"authorization": f"Bearer {token}"})
        self._is_logged_in = True


def _advice(answer: Payload) -> str:
    if NOT_FOR_API in answer.body:
        return "The account has no access to the API: ask INPI for it at data.inpi.fr."
    return "Check GRANDCOMPTE_RNE_KEY, and that the account has accepted the licence at data.inpi.fr."
