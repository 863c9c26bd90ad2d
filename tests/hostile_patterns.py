"""Every regular expression of our packages against hostile text: a program for a child process, which may be ended.

Prints a line for each pattern and text that took more than the seconds of CPU time named on the command line.
"""

import importlib
import pkgutil
import re
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

PACKAGES = ("connectors", "enrich", "flows", "schemas")
LENGTH = 50_000
PIECES = (
    "a", "A", "é", "0", "²", " ", "\t", "\n", "\r\n", "-", ".", ",", ";", ":", "/", "'", '"', "(", ")", "<", ">", "&",
    "=", "@", "%", "_", "<!--", "a ", "A ", "A.", "a.a", "a-", "1 ", "0.", "0,", "aA", " -", ", ", "de ", "M. ",
    "&amp;", "SAS ", "A B. ", "né le ", "www.", "http://", "SIREN ", "Président : ", "12/12/2020 ",
)  # fmt: skip
ENDS = ("", "!", "\0")


class TooSlowError(BaseException):
    """The pattern did not come back."""


def modules_of(package: str) -> Iterator[ModuleType]:
    """All modules of a package, imported; migrations are run by alembic only."""
    top = importlib.import_module(package)
    yield top
    for info in pkgutil.walk_packages(top.__path__, f"{package}."):
        if ".migrations" not in info.name and not info.name.endswith("__main__"):
            yield importlib.import_module(info.name)


def patterns_in(value: Any, depth: int = 3) -> Iterator[re.Pattern[Any]]:
    """The compiled patterns of a value, also inside tuples, mappings and small objects."""
    if isinstance(value, re.Pattern):
        yield value
    elif depth and isinstance(value, dict):
        for inner in (*value.keys(), *value.values()):
            yield from patterns_in(inner, depth - 1)
    elif depth and isinstance(value, list | tuple | set | frozenset):
        for inner in value:
            yield from patterns_in(inner, depth - 1)


def all_patterns() -> dict[str, re.Pattern[Any]]:
    """Every pattern that a module of ours holds, by module and name."""
    found: dict[str, re.Pattern[Any]] = {}
    for package in PACKAGES:
        for module in modules_of(package):
            for name, value in vars(module).items():
                if not name.startswith("__"):
                    for number, pattern in enumerate(patterns_in(value)):
                        found.setdefault(f"{module.__name__}.{name}[{number}]", pattern)
    return found


def ways_to_use(name: str, sources: str) -> set[str]:
    """How a pattern is used by its name; `search` where that cannot be seen, since it tries the most places."""
    bare = re.escape(name.rpartition(".")[2].partition("[")[0])
    used = set(re.findall(rf"\b{bare}(?:\[[^\]]*\])?\.(match|fullmatch|search|sub|split|finditer|findall)\b", sources))
    return used & {"match", "fullmatch"} if used and used <= {"match", "fullmatch"} else {"search"}


def too_slow(patterns: dict[str, re.Pattern[Any]], seconds: float) -> Iterator[str]:
    """The patterns that need more CPU time than this for one hostile text."""

    def give_up(*_: object) -> None:
        raise TooSlowError

    signal.signal(signal.SIGVTALRM, give_up)
    texts = [(piece * LENGTH)[:LENGTH] + end for piece in PIECES for end in ENDS]
    root = Path(__file__).resolve().parents[1]
    sources = "\n".join(path.read_text("utf-8") for package in PACKAGES for path in (root / package).rglob("*.py"))
    for name, pattern in {p: (n, p) for n, p in patterns.items()}.values():
        ways = ways_to_use(name, sources)
        for text, way in [(text, way) for text in texts for way in ways]:
            signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
            try:
                getattr(pattern, way)(text.encode() if isinstance(pattern.pattern, bytes) else text)
            except TooSlowError:
                yield f"{name}.{way}: over {seconds:g} s for {text[:20]!r}...{text[-1:]!r}: {pattern.pattern!r}"
                break
            finally:
                signal.setitimer(signal.ITIMER_VIRTUAL, 0)


if __name__ == "__main__":
    everything = all_patterns()
    for line in too_slow(everything, float(sys.argv[1])):
        print(line)
    print(f"{len(everything)} patterns")
