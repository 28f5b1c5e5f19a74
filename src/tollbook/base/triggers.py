"""Guards that the database keeps whatever the code does."""

from collections.abc import Mapping

import pgtrigger

# The rows that a statement wrote, as a trigger for each statement sees them.
WRITTEN = pgtrigger.Referencing(new="written")  # type: ignore[no-untyped-call]  # pgtrigger leaves it untyped


def append_only(name: str) -> pgtrigger.Protect:
    """Refuse UPDATE and DELETE of any row: facts are appended, a correction is a new row."""
    return pgtrigger.Protect(name=name, operation=pgtrigger.Update | pgtrigger.Delete)


def no_delete(name: str) -> pgtrigger.Protect:
    """Refuse DELETE of any row."""
    return pgtrigger.Protect(name=name, operation=pgtrigger.Delete)


def refers(name: str, parents: Mapping[str, str]) -> pgtrigger.Trigger:
    """Refuse new rows without a parent: for each table the condition (SQL over `w`, the new row, and `p`) that finds
    it.

    For rows that are never changed, of parents that are never removed nor given another id: there it holds what a
    foreign key holds, and also that a row hangs on no other customer's parent. It asks once for a statement; a foreign
    key asks for every row, locks the parent and writes that down: a third of what a bill run cost the server.
    """
    # OFFSET keeps it a look-up for each row: a plan that reads a small parent whole would stay when it has grown.
    missing = " OR ".join(
        f"NOT EXISTS (SELECT 1 FROM {table} p WHERE {found} OFFSET 0)"  # noqa: S608  # names from our code
        for table, found in parents.items()
    )
    return pgtrigger.Trigger(
        name=name,
        operation=pgtrigger.Insert,
        when=pgtrigger.After,
        level=pgtrigger.Statement,
        referencing=WRITTEN,
        func=f"""
            IF EXISTS (SELECT 1 FROM written w WHERE {missing}) THEN
                RAISE EXCEPTION '{name}: a row refers to one that does not exist, or is another customer''s'
                    USING ERRCODE = 'foreign_key_violation';
            END IF;
            RETURN NULL;
        """,  # noqa: S608  # names from our code
    )


def frozen_columns(name: str, condition: str, *columns: str) -> pgtrigger.Trigger:
    """Refuse a change of the named columns in rows for which `condition` (SQL over OLD) holds."""
    changed = " OR ".join(f"OLD.{c} IS DISTINCT FROM NEW.{c}" for c in columns)
    return pgtrigger.Trigger(
        name=name,
        operation=pgtrigger.Update,
        when=pgtrigger.Before,
        func=f"""
            IF ({condition}) AND ({changed}) THEN
                RAISE EXCEPTION '{name}: a frozen column cannot change' USING ERRCODE = 'restrict_violation';
            END IF;
            RETURN NEW;
        """,
    )
