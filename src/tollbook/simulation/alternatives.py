"""The other prices of a simulation: a published version, or a draft that is stored nowhere in the catalogue."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from tollbook.catalog.actions import columns_of
from tollbook.catalog.drafts import MOST_PRICES, books_of
from tollbook.catalog.models import Draft, Plan, PlanVersion, Price, PriceBook
from tollbook.catalog.queries import PriceList, indexed, price_list
from tollbook.kernel.errors import Invalid, Problem, Refused
from tollbook.kernel.money import check_currency, plain
from tollbook.kernel.numbers import parse_decimal
from tollbook.rating import Terms
from tollbook.subscriptions.rules import Stage

#: The row id of a draft's version, which no stored version has.
DRAFT = -1
_TEXTS = ("section", "meter", "unit")
_STORED = ("code", "name", "kind", "terms", "in_advance", "match", *_TEXTS)
_KNOWN = {"code", "name", "kind", "terms", "in_advance", "match", "unit_cost", *_TEXTS}


@dataclass(slots=True)
class Alternative:
    """Other prices for those who have any version of `plan`: `version`, or `draft` where it is None."""

    plan: Plan
    version: PlanVersion | None = None
    draft: Mapping[str, Any] | None = None
    #: Row ids of the plan's versions: what is replaced.
    replaced: frozenset[int] = frozenset()
    _lists: dict[tuple[int, int], PriceList] = field(default_factory=dict)
    _has: dict[int, bool] = field(default_factory=dict)

    @property
    def version_id(self) -> int:
        return self.version.pk if self.version else DRAFT

    def stages(self, stages: list[Stage], book_of: Mapping[int, PriceBook]) -> list[Stage]:
        """What would have been in force: the other prices wherever a version of the plan was, and they have prices in
        its book. Stages that come to say the same are one.
        """
        found: list[Stage] = []
        for stage in stages:
            if stage.version_id in self.replaced and self._prices_in(book_of[stage.book_id]):
                stage = replace(stage, version_id=self.version_id)
            last = found[-1] if found else None
            if last and last.cut and (last.version_id, last.book_id) == (stage.version_id, stage.book_id):
                found[-1] = replace(last, end=stage.end, cut=stage.cut)
            else:
                found.append(stage)
        return found

    def _prices_in(self, book: PriceBook) -> bool:
        if book.pk not in self._has:
            if self.version:
                self._has[book.pk] = self.version.prices.filter(book=book).exists()
            else:
                self._has[book.pk] = bool(_drafted_in(self.draft, book))
        return self._has[book.pk]

    def list_of(self, version_id: int, book: PriceBook) -> PriceList:
        """The prices of a stored version, or of the draft, in a book; each is loaded once."""
        key = version_id, book.pk
        if key not in self._lists:
            self._lists[key] = self._drafted(book) if version_id == DRAFT else price_list(*key)
        return self._lists[key]

    def _drafted(self, book: PriceBook) -> PriceList:
        prices = _drafted_in(self.draft, book)
        version = PlanVersion(pk=DRAFT, plan=self.plan)
        # An id of its own for each price, in this book, that no stored price has.
        first = -1 - book.pk * max(MOST_PRICES, len(prices))
        rows = (_price(each, version, book, first - n) for n, each in enumerate(prices))
        return indexed(sorted(rows, key=lambda price: price.code))


def _drafted_in(draft: Mapping[str, Any] | None, book: PriceBook) -> Sequence[Mapping[str, Any]]:
    """The draft's prices in a book: its own, where the draft says them by book, else those of its currency."""
    if draft is None:
        return ()
    if "books" in draft:
        found: Sequence[Mapping[str, Any]] = draft["books"].get(book.public_id, ())
        return found
    prices: Sequence[Mapping[str, Any]] = draft["prices"] if draft["currency"] == book.currency else ()
    return prices


def of_version(plan: Plan, version: PlanVersion) -> Alternative:
    """The plan's customers under a published version, of this plan or another one."""
    return Alternative(plan, version=version, replaced=_versions(plan))


def of_draft(plan: Plan, draft: Mapping[str, Any]) -> Alternative:
    """The plan's customers under prices as `checked_draft` or `of_books` returns them."""
    return Alternative(plan, draft=draft, replaced=_versions(plan))


def of_books(draft: Draft) -> dict[str, Any]:
    """The prices of a draft of the catalogue, by book, as they are stored with a simulation: equal for equal prices."""
    return _by_book([(book.public_id, columns_of(each)) for book, prices in books_of(draft) for each in prices])


def of_published(version: PlanVersion) -> dict[str, Any]:
    """The prices of a version as `of_books` would have said them before they were published."""
    rows = version.prices.values("book__public_id", *_STORED, "unit_cost")
    return _by_book([(row["book__public_id"], row) for row in rows])


def _by_book(rows: Sequence[tuple[str, Mapping[str, Any]]]) -> dict[str, Any]:
    books: dict[str, list[dict[str, Any]]] = {}
    for book, row in sorted(rows, key=lambda each: (each[0], str(each[1]["code"]))):
        cost = row["unit_cost"]
        told = {name: row[name] for name in _STORED}
        books.setdefault(book, []).append({**told, "unit_cost": None if cost is None else plain(cost)})
    return {"books": books}


def _versions(plan: Plan) -> frozenset[int]:
    return frozenset(plan.versions.values_list("pk", flat=True))


def _price(given: Mapping[str, Any], version: PlanVersion, book: PriceBook, row_id: int) -> Price:
    cost = given["unit_cost"]
    texts = {name: given[name] for name in _TEXTS}
    return Price(
        pk=row_id, version=version, book=book, code=given["code"], name=given["name"], kind=given["kind"],
        terms=given["terms"], in_advance=given["in_advance"], match=given["match"],
        unit_cost=None if cost is None else Decimal(cost), **texts,
    )  # fmt: skip


def checked_draft(given: object) -> dict[str, Any]:
    """A draft from JSON, complete: {"currency": "EUR", "prices": [{"code", "kind", "terms", ...}]}.

    `kind` is one_time, recurring or metered (which names its `meter`); `terms` as the API shows them. Raises Invalid
    with every problem: "wrong_draft", "price_twice", and what is wrong with terms.
    """
    if not isinstance(given, Mapping) or not isinstance(given.get("prices"), list) or not given["prices"]:
        right = 'give {"currency": "EUR", "prices": [{"code": ..., "kind": ..., "terms": {...}}, ...]}'
        raise Invalid([Problem(None, "draft", "", "wrong_draft", right)])
    currency = check_currency(given.get("currency"), "currency")
    prices: list[dict[str, Any]] = []
    problems: list[Problem] = []
    codes: set[str] = set()
    for number, each in enumerate(given["prices"]):
        where = f"prices[{number}]"
        try:
            price = _checked(each, where)
        except Refused as refused:
            problems += _problems(refused, where)
            continue
        if price["code"] in codes:
            problems.append(
                Problem(None, f"{where}.code", price["code"], "price_twice", "is priced twice in the draft")
            )
        codes.add(price["code"])
        prices.append(price)
    if problems:
        raise Invalid(problems)
    return {"currency": currency, "prices": prices}


def _problems(refused: Refused, where: str) -> list[Problem]:
    """What is wrong with a price: each fault of its terms, or the one thing that was found first."""
    if isinstance(refused, Invalid):
        return [replace(each, field=f"{where}.terms.{each.field}") for each in refused.problems]
    return [Problem(None, refused.param or where, "", refused.code, refused.message)]


def _checked(given: object, where: str) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        raise Refused("wrong_draft", f"{where}: give an object with code, kind and terms", param=where)
    unknown = sorted(set(given) - _KNOWN)
    if unknown:
        message = f"{where}.{unknown[0]}: there is no such field; known are {', '.join(sorted(_KNOWN))}"
        raise Refused("wrong_draft", message, param=where)
    code, kind = _text(given, "code", where), _text(given, "kind", where)
    if not code:
        raise Refused("wrong_draft", f"{where}.code: give a code", param=where)
    if kind not in Price.Kind.values:
        raise Refused("wrong_draft", f"{where}.kind {kind!r}: give one of {', '.join(Price.Kind.values)}", param=where)
    texts = {name: _text(given, name, where) for name in _TEXTS}
    if bool(texts["meter"]) != (kind == Price.Kind.METERED):
        right = "a metered price names its meter" if kind == Price.Kind.METERED else "only a metered price has one"
        raise Refused("wrong_draft", f"{where}.meter {texts['meter']!r}: {right}", param=where)
    return {
        "code": code,
        "name": _text(given, "name", where) or code,
        "kind": kind,
        **_values(given, where),
        **texts,
    }


def _values(given: Mapping[str, Any], where: str) -> dict[str, Any]:
    """The fields of a price that are no texts."""
    terms, match, in_advance = given.get("terms"), given.get("match", {}), given.get("in_advance", False)
    if not isinstance(terms, Mapping):
        raise Refused("wrong_draft", f'{where}.terms: give {{"model": ..., ...}}', param=where)
    if not isinstance(match, Mapping) or not all(isinstance(value, str) for value in match.values()):
        raise Refused("wrong_draft", f"{where}.match: give an object of texts", param=where)
    if not isinstance(in_advance, bool):
        raise Refused("wrong_draft", f"{where}.in_advance {in_advance!r}: give true or false", param=where)
    cost = given.get("unit_cost")
    return {
        "terms": Terms.parse(dict(terms)).data(),
        "match": dict(match),
        "in_advance": in_advance,
        "unit_cost": None if cost is None else str(parse_decimal(cost, f"{where}.unit_cost")),
    }


def _text(given: Mapping[str, Any], name: str, where: str) -> str:
    value = given.get(name, "")
    if not isinstance(value, str):
        raise Refused("wrong_draft", f"{where}.{name} {value!r}: give a text", param=where)
    return value.strip()
