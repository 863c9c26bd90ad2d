from pathlib import Path

import polars as pl
import pytest

from flows.accounts import read_accounts
from flows.errors import InputError

GOOD = "id,name,country,national_id,lei\nA1, Aurivelle ,fr,002 000 016,\nA2,Nordkvist AB,SE,5560000000,\n"


def write(folder: Path, content: str | bytes, name: str = "accounts.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_a_file_is_trimmed_and_its_identifiers_normalised(tmp_path: Path) -> None:
    accounts = read_accounts(write(tmp_path, GOOD))
    assert accounts["name"].to_list() == ["Aurivelle", "Nordkvist AB"]
    assert accounts["country_code"].to_list() == ["FR", "SE"]
    assert accounts["national_id"].to_list() == ["002000016", None]
    assert accounts["national_id_scheme"].to_list() == ["FR-RCS", None]


def test_semicolons_a_byte_order_mark_and_parquet_are_read(tmp_path: Path) -> None:
    expected = read_accounts(write(tmp_path, GOOD))
    with_mark = b"\xef\xbb\xbf" + GOOD.replace(",", ";").encode()
    assert read_accounts(write(tmp_path, with_mark, "b.csv")).equals(expected)
    pl.read_csv(GOOD.encode(), infer_schema=False).write_parquet(tmp_path / "a.parquet")
    assert read_accounts(tmp_path / "a.parquet").equals(expected)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", ["empty"]),
        ("id,company\n1,x\n", ["'name' is missing", "id, company"]),
        ("name\nx\n", ["'id' is missing"]),
        ("id,name\n1,x\n1,y\n", ["row 2, 3", "column id", "more than once"]),
        ("id,name\n1,x\n,y\n", ["row 3", "column id", "expected"]),
        ("id,name,country\n1,x,FR\n2,y,France\n", ["row 3", "column country", "ISO"]),
        ("id,name\n1,caf\xe9\n".encode("latin-1"), ["row 2", "UTF-8"]),
        ('id,name\n1,"open\n', ["not readable as CSV"]),
    ],
)
def test_a_bad_file_is_refused_in_one_clear_line(tmp_path: Path, content: str | bytes, words: list[str]) -> None:
    path = write(tmp_path, content)
    with pytest.raises(InputError) as refused:
        read_accounts(path)
    message = str(refused.value)
    assert message.startswith(str(path))
    assert "\n" not in message
    for word in words:
        assert word in message


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_accounts(tmp_path / "none.csv")
