"""Why a reading that was charged has changed, in the words that its new charge carries."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from tollbook.charging.behind import corrected_behind
from tollbook.charging.models import Charge
from tollbook.charging.rules import LATE
from tollbook.metering.models import UsageCorrection

LENGTH = 200


def tell_causes(rows: Sequence[dict[str, Any]]) -> None:
    """Say in the `reason` of each row whose reading has changed late which events were cancelled or changed since the
    charge that it corrects; where none was, the reason stays.
    """
    late = [row for row in rows if row["reason"] == LATE]
    if not late:
        return
    corrected = UsageCorrection.objects.filter(customer_id__in={row["customer_id"] for row in late})
    customers = set(corrected.order_by().values_list("customer_id", flat=True).distinct())
    rows = [row for row in late if row["customer_id"] in customers]
    charges = Charge.objects.select_related("price").in_bulk([row["corrects_id"] for row in rows])
    for row in rows:
        row["reason"] = _cause(charges[row["corrects_id"]], row["events"]) or LATE


def _cause(before: Charge, more_events: int) -> str:
    """The corrections since `before`; also that use came in late, when there are more events than they leave."""
    reasons: dict[str, list[str]] = defaultdict(list)
    for event in corrected_behind(before, before.created_at):
        reasons[event.correction].append(event.reason)
    if not reasons:
        return ""
    told = [
        f"{len(found)} event{'' if len(found) == 1 else 's'} {kind}: {', '.join(dict.fromkeys(found))}"
        for kind, found in sorted(reasons.items())
    ]
    if more_events > -len(reasons[UsageCorrection.Kind.CANCELLED]):
        told.append("late use")
    text = "; ".join(told)
    return text if len(text) <= LENGTH else text[: LENGTH - 3] + "..."
