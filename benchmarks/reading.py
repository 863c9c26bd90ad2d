"""`make bench-reading`: megabytes and pages a second of `grandcompte read` by kind, beside a bs4-only reading.

Pages: the labelled documents where they are at hand (`GRANDCOMPTE_READING_DOCS`, or ../shared), else pages made here.
extruct is measured too where the interpreter has it; it is no dependency of ours.
"""

import importlib.util
import os
import time
from collections.abc import Callable
from pathlib import Path

from bs4 import BeautifulSoup

from flows.reading import Document, read_document

FOLDERS = {
    "leadership": "leadership",
    "changes": "changes",
    "identity": "identity",
    "presence": "presence",
    "structured": "jsonld",
}
ROUNDS = 3
CARD = "<div class=card><h3>Lucie Marsan {n}</h3><p>Directrice des achats</p></div>"


def run() -> dict[str, float]:
    """Figures by name: MB/s and pages/s of each kind, the slowest page, MB/s of the plain readings."""
    figures: dict[str, float] = {}
    for kind, folder in FOLDERS.items():
        pages = _pages(folder)
        seconds, slowest = _best(pages, lambda body, kind=kind: read_document(Document("page", body), (kind,)))  # type: ignore[misc]
        figures[f"{kind} MB/s"] = sum(map(len, pages)) / 1e6 / seconds
        figures[f"{kind} pages/s"] = len(pages) / seconds
        figures[f"{kind} slowest page s"] = slowest
        plain, _ = _best(pages, lambda body: BeautifulSoup(body, "lxml").get_text("\n"))
        figures[f"{kind} bs4-only MB/s"] = sum(map(len, pages)) / 1e6 / plain
    if importlib.util.find_spec("extruct"):
        extruct = importlib.import_module("extruct")
        pages = _pages("jsonld")
        seconds, _ = _best(
            pages,
            lambda body: extruct.extract(body.decode("utf-8", "replace"), syntaxes=["json-ld", "microdata", "rdfa"]),
        )
        figures["structured extruct MB/s"] = sum(map(len, pages)) / 1e6 / seconds
    return figures


def _pages(folder: str) -> list[bytes]:
    given = os.environ.get("GRANDCOMPTE_READING_DOCS")
    here = (
        Path(given) if given else Path(__file__).resolve().parents[2] / "shared" / "eval" / "reading" / "dev" / "docs"
    )
    found = sorted((here / folder).glob("*")) if (here / folder).is_dir() else []
    if found:
        return [path.read_bytes() for path in found]
    cards = "".join(CARD.format(n="ABCDEFGH"[n % 8]) for n in range(300))
    return [f"<html><body><h1>Direction</h1>{cards}</body></html>".encode()] * 20


def _best(pages: list[bytes], read: Callable[[bytes], object]) -> tuple[float, float]:
    """The fastest of some rounds over all pages, and the slowest page in it, in seconds."""
    best, slowest = float("inf"), 0.0
    for _ in range(ROUNDS):
        times = []
        for body in pages:
            start = time.perf_counter()
            read(body)
            times.append(time.perf_counter() - start)
        if sum(times) < best:
            best, slowest = sum(times), max(times)
    return best, slowest
