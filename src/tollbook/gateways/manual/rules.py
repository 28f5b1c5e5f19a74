"""What a bank entry is, and whose it may be; pure."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

_WORD = re.compile(r"[^\W\d_]{3,}")
SUGGESTIONS = 5


@dataclass(frozen=True, slots=True)
class Draft:
    """Money that a statement says came in: `reference` is the bank's name for it, empty where it gives none."""

    account: str
    reference: str
    booked_on: date
    amount: Decimal
    currency: str
    payer: str = ""
    payer_account: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Read:
    """What a statement holds: money that came in, and how many entries are something else (money out, not booked)."""

    drafts: tuple[Draft, ...]
    skipped: int


def named(drafts: Iterable[Draft]) -> list[Draft]:
    """The drafts, each with a reference: where the bank gave none, a digest of all that it told and of how many such
    entries stood before, so that the same file (or one that overlaps it by whole days) names them alike.
    """
    seen: Counter[str] = Counter()
    found = []
    for each in drafts:
        if each.reference:
            found.append(each)
            continue
        told = (each.booked_on.isoformat(), f"{each.amount.normalize():f}", each.currency, each.payer,
                each.payer_account, each.text)  # fmt: skip
        text = "\x1f".join(told)
        seen[text] += 1
        digest = hashlib.sha256(f"{text}\x1f{seen[text]}".encode()).hexdigest()
        found.append(replace(each, reference=digest))
    return found


def labels_in(text: str, code: str) -> list[str]:
    """The invoice numbers of a brand (by its code) that a payer wrote, each once, however they divided the parts."""
    pattern = re.compile(rf"{re.escape(code)}[\W_]*(\d{{4}})[\W_]*(\d{{6}})(?!\d)", re.IGNORECASE)
    return list(dict.fromkeys(f"{code.upper()}-{year}-{number}" for year, number in pattern.findall(text)))


def deposits_in(text: str) -> list[str]:
    """The public ids of deposits that a payer wrote, each once; banks take no underscore, and some write all large."""
    found = re.findall(r"\bdep[\W_]*([a-z2-7]{24})(?![a-z2-7])", text, re.IGNORECASE)
    return list(dict.fromkeys(f"dep_{each.lower()}" for each in found))


@dataclass(frozen=True, slots=True)
class Candidate:
    """An open invoice as matching sees it: its row id, whose it is, and what is open."""

    id: int
    name: str
    open: Decimal
    currency: str


def suggestions(draft: Draft, candidates: Sequence[Candidate]) -> list[int]:
    """Row ids of invoices that the money may be for, the likeliest first: of the same amount, or of the same name."""
    words = _words(f"{draft.payer} {draft.text}")
    scored = [(_score(draft, words, each), each.id) for each in candidates if each.currency == draft.currency]
    return [row_id for score, row_id in sorted(scored, key=lambda s: (-s[0], s[1])) if score > 0][:SUGGESTIONS]


def _score(draft: Draft, words: frozenset[str], candidate: Candidate) -> int:
    return 2 * (candidate.open == draft.amount) + bool(words & _words(candidate.name))


def _words(text: str) -> frozenset[str]:
    return frozenset(word.casefold() for word in _WORD.findall(text)) - {"gmbh", "ltd", "inc", "the", "and", "invoice"}
