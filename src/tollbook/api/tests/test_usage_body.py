"""The fast way of reading usage takes less than the slow way, and never something else."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tollbook.api.bodies import parse
from tollbook.kernel.errors import Invalid, TollbookError
from tollbook.metering import bodies

TEXT = st.one_of(
    st.text(max_size=5), st.sampled_from(["a", " a", "a ", "é", "\0", "x" * 120, "x" * 121, "x" * 501, ""])
)
ODD = st.one_of(st.none(), st.booleans(), st.integers(-5, 5), st.floats(), st.just([]), st.just({}), TEXT)
QUANTITY = st.one_of(st.sampled_from(["1", "-1", "1.50", "1e3", "1e99", "NaN", "0x1", " 1", ""]), ODD)
AT = st.one_of(
    st.sampled_from(["2026-05-01T00:00:00Z", "2026-05-01T02:00:00+02:00", "2026-05-01", "1969-01-01T00:00Z"]), ODD
)
EVENT = st.fixed_dictionaries(
    {"id": TEXT | ODD, "meter": TEXT, "quantity": QUANTITY, "at": AT},
    optional={
        "source": TEXT | ODD,
        "customer": TEXT | ODD,
        "subscription": TEXT | ODD,
        "resource": TEXT | ODD,
        "dimensions": st.dictionaries(TEXT, TEXT | ODD, max_size=2) | ODD,
        "colour": ODD,
    },
)
GOOD = {"id": "e", "meter": "sms", "quantity": "1", "at": "2026-05-01T00:00:00Z"}


@given(st.lists(EVENT | st.just(GOOD), min_size=1, max_size=3), st.booleans())
def test_both_ways_agree(events: list[Any], ascii_only: bool) -> None:
    # JSON's words for infinities are no JSON, and lone surrogates no UTF-8: both never come as far as this.
    raw = json.dumps({"events": events}, ensure_ascii=ascii_only).encode("utf-8", "replace")
    fast = bodies._fast(raw)
    if fast is None:
        return
    assert fast == bodies._slow(parse(raw))


@pytest.mark.parametrize("change", [{}, {"quantity": 7}, {"dimensions": {"a": "b"}}, {"customer": "cus_x"}])
def test_what_is_usual_goes_the_fast_way(change: dict[str, Any]) -> None:
    raw = json.dumps({"events": [{**GOOD, **change}]}).encode()
    assert bodies._fast(raw) == bodies._slow(parse(raw))
    assert bodies._fast(raw) is not None


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"null", b"[" * 5000, b'{"events": ' + b"[" * 5000, b'{"id": "\\ud800"}', b"\xff", b'{"events": [{}]}'],
)
def test_nothing_else_escapes(raw: bytes) -> None:
    with pytest.raises(TollbookError) as error:
        bodies.read_events(raw)
    assert error.value.status in {400, 422}


def test_a_thousand_events_at_most() -> None:
    assert len(bodies.read_events(json.dumps({"events": [GOOD] * 1000}).encode())) == 1000
    with pytest.raises(Invalid) as error:
        bodies.read_events(json.dumps({"events": [GOOD] * 1001}).encode())
    assert [p.code for p in error.value.problems] == ["batch_too_large"]
