"""The reports: what each is called, which query it is, what its columns are and which accounts it equals."""

from collections.abc import Sequence
from dataclasses import dataclass

from tollbook.ledger.rules import AccountKind


@dataclass(frozen=True, slots=True)
class Field:
    """A column: the key of the query's row, its heading, whether it is an amount of the row's currency ("exact"), text,
    a day or a quantity, and whether it is summed by currency.
    """

    key: str
    label: str
    kind: str = "text"
    summed: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """One report.

    sql      one query, with %(brand)s (row id or NULL), %(currency)s (code or ""), %(today)s, %(begin)s and %(end)s
    equals   the kinds of accounts whose postings (credit positive, if `credit`) the sum of `total` is
    back     the months shown before this one; None: it stands now and has no months
    """

    name: str
    title: str
    about: str
    fields: Sequence[Field]
    sql: str
    equals: Sequence[AccountKind]
    total: str
    credit: bool = True
    back: int | None = None


def _amount(key: str, label: str) -> Field:
    return Field(key, label, "exact", summed=True)


_CUSTOMER = Field("name", "Customer")
_BRAND = Field("brand", "Brand")
_CURRENCY = Field("currency", "Currency")
_SCOPE = "(%(brand)s::bigint IS NULL OR {0}.brand_id = %(brand)s) AND %(currency)s IN ('', {1}.currency)"

# Not `Invoice.open`, which is never below zero: what was credited of a settled invoice and not given back yet is owed
# to the customer, and the books have it in the same account.
_AGED = f"""
    WITH owed AS (
        SELECT i.brand_id, i.customer_id, i.currency, %(today)s::date - coalesce(i.due_on, i.issued_on) AS late,
               i.total - i.prepaid - i.credited - i.settled AS amount
        FROM invoicing_invoice i
        WHERE i.state <> 'draft' AND i.kind <> 'credit_note'
          AND i.total - i.prepaid - i.credited - i.settled <> 0 AND {_SCOPE.format("i", "i")}
    )
    SELECT c.name, c.public_id AS customer, b.name AS brand, o.currency,
           coalesce(sum(o.amount) FILTER (WHERE o.late <= 0), 0) AS not_due,
           coalesce(sum(o.amount) FILTER (WHERE o.late BETWEEN 1 AND 30), 0) AS to_30,
           coalesce(sum(o.amount) FILTER (WHERE o.late BETWEEN 31 AND 60), 0) AS to_60,
           coalesce(sum(o.amount) FILTER (WHERE o.late BETWEEN 61 AND 90), 0) AS to_90,
           coalesce(sum(o.amount) FILTER (WHERE o.late > 90), 0) AS over_90,
           sum(o.amount) AS total
    FROM owed o JOIN customers_customer c ON c.id = o.customer_id JOIN brands_brand b ON b.id = o.brand_id
    GROUP BY c.id, b.id, o.currency ORDER BY total DESC, c.id, o.currency
"""  # noqa: S608  # constants
_BOOKED = f"""
    FROM ledger_account a
    JOIN ledger_posting p ON p.account_id = a.id
    JOIN ledger_transaction t ON t.id = p.transaction_id
        AND t.booked_on >= %(begin)s AND t.booked_on < %(end)s
    JOIN brands_brand b ON b.id = a.brand_id
    WHERE {{0}} AND {_SCOPE.format("a", "a")}
"""
_REVENUE = f"""
    SELECT date_trunc('month', s.booked_on)::date AS month, coalesce(d.name, s.owner) AS product, s.brand, s.currency,
           sum(s.amount) AS total
    FROM (
        SELECT t.booked_on, a.owner, b.name AS brand, a.currency, -sum(p.amount) AS amount
        {_BOOKED.format("a.kind = 'revenue'")} GROUP BY t.booked_on, a.owner, b.id, a.currency
    ) s LEFT JOIN catalog_product d ON d.public_id = s.owner
    GROUP BY 1, d.id, s.owner, s.brand, s.currency ORDER BY 1 DESC, total DESC, s.owner
"""  # noqa: S608  # constants
# The country is the one that the document says: a customer who moved later does not move its tax.
_TAX = f"""
    SELECT date_trunc('month', i.issued_on)::date AS month, i.content::jsonb #>> '{{buyer,country}}' AS country,
           x.code, coalesce(r.name, x.name) AS tax, coalesce(r.percent, x.percent) AS percent, b.name AS brand,
           i.currency, sum(g.sign * x.net) AS net, sum(g.sign * coalesce(r.tax, x.tax)) AS total
    FROM invoicing_invoice i
    JOIN invoicing_tax x ON x.invoice_id = i.id
    LEFT JOIN invoicing_tax_part r ON r.group_id = x.id
    JOIN brands_brand b ON b.id = i.brand_id
    CROSS JOIN LATERAL (SELECT CASE WHEN i.kind = 'credit_note' THEN -1 ELSE 1 END AS sign) g
    WHERE i.state <> 'draft' AND i.issued_on >= %(begin)s AND i.issued_on < %(end)s AND {_SCOPE.format("i", "i")}
    GROUP BY 1, 2, 3, 4, 5, b.id, i.currency ORDER BY 1 DESC, 2, 3, 4, 5, b.id, i.currency
"""  # noqa: S608  # constants
_PREPAID = f"""
    SELECT c.name, c.public_id AS customer, b.name AS brand, w.currency, count(*) AS wallets,
           sum(greatest(w.balance, 0)) AS owed, sum(least(w.balance, 0)) AS overdrawn, sum(w.balance) AS total
    FROM wallets_wallet w JOIN customers_customer c ON c.id = w.customer_id JOIN brands_brand b ON b.id = c.brand_id
    WHERE w.balance <> 0 AND {_SCOPE.format("c", "w")}
    GROUP BY c.id, b.id, w.currency ORDER BY total DESC, c.id, w.currency
"""  # noqa: S608  # constants
_MARGIN = f"""
    SELECT coalesce(c.name, '') AS name, coalesce(c.public_id, '') AS customer, s.brand, s.currency, s.revenue, s.cost,
           s.revenue - s.cost AS total
    FROM (
        SELECT t.customer_id, b.name AS brand, b.id, a.currency,
               coalesce(-sum(p.amount) FILTER (WHERE a.kind <> 'cost_of_sales'), 0) AS revenue,
               coalesce(sum(p.amount) FILTER (WHERE a.kind = 'cost_of_sales'), 0) AS cost
        {_BOOKED.format("a.kind IN ('revenue', 'rounding', 'cost_of_sales')")}
        GROUP BY t.customer_id, b.id, a.currency
    ) s LEFT JOIN customers_customer c ON c.id = s.customer_id
    ORDER BY total DESC, s.customer_id, s.id, s.currency
"""  # noqa: S608  # constants
_COST = f"""
    SELECT o.month, coalesce(s.name, o.owner) AS supplier, o.brand, o.currency, o.total
    FROM (
        SELECT date_trunc('month', t.booked_on)::date AS month, a.owner, b.id AS brand_id, b.name AS brand, a.currency,
               sum(p.amount) AS total
        {_BOOKED.format("a.kind = 'cost_of_sales'")} GROUP BY 1, a.owner, b.id, a.currency
    ) o LEFT JOIN sourcing_supplier s ON s.brand_id = o.brand_id AND s.code = o.owner
    ORDER BY o.month DESC, o.total DESC, o.owner, o.brand_id, o.currency
"""  # noqa: S608  # constants

_MONTH = Field("month", "Month", "day")
REPORTS = (
    Report(
        "aged-receivables",
        "Aged receivables",
        "What customers owe on invoices, by days after the due date. Below zero: credited and not given back yet.",
        (
            _CUSTOMER,
            _BRAND,
            _CURRENCY,
            _amount("not_due", "Not due"),
            _amount("to_30", "1 to 30 days"),
            _amount("to_60", "31 to 60 days"),
            _amount("to_90", "61 to 90 days"),
            _amount("over_90", "Over 90 days"),
            _amount("total", "Total"),
        ),
        _AGED,
        (AccountKind.RECEIVABLE,),
        "total",
        credit=False,
    ),
    Report(
        "revenue",
        "Revenue by product",
        "Revenue as booked: exact, without tax, less credit notes.",
        (_MONTH, Field("product", "Product"), _BRAND, _CURRENCY, _amount("total", "Revenue")),
        _REVENUE,
        (AccountKind.REVENUE,),
        "total",
        back=11,
    ),
    Report(
        "tax",
        "Tax by rate and country",
        "Tax of the documents issued, less that of credit notes, by the country that the document says.",
        (
            _MONTH,
            Field("country", "Country"),
            Field("code", "Code"),
            Field("tax", "Tax"),
            Field("percent", "Percent", "quantity"),
            _BRAND,
            _CURRENCY,
            # Not summed: several taxes on one sale have the same net.
            Field("net", "Net", "exact"),
            _amount("total", "Amount of tax"),
        ),
        _TAX,
        (AccountKind.TAX_PAYABLE,),
        "total",
        back=2,
    ),
    Report(
        "prepaid",
        "Prepaid liability",
        "What wallets hold: owed to customers in use; what is overdrawn, they owe.",
        (
            _CUSTOMER,
            _BRAND,
            _CURRENCY,
            Field("wallets", "Wallets", "quantity"),
            _amount("owed", "Owed"),
            _amount("overdrawn", "Overdrawn"),
            _amount("total", "Balance"),
        ),
        _PREPAID,
        (AccountKind.WALLET,),
        "total",
    ),
    Report(
        "margin",
        "Margin by customer",
        "Revenue, with what rounding its lines added or took, less cost, as booked. No name: of no customer.",
        (
            _CUSTOMER,
            _BRAND,
            _CURRENCY,
            _amount("revenue", "Revenue"),
            _amount("cost", "Cost"),
            _amount("total", "Margin"),
        ),
        _MARGIN,
        (AccountKind.REVENUE, AccountKind.ROUNDING, AccountKind.COST_OF_SALES),
        "total",
        back=11,
    ),
    Report(
        "cost",
        "Cost by supplier",
        "Cost of sales as booked.",
        (_MONTH, Field("supplier", "Supplier"), _BRAND, _CURRENCY, _amount("total", "Cost")),
        _COST,
        (AccountKind.COST_OF_SALES,),
        "total",
        credit=False,
        back=11,
    ),
)
BY_NAME = {report.name: report for report in REPORTS}
