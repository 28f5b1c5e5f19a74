"""ISO 20022 camt.053 statements, of any version: what came in. XML from outside is read without entities or DTDs."""

from datetime import date
from decimal import Decimal
from typing import Any

from lxml import etree

from tollbook.gateways.manual.rules import Draft, Read
from tollbook.kernel.errors import Problem, Refused, TollbookError, problem
from tollbook.kernel.money import check_currency
from tollbook.kernel.numbers import parse_decimal
from tollbook.kernel.times import parse_day

_TEXT = 500


def read(body: bytes) -> tuple[Read, list[Problem]]:
    """What the file holds, and every fault in it, by the number of the entry. Refused "xml_wrong" for what is no
    camt.053.
    """
    root = _parsed(body)
    drafts: list[Draft] = []
    problems: list[Problem] = []
    skipped = number = 0
    for statement in root.iterfind("{*}BkToCstmrStmt/{*}Stmt"):
        account = "".join(_said(statement, "Acct/Id/IBAN").split())
        for entry in statement.iterfind("{*}Ntry"):
            number += 1
            if not _came_in(entry):
                skipped += 1
                continue
            try:
                drafts += _entry(entry, account)
            except TollbookError as error:
                problems.append(problem(error, row=number))
    return Read(tuple(drafts), skipped), problems


def _parsed(body: bytes) -> Any:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise Refused("xml_wrong", f"file: it is no XML: {error.msg}", param="file") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise Refused("xml_wrong", "file: it declares a document type, which no statement does", param="file")
    if root.find("{*}BkToCstmrStmt") is None:
        raise Refused("xml_wrong", "file: it is no camt.053 statement (BkToCstmrStmt is missing)", param="file")
    return root


def _said(node: Any, path: str) -> str:
    found = node.findtext("/".join(f"{{*}}{name}" for name in path.split("/")))
    return " ".join((found or "").split())


def _came_in(entry: Any) -> bool:
    booked = _said(entry, "Sts/Cd") or _said(entry, "Sts")
    back = _said(entry, "RvslInd") == "true"
    return _said(entry, "CdtDbtInd") == "CRDT" and booked == "BOOK" and not back


def _entry(entry: Any, account: str) -> list[Draft]:
    """The transfers of one entry: banks book several in one, each with details of its own."""
    day = parse_day(_said(entry, "BookgDt/Dt") or _said(entry, "BookgDt/DtTm")[:10], "BookgDt")
    amount, currency = _amount(entry.find("{*}Amt"), "Amt")
    reference = _said(entry, "AcctSvcrRef") or _said(entry, "NtryRef")
    details = entry.findall("{*}NtryDtls/{*}TxDtls")
    if len(details) <= 1:
        return [_draft(details[0] if details else entry, account, reference, day, (amount, currency))]
    drafts = []
    for number, each in enumerate(details, 1):
        node = each.find("{*}Amt")
        node = each.find("{*}AmtDtls/{*}TxAmt/{*}Amt") if node is None else node
        own = _said(each, "Refs/AcctSvcrRef") or (f"{reference}/{number}" if reference else "")
        drafts.append(_draft(each, account, own, day, _amount(node, "TxDtls/Amt")))
    if {d.currency for d in drafts} != {currency} or sum((d.amount for d in drafts), Decimal(0)) != amount:
        message = f"NtryDtls: the details do not add up to the {amount} {currency} of the entry"
        raise Refused("details_differ", message, param="NtryDtls")
    return drafts


def _amount(node: Any, field: str) -> tuple[Decimal, str]:
    if node is None:
        raise Refused("amount_missing", f"{field}: the entry has no amount", param=field)
    amount = parse_decimal((node.text or "").strip(), field)
    if not amount:
        raise Refused("amount_not_positive", f"{field}: it is zero", param=field)
    return amount, check_currency(node.get("Ccy"), "Ccy")


def _draft(node: Any, account: str, reference: str, day: date, money: tuple[Decimal, str]) -> Draft:
    told = [" ".join((each.text or "").split()) for each in node.iterfind("{*}RmtInf/{*}Ustrd")]
    told += [_said(node, "RmtInf/Strd/CdtrRefInf/Ref"), _said(node, "Refs/EndToEndId"), _said(node, "AddtlNtryInf")]
    payer = _said(node, "RltdPties/Dbtr/Nm") or _said(node, "RltdPties/Dbtr/Pty/Nm")
    text = " ".join(each for each in told if each and each != "NOTPROVIDED")
    return Draft(
        account=account,
        reference=reference[:70],
        booked_on=day,
        amount=money[0],
        currency=money[1],
        payer=payer[:200],
        payer_account=_said(node, "RltdPties/DbtrAcct/Id/IBAN")[:34],
        text=text[:_TEXT],
    )
