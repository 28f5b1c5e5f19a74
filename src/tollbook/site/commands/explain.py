"""`tollbook explain`: why an amount is what it is."""

import argparse
import json
import sys

from tollbook.kernel.errors import Refused


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    help_ = "explain an invoice or an invoice line: prices, arithmetic, rounding, usage events, tax, postings"
    command = commands.add_parser("explain", help=help_, description=help_)
    command.add_argument("id", help="the id of an invoice or of an invoice line, or an invoice's number")
    command.add_argument("--json", action="store_true", help="print one JSON object")
    command.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    from tollbook.site import boot

    boot.setup()
    from tollbook.invoicing import explain, queries
    from tollbook.invoicing.explanation import InvoiceExplained, LineExplained

    wanted = args.id
    told: LineExplained | InvoiceExplained
    if wanted.startswith("lin_"):
        told = explain.explain_line(queries.line_by_public_id(wanted))
    elif wanted.startswith("inv_"):
        told = explain.explain_invoice(queries.by_public_id(wanted))
    elif found := queries.by_label(wanted):
        told = explain.explain_invoice(found)
    else:
        message = f"id: {wanted!r} is neither an invoice (inv_... or its number) nor an invoice line (lin_...)"
        raise Refused("unknown_id", message, param="id")
    sys.stdout.write(json.dumps(told.data(), indent=2, default=str) if args.json else told.text())
    sys.stdout.write("\n")
    return 0
