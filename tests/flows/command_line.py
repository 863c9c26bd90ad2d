"""Calls the command line in this process, the way a shell does: arguments in; exit code, stdout and stderr out."""

import sys
from dataclasses import dataclass

import pytest

from flows.cli import main


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


class CommandLine:
    """`call("run", "--offline")` is `grandcompte run --offline`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch, self._capsys = monkeypatch, capsys

    def __call__(self, *arguments: object) -> Ended:
        """Run one command; an exception that it lets through is a bug and reaches the test."""
        self._monkeypatch.setattr(sys, "argv", ["grandcompte", *map(str, arguments)])
        self._capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            main()
        said = self._capsys.readouterr()
        return Ended(end.value.code if isinstance(end.value.code, int) else 1, said.out, said.err)


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """The command line."""
    return CommandLine(monkeypatch, capsys)
