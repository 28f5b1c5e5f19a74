"""Guards that the database keeps for invoices and their lines, beside the common ones of `base.triggers`."""

import pgtrigger

from tollbook.base.triggers import WRITTEN


def one_customer(name: str, wrong: str) -> pgtrigger.Trigger:
    """Refuse new rows for which `wrong` (SQL over `w`) holds: a line belongs to the customer of its invoice, whichever
    of the two is written first.
    """
    return pgtrigger.Trigger(
        name=name,
        operation=pgtrigger.Insert,
        when=pgtrigger.After,
        level=pgtrigger.Statement,
        referencing=WRITTEN,
        func=f"""
            IF EXISTS (SELECT 1 FROM written w WHERE {wrong}) THEN
                RAISE EXCEPTION '{name}: a line belongs to the customer of its invoice'
                    USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            RETURN NULL;
        """,  # noqa: S608  # names from our code
    )


def never_over_credited(name: str) -> pgtrigger.Trigger:
    """Refuse a line of a credit note that takes more than is left of the line it corrects, or another customer's.

    The corrected line is locked: of two notes at once, the second sees what the first took.
    """
    return pgtrigger.Trigger(
        name=name,
        operation=pgtrigger.Insert,
        # Not before: that would slow the COPY of every bill run.
        when=pgtrigger.After,
        condition=pgtrigger.Q(new__corrects__isnull=False),
        declare=[("line", "invoicing_line%ROWTYPE"), ("taken", "numeric")],
        func=f"""
            SELECT * INTO line FROM invoicing_line WHERE id = NEW.corrects_id FOR UPDATE;
            SELECT coalesce(sum(net), 0) INTO taken FROM invoicing_line WHERE corrects_id = NEW.corrects_id;
            IF sign(NEW.net) * sign(line.net) < 0 OR abs(taken) > abs(line.net)
                OR NEW.customer_id <> line.customer_id THEN
                RAISE EXCEPTION '{name}: more is credited than the line has'
                    USING ERRCODE = 'restrict_violation';
            END IF;
            RETURN NULL;
        """,  # noqa: S608  # names from our code
    )
