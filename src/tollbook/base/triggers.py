"""Guards that the database keeps whatever the code does."""

import pgtrigger

# The rows that a statement wrote, as a trigger for each statement sees them.
WRITTEN = pgtrigger.Referencing(new="written")  # type: ignore[no-untyped-call]  # pgtrigger leaves it untyped


def append_only(name: str) -> pgtrigger.Protect:
    """Refuse UPDATE and DELETE of any row: facts are appended, a correction is a new row."""
    return pgtrigger.Protect(name=name, operation=pgtrigger.Update | pgtrigger.Delete)


def no_delete(name: str) -> pgtrigger.Protect:
    """Refuse DELETE of any row."""
    return pgtrigger.Protect(name=name, operation=pgtrigger.Delete)


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
