"""Which tax a sale bears. One row a situation; the codes are those of EN 16931 (UNTDID 5305) and VATEX."""

from datetime import date
from decimal import Decimal

import pytest

from tollbook.kernel.errors import Refused
from tollbook.tax import Party, Rate, Treatment, check_rates, check_vat_id, decide, find_rate, home, in_eu

RATES = [
    Rate("DE", "standard", Decimal(19), date(2007, 1, 1), date(2020, 7, 1)),
    # Germany lowered its rate for the second half of 2020.
    Rate("DE", "standard", Decimal(16), date(2020, 7, 1), date(2021, 1, 1)),
    Rate("DE", "standard", Decimal(19), date(2021, 1, 1)),
    Rate("DE", "reduced", Decimal(7), date(1983, 7, 1)),
    Rate("DE", "zero", Decimal(0), date(2023, 1, 1)),
    Rate("FR", "standard", Decimal(20), date(2014, 1, 1)),
    Rate("GB", "standard", Decimal(20), date(2011, 1, 4), date(2021, 1, 1)),
]
DAY = date(2026, 5, 1)
SELLER = Party("DE", "DE123456789", is_business=True)
GERMAN = Party("DE")
FRENCH = Party("FR")
FRENCH_FIRM = Party("FR", "FR12345678901", is_business=True)
NOT_REGISTERED = "The seller is not registered for VAT"
REVERSED = "Reverse charge: the customer owes the VAT (VAT number FR12345678901)"


@pytest.mark.parametrize(
    ("seller", "buyer", "category", "oss", "expected"),
    [
        (SELLER, GERMAN, "standard", False, ("S", "19", "Standard rate of DE: 19 %", None)),
        (SELLER, GERMAN, "reduced", False, ("S", "7", "Reduced rate of DE: 7 %", None)),
        (SELLER, GERMAN, "zero", False, ("Z", "0", "Zero rate of DE: 0 %", None)),
        (SELLER, GERMAN, "exempt", False, ("E", "0", "Supply exempt from tax in DE", None)),
        # A business at home pays the tax like anyone else.
        (SELLER, Party("DE", "DE987654321", is_business=True), "standard", False,
         ("S", "19", "Standard rate of DE: 19 %", None)),
        (SELLER, Party("DE", exempt="Diplomatic mission"), "standard", False,
         ("E", "0", "Diplomatic mission", None)),
        (SELLER, FRENCH_FIRM, "standard", False, ("AE", "0", REVERSED, "VATEX-EU-AE")),
        (SELLER, FRENCH_FIRM, "standard", True, ("AE", "0", REVERSED, "VATEX-EU-AE")),
        # A consumer who happens to have a VAT number, and a business without one, are taxed like any consumer.
        (SELLER, Party("FR", "FR12345678901"), "standard", True,
         ("S", "20", "Standard rate of FR: 20 %", None)),
        (SELLER, Party("FR", is_business=True), "standard", True,
         ("S", "20", "Standard rate of FR: 20 %", None)),
        (SELLER, FRENCH, "standard", True, ("S", "20", "Standard rate of FR: 20 %", None)),
        (SELLER, FRENCH, "standard", False, ("S", "19", "Standard rate of DE: 19 %", None)),
        (SELLER, Party("US", is_business=True), "standard", False,
         ("G", "0", "Export outside the EU, to US", "VATEX-EU-G")),
        (SELLER, Party("GB"), "standard", True, ("G", "0", "Export outside the EU, to GB", "VATEX-EU-G")),
        (Party("CH", "CHE123456788"), FRENCH_FIRM, "standard", False,
         ("G", "0", "Export from CH to FR", None)),
        (Party("DE"), GERMAN, "standard", False, ("O", "0", NOT_REGISTERED, "VATEX-EU-O")),
        (Party("DE"), FRENCH_FIRM, "standard", False, ("O", "0", NOT_REGISTERED, "VATEX-EU-O")),
    ],
)  # fmt: skip
def test_decide(
    seller: Party, buyer: Party, category: str, oss: bool, expected: tuple[str, str, str, str | None]
) -> None:
    found: Treatment = decide(seller, buyer, category, DAY, RATES, oss=oss)
    assert (found.code, str(found.percent), found.reason, found.exemption_code) == expected


@pytest.mark.parametrize(
    ("on", "percent"),
    [(date(2020, 6, 30), 19), (date(2020, 7, 1), 16), (date(2020, 12, 31), 16), (date(2021, 1, 1), 19)],
)
def test_the_rate_of_the_day(on: date, percent: int) -> None:
    assert find_rate(RATES, "DE", "standard", on).percent == percent


def test_a_rate_ends_the_day_before_valid_to() -> None:
    assert find_rate(RATES, "GB", "standard", date(2020, 12, 31)).percent == 20
    with pytest.raises(Refused) as refused:
        find_rate(RATES, "GB", "standard", date(2021, 1, 1))
    assert refused.value.code == "tax_rate_missing"


@pytest.mark.parametrize(
    ("buyer", "category", "on", "country"),
    [
        (GERMAN, "standard", date(2006, 12, 31), "DE"),
        (GERMAN, "super-reduced", DAY, "DE"),
        (Party("ES"), "standard", DAY, "ES"),
    ],
)
def test_a_missing_rate_is_refused(buyer: Party, category: str, on: date, country: str) -> None:
    with pytest.raises(Refused) as refused:
        decide(SELLER, buyer, category, on, RATES, oss=True)
    assert refused.value.code == "tax_rate_missing"
    assert refused.value.details == {"country": country, "category": category, "day": on.isoformat()}
    right = "add one that is valid on that day"
    assert refused.value.message == f"no {category} tax rate for {country} on {on}: {right}"


@pytest.mark.parametrize(
    ("country", "on", "member"),
    [
        ("DE", DAY, True),
        ("GR", DAY, True),
        ("HR", date(2013, 6, 30), False),
        ("HR", date(2013, 7, 1), True),
        ("GB", date(2020, 12, 31), True),
        ("GB", date(2021, 1, 1), False),
        ("CH", DAY, False),
        ("EL", DAY, False),
    ],
)
def test_membership(country: str, on: date, member: bool) -> None:
    assert in_eu(country, on) is member


def test_a_table_of_rates_is_checked() -> None:
    assert check_rates(RATES) == []
    wrong = [
        Rate("DE", "standard", Decimal(19), date(2007, 1, 1)),
        Rate("DE", "standard", Decimal(190), date(2021, 1, 1), date(2020, 1, 1)),
    ]
    assert [(p.field, p.code) for p in check_rates(wrong)] == [
        ("percent", "bad_percent"),
        ("valid_to", "rate_empty"),
        ("valid_from", "rate_overlap"),
    ]


@pytest.mark.parametrize(
    ("text", "country", "number"),
    [
        ("DE 123 456 789", "DE", "DE123456789"),
        ("el-123456789", "GR", "EL123456789"),
        ("123456789", "US", "123456789"),
        ("CHE-123.456.788", "CH", "CHE123456788"),
    ],
)
def test_vat_numbers(text: str, country: str, number: str) -> None:
    assert check_vat_id(text, country) == number


@pytest.mark.parametrize(("text", "country"), [("123456789", "DE"), ("GR123456789", "GR"), ("", "FR"), (None, "FR")])
def test_wrong_vat_numbers_are_refused(text: object, country: str) -> None:
    with pytest.raises(Refused) as refused:
        check_vat_id(text, country)
    assert (refused.value.code, refused.value.param) == ("bad_vat_id", "vat_id")


CANADA = [
    Rate("CA", "standard", Decimal(5), date(2008, 1, 1), name="GST"),
    Rate("CA", "standard", Decimal(5), date(2008, 1, 1), name="GST", region="QC"),
    Rate("CA", "standard", Decimal("9.5"), date(2012, 1, 1), date(2013, 1, 1), name="QST", region="QC"),
    Rate("CA", "standard", Decimal("9.975"), date(2013, 1, 1), name="QST", region="QC"),
    Rate("CA", "standard", Decimal(13), date(2010, 7, 1), name="HST", region="ON"),
]
MONTREAL = Party("CA", "123456789RT0001", is_business=True, region="QC")


@pytest.mark.parametrize(
    ("region", "on", "percent", "parts", "reason"),
    [
        ("QC", DAY, "14.975", [("GST", "5"), ("QST", "9.975")], "Standard rate of CA-QC: GST 5 % and QST 9.975 %"),
        ("QC", date(2012, 12, 31), "14.5", [("GST", "5"), ("QST", "9.5")],
         "Standard rate of CA-QC: GST 5 % and QST 9.5 %"),
        ("ON", DAY, "13", [("HST", "13")], "Standard rate of CA-ON: HST 13 %"),
        ("AB", DAY, "5", [("GST", "5")], "Standard rate of CA: GST 5 %"),
        ("", DAY, "5", [("GST", "5")], "Standard rate of CA: GST 5 %"),
    ],
)  # fmt: skip
def test_taxes_of_a_region(region: str, on: date, percent: str, parts: list[tuple[str, str]], reason: str) -> None:
    found = decide(MONTREAL, Party("CA", region=region), "standard", on, CANADA)
    assert (found.code, str(found.percent), found.reason) == ("S", percent, reason)
    assert [(part.name, str(part.percent)) for part in found.parts] == parts
    assert found.name == " + ".join(name for name, _ in parts)


def test_home_is_the_sellers_region() -> None:
    assert home(MONTREAL, "standard", DAY, CANADA).percent == Decimal("14.975")
    assert home(SELLER, "reduced", DAY, RATES) == decide(SELLER, GERMAN, "reduced", DAY, RATES)


def test_several_taxes_are_no_single_rate() -> None:
    side_by_side = [Rate("CA", "standard", Decimal(1), DAY, name=name) for name in ("A", "B")]
    with pytest.raises(Refused) as refused:
        find_rate(side_by_side, "CA", "standard", DAY)
    assert refused.value.code == "several_taxes"
    assert check_rates(CANADA) == []
