"""`tollbook import focus FILE`: a supplier's bill; `tollbook import ecb FILE`: rates of exchange."""

import argparse
import json
import sys
from pathlib import Path

from tollbook.kernel.errors import NotFound
from tollbook.kernel.numbers import parse_decimal


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    help_ = "import what a supplier or a bank sends"
    command = commands.add_parser("import", help=help_, description=help_)
    kinds = command.add_subparsers(dest="kind", metavar="KIND", required=True)
    help_ = "a cost and usage file in FOCUS 1.0 (CSV): customers, prices, usage and cost; twice changes nothing"
    focus = kinds.add_parser("focus", help=help_, description=help_)
    focus.add_argument("file", type=Path, help="the CSV file")
    focus.add_argument("--brand", metavar="CODE", help="the brand that resells (needed when there are several)")
    focus.add_argument("--markup", metavar="PERCENT", default="20", help="on list unit prices that are new (20)")
    focus.add_argument("--dry-run", action="store_true", help="do everything, report it, and undo it")
    focus.add_argument("--json", action="store_true", help="print one JSON object")
    focus.set_defaults(run=_focus)
    help_ = "reference rates of the European Central Bank (eurofxref .csv or .xml); twice changes nothing"
    ecb = kinds.add_parser("ecb", help=help_, description=help_)
    ecb.add_argument("file", type=Path, help="the file")
    ecb.set_defaults(run=_ecb)


def _ecb(args: argparse.Namespace) -> int:
    from tollbook.site import boot

    boot.setup()
    from tollbook.exchange.actions import import_ecb
    from tollbook.exchange.connectors import ecb

    found = import_ecb(ecb.read(args.file), by="cli")
    sys.stdout.write(f"{found.added} rates added, {found.known} known before\n")
    return 0


def _focus(args: argparse.Namespace) -> int:
    from tollbook.site import boot

    markup = parse_decimal(args.markup, "markup", digits=9, places=4)
    boot.setup()
    from tollbook.brands.models import Brand
    from tollbook.site.progress import bars, steps
    from tollbook.sourcing.actions import ImportOptions, import_bill
    from tollbook.sourcing.connectors import focus

    brands = Brand.objects.filter(code=args.brand) if args.brand else Brand.objects.all()[:2]
    if len(brands) != 1:
        known = ", ".join(Brand.objects.order_by("code").values_list("code", flat=True)[:20]) or "none yet"
        raise NotFound(
            "brand_not_found",
            f"brand: name one of the brands with --brand (there are: {known})",
            param="brand",
        )
    rows = focus.read(args.file)
    with bars() as bar:
        options = ImportOptions(markup)
        report = import_bill(brands[0], rows, options, dry_run=args.dry_run, progress=steps(bar, "Importing"))
    told = {"dry_run": args.dry_run, **report.data()}
    sys.stdout.write(json.dumps(told, indent=2) + "\n" if args.json else report.text(dry_run=args.dry_run))
    return 0
