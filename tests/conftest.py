"""What every test may ask for: the recorded answers where they exist, both databases, one hypothesis profile."""

import os
from pathlib import Path

# before polars is imported: its threads only get in each other's way on frames of a few rows, under xdist
os.environ.setdefault("POLARS_MAX_THREADS", "1")

import pytest
from hypothesis import settings

pytest_plugins = ["postgres_plugin"]

# deadline=None: the 200 ms default fails on a busy machine; derandomize: the same examples on every run.
settings.register_profile("grandcompte", deadline=None, derandomize=True, max_examples=60)
settings.load_profile("grandcompte")

FIXTURES = Path(__file__).parent / "fixtures"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of recorded real answers beside the checkout; tests that need it skip where it is absent."""
    folder = Path(__file__).resolve().parents[1].parent / "shared"
    if not (folder / "data").is_dir():
        pytest.skip("the recorded real answers (../shared/data) are not on this machine")
    return folder


@pytest.fixture(scope="session")
def fixtures() -> Path:
    """Our own recorded-format answers, one folder a source."""
    return FIXTURES
