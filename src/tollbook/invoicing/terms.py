"""What an open invoice is still unpaid for: the subscriptions whose terms on it nobody has paid."""

from collections.abc import Sequence
from typing import NamedTuple

from django.db import connection

from tollbook.base.bulk import array_text


class Term(NamedTuple):
    """A subscription on an invoice (row ids) and the product (public id) that its lines sell; `unpaid`: a line of it
    asks for money that neither a credit note took off nor a wallet paid when it was used.
    """

    invoice_id: int
    subscription_id: int
    product: str
    unpaid: bool


def terms_of(invoice_ids: Sequence[int]) -> list[Term]:
    """The terms on these invoices, by invoice, subscription and product; one query.

    Money that settles a part of an invoice is money for the whole document: it does not choose between its lines.
    """
    if not invoice_ids:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT each.invoice_id, each.subscription_id, each.product, bool_or(each.unpaid)
            FROM (
                SELECT l.invoice_id, c.subscription_id, p.public_id AS product,
                    -- Draws are cut to posting scale, each by itself.
                    l.net > 0
                    AND coalesce((SELECT sum(n.net) FROM invoicing_line n WHERE n.corrects_id = l.id), 0) < l.net
                    AND coalesce(sum(d.amount), 0) + count(*) * 1e-9
                        < l.exact * (100 + l.tax_percent) / (100 + coalesce(l.tax_included, 0)) AS unpaid
                FROM invoicing_line l
                JOIN invoicing_line_charge lc ON lc.line_id = l.id
                JOIN charging_charge c ON c.id = lc.charge_id
                JOIN catalog_price r ON r.id = c.price_id
                JOIN catalog_plan_version v ON v.id = r.version_id
                JOIN catalog_plan a ON a.id = v.plan_id
                JOIN catalog_product p ON p.id = a.product_id
                LEFT JOIN charging_draw d ON d.charge_id = c.id
                WHERE l.invoice_id = ANY(%s::bigint[])
                GROUP BY l.id, c.subscription_id, p.public_id
            ) each
            GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
            """,
            [array_text(invoice_ids)],
        )
        return [Term._make(row) for row in cursor.fetchall()]
