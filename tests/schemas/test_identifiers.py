import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from schemas import identifiers as ids

DIGIT = st.sampled_from("0123456789")


def with_luhn_key(body: str) -> str:
    """The body and the digit that makes it pass Luhn, computed here by the schoolbook rule."""
    doubled = [int(d) * 2 if i % 2 == 0 else int(d) for i, d in enumerate(reversed(body))]
    return body + str(-sum(n - 9 if n > 9 else n for n in doubled) % 10)


def with_mod_97(body: str) -> str:
    number = int("".join(str(int(c, 36)) for c in body) + "00")
    return body + f"{98 - number % 97:02d}"


sirens = st.text(DIGIT, min_size=8, max_size=8).filter(lambda t: t.strip("0")).map(with_luhn_key)
nics = st.text(DIGIT, min_size=4, max_size=4)
sirets = st.builds(lambda siren, nic: with_luhn_key(siren + nic), sirens.filter(lambda s: s != "356000000"), nics)
leis = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=14, max_size=14).map(lambda t: with_mod_97("0000" + t))


@pytest.mark.parametrize(
    ("text", "siren"),
    [
        ("001000017", "001000017"),
        (with_luhn_key("00100001"), with_luhn_key("00100001")),
        ("356 000 000", "356000000"),  # La Poste: public number, the exception of SIRET
        ("356.000.000", "356000000"),
        ("356\u202f000\u00a0000", "356000000"),
        ("356000001", None),
        ("000000000", None),
        ("35600000", None),
        ("3560000000", None),
        ("²56000000", None),
        ("٣٥٦٠٠٠٠٠٠", None),
        ("３５６００００００", None),
        ("[ND]", None),
        ("", None),
        (None, None),
    ],
)
def test_siren(text: str | None, siren: str | None) -> None:
    assert ids.normalise_siren(text) == siren


@pytest.mark.parametrize(
    ("text", "is_valid"),
    [
        ("35600000000048", True),  # head office of La Poste: Luhn
        ("35600000000001", True),  # 3 + 5 + 6 + 1 = 15
        ("35600000000002", False),
        (with_luhn_key("0010000190001"), False),  # Luhn over fourteen, but its first nine are no SIREN
        (with_luhn_key(with_luhn_key("00100001") + "0001"), True),
    ],
)
def test_siret(text: str, is_valid: bool) -> None:
    assert ids.Siret.is_valid(text) is is_valid


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1234567", "01234567"),  # spreadsheets lose the leading zero
        ("01234567", "01234567"),
        ("sc 1234", "SC001234"),
        ("ZZ000001", "ZZ000001"),
        ("R0000123", "R0000123"),
        ("IP12345R", "IP12345R"),
        ("123456789", None),
        ("SC1234567", None),
        ("SCO12345", None),
        ("00000000", None),
        ("12345R", None),
        ("", None),
        ("١٢٣٤٥٦٧٨", None),
        (None, None),
    ],
)
def test_company_number(text: str | None, number: str | None) -> None:
    assert ids.normalise_company_number(text) == number


@pytest.mark.parametrize(
    ("text", "cik"),
    [("320193", "0000320193"), ("CIK0000320193", "0000320193"), ("0", None), ("12345678901", None), ("٣", None)],
)
def test_cik(text: str, cik: str | None) -> None:
    assert ids.normalise_cik(text) == cik


@pytest.mark.parametrize(
    ("text", "vat"),
    [
        ("FR 47 001 000 017", "FR47001000017"),
        ("fr47001000017", "FR47001000017"),
        ("FR48001000017", None),  # wrong key
        ("FR47001000018", None),  # no SIREN
        ("DE999999995", "DE999999995"),
        ("DE999999996", None),
        ("GR999999993", "EL999999993"),
        ("XI999999918", "XI999999918"),
        ("GB 9999 999 18", "GB999999918"),
        ("GB999999919", None),
        ("XX123456789", None),
        ("FR٤٧001000017", None),
        ("47001000017", None),
        ("", None),
        (None, None),
    ],
)
def test_vat(text: str | None, vat: str | None) -> None:
    assert ids.normalise_vat(text) == vat


@given(sirens)
def test_vat_of_siren_is_a_vat_number(siren: str) -> None:
    assert ids.normalise_vat(ids.vat_of_siren(siren)) == ids.vat_of_siren(siren)


def test_vat_of_no_siren_says_what_is_wrong() -> None:
    with pytest.raises(ValueError, match="is no SIREN"):
        ids.vat_of_siren("123")


@given(sirens, st.integers(0, 8), DIGIT)
def test_a_changed_digit_breaks_a_siren(siren: str, place: int, digit: str) -> None:
    assume(siren[place] != digit)
    assert ids.normalise_siren(siren) == siren
    assert ids.normalise_siren(siren[:place] + digit + siren[place + 1 :]) is None


@given(leis, st.integers(0, 19), DIGIT)
def test_a_changed_digit_breaks_a_lei(lei: str, place: int, digit: str) -> None:
    assume(lei[place].isdigit() and lei[place] != digit)
    assert ids.normalise_lei(lei) == lei
    assert ids.normalise_lei(lei[:place] + digit + lei[place + 1 :]) is None


@given(sirets, st.integers(0, 13), DIGIT)
def test_a_changed_digit_breaks_a_siret(siret: str, place: int, digit: str) -> None:
    assume(siret[place] != digit)
    assert ids.normalise_siret(siret) == siret
    assert ids.normalise_siret(siret[:place] + digit + siret[place + 1 :]) is None


@pytest.mark.parametrize("kind", ids.IDENTIFIERS, ids=lambda kind: kind.NAME)
@given(text=st.one_of(st.text(), st.text("0123456789FRZ -.٣２²", max_size=22), sirens, sirets, leis))
def test_normalise_is_idempotent_ascii_and_never_crashes(kind: type[ids.Identifier], text: str) -> None:
    once = kind.normalise(text)
    if once is not None:
        assert once.isascii()
        assert kind.normalise(once) == once
        assert kind.is_valid(text)


@pytest.mark.parametrize("kind", ids.IDENTIFIERS, ids=lambda kind: kind.NAME)
@pytest.mark.parametrize("zero", ["٠", "０", "०", "𝟎"])
@given(text=st.one_of(sirens, sirets, leis))
def test_other_scripts_digits_are_refused(kind: type[ids.Identifier], zero: str, text: str) -> None:
    foreign = "".join(chr(ord(zero) + int(c)) if c.isdigit() else c for c in text)
    assert kind.normalise(foreign) is None


def test_every_kind_has_its_own_scheme() -> None:
    assert len({kind.SCHEME for kind in ids.IDENTIFIERS}) == len(ids.IDENTIFIERS)
    assert all(ids.identifier(kind.SCHEME) is kind for kind in ids.IDENTIFIERS)
    assert ids.identifier("RA000242") is None


def test_a_scheme_without_a_rule_keeps_its_punctuation() -> None:
    assert ids.normalise("RA000242", "  hrb 1234 b ") == "HRB 1234 B"
    assert ids.normalise("RA000242", " ") is None


@pytest.mark.parametrize(
    ("scheme", "value", "is_invented"),
    [
        ("FR-RCS", with_luhn_key("00200001"), True),
        ("FR-RCS", "356000000", False),
        ("FR-RCS", with_luhn_key("00100001"), False),  # somebody holds 001807254
        ("FR-RCS", "002000000", False),  # not valid, so nothing at all
        ("FR-SIRET", with_luhn_key(with_luhn_key("00200001") + "0001"), True),
        ("LEI", with_mod_97("0000DEMO0000000001"), True),
        ("LEI", with_mod_97("9695DEMO0000000001"), False),
        ("GB-COH", "ZZ000001", True),
        ("GB-COH", "01234567", False),
        ("VAT", ids.vat_of_siren(with_luhn_key("00200001")), True),
        ("VAT", ids.vat_of_siren("356000000"), False),
        ("DOMAIN", "www.acme.example", True),
        ("DOMAIN", "example.com", False),
        ("US-SEC-CIK", "0000000001", False),
        ("US-SEC-CIK", "9900000001", True),
        ("RA000242", "HRB 1", False),
    ],
)
def test_invented_ranges(scheme: str, value: str, is_invented: bool) -> None:
    assert ids.is_invented(scheme, value) is is_invented
