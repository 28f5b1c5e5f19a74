"""The catalogue of texts that customers read: gathered from the source, kept in `locale/`, compiled for gettext.

`scripts/messages` runs it. Gathered are: calls that translate (`gettext`, `later`, `said` ...), the tags of templates,
what is declared to be shown (columns, menus, kinds of mail, words of states) and the sentences of refusals that a page
can show, each with its code as context. A text that went away goes from the catalogue; a new one stands there
untranslated until somebody translates it, and a test says so.
"""

import ast
import io
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from operator import itemgetter
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.apps import apps
from django.conf import settings
from django.template import Engine, Template
from django.template.base import Node
from django.templatetags.i18n import BlockTranslateNode, TranslateNode

from tollbook.catalog.told import ABROAD
from tollbook.customers.models import Membership
from tollbook.customers.team import MAY
from tollbook.invoicing.explain_parts import TAX_ROUNDED
from tollbook.invoicing.models import Invoice
from tollbook.invoicing.told import ACCOUNTS
from tollbook.kernel.money import Rounding
from tollbook.mails.kinds import KINDS
from tollbook.metering.models import Aggregation
from tollbook.payments.registry import registry
from tollbook.rating.price_models.timed import WEEKDAYS
from tollbook.rating.semantics import every_sentence
from tollbook.subscriptions.models import Subscription
from tollbook.subscriptions.portal import PERIOD_STATES
from tollbook.web.templatetags.web import CHIPS, WORDS

SOURCE = Path(settings.LOCALE_PATHS[0]).parent
LANGUAGES = tuple(code for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE)
PLURALS = {"ngettext"}
CALLS = {"_", "gettext", "gettext_lazy", "later", "said", *PLURALS}
#: What declarations show: the position of the text among the arguments, and the names of arguments that are texts.
DECLARED = {
    "Column": (0,), "MenuEntry": (0,), "Filter": (1,), "MailKind": (1,), "Table": (),
}  # fmt: skip
NAMED = {"empty_title", "empty_text", "section"}
REFUSALS = {"Refused", "NotFound", "Retryable", "Permanent", "Problem", "fault"}
#: Whose refusals a page of the customer portal shows.
REFUSING = (
    "kernel/", "orders/", "payments/", "wallets/", "webhooks/", "promotions/", "customers/", "charging/alerts.py",
    "charging/rules.py", "provisioning/steering.py", "provisioning/actions.py", "mails/actions.py",
    "identity/", "invoicing/actions.py", "subscriptions/actions.py",
)  # fmt: skip
_NOT_PAGES = re.compile(
    r"(^|/)(staff|tests|migrations|conformance|simulation|sourcing|people)(/|_|\.py|$)|staff\.py$|_api\.py$|/api\.py$"
)
_NO_DATE = datetime(2000, 1, 1, tzinfo=UTC)
#: A message: its context (a refusal's code, else None), the text, and the text for several or "".
Message = tuple[str | None, str, str]


def found() -> list[Message]:
    """Every message of the source, once, in a steady order."""
    seen: dict[Message, None] = {}
    for path in sorted(SOURCE.rglob("*.py")):
        name = path.relative_to(SOURCE).as_posix()
        if not _NOT_PAGES.search(name):
            tree = ast.parse(path.read_text())
            seen |= dict.fromkeys(_of_python(tree))
            if name.startswith(REFUSING):
                seen |= dict.fromkeys(_refusals(tree))
    for path in sorted(SOURCE.rglob("*.html")):
        seen |= dict.fromkeys(_of_template(path.read_text()))
    seen |= dict.fromkeys((None, text, "") for text in _declared())
    return list(seen)


def _declared() -> Iterator[str]:
    """Words that are data: of states, kinds and roles."""
    fields = (field for model in apps.get_models() for field in model._meta.get_fields() if field.name == "state")
    states = (value for field in fields for value, _ in getattr(field, "choices", None) or ())
    yield from (WORDS.get(state, state.replace("_", " ")) for state in (*CHIPS, *states, "expired", "revoked"))
    yield from Invoice.Kind.labels
    yield from (str(each).capitalize() for each in apps.get_model("wallets", "Movement").Kind.labels)
    yield from (str(each) for each in apps.get_model("wallets", "Grant").Kind.labels)
    yield from Membership.Role.labels
    yield from MAY.values()
    yield from (each.title for each in KINDS.values())
    yield from Subscription.Alignment.labels
    yield from Aggregation.labels
    yield from (each.replace("_", " ") for each in Rounding)
    yield from TAX_ROUNDED.values()
    yield from (gateway.title for gateway in registry().values())
    yield from WEEKDAYS
    yield from PERIOD_STATES
    yield from ("Account of", "IBAN", "BIC", "Reference")  # of a bank transfer
    yield from ABROAD.values()
    yield from every_sentence()
    yield from ACCOUNTS


def _name(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def _text(node: ast.expr | None) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _of_python(tree: ast.Module) -> Iterator[Message]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = _name(node)
        if name in CALLS and node.args and (text := _text(node.args[0])):
            yield None, text, _text(node.args[1]) if name in PLURALS else ""
        if name in DECLARED:
            shown = [node.args[i] for i in DECLARED[name] if i < len(node.args)]
            shown += [keyword.value for keyword in node.keywords if keyword.arg in NAMED]
            yield from ((None, text, "") for each in shown if (text := _text(each)))
        if name == "Filter":
            yield from ((None, text, "") for text in _choices(node))


def _choices(call: ast.Call) -> Iterator[str]:
    """The labels of a filter's choices, which are triples of value, label and condition."""
    for each in ast.walk(call):
        if isinstance(each, ast.Tuple) and len(each.elts) == 3 and (text := _text(each.elts[1])):  # noqa: PLR2004
            yield text


def _refusals(tree: ast.Module) -> Iterator[Message]:
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef):
            continue
        given = [
            (node.lineno, node.targets[0].id, node.value)
            for node in ast.walk(function)
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
        ]
        for node in ast.walk(function):
            if not isinstance(node, ast.Call) or _name(node) not in REFUSALS or len(node.args) < 2:  # noqa: PLR2004
                continue
            code, message = (node.args[3], node.args[4]) if len(node.args) == 5 else node.args[:2]  # noqa: PLR2004
            # A name that is given anew says what it was given last before the call.
            names = {name: value for line, name, value in sorted(given, key=itemgetter(0)) if line < node.lineno}
            template = _template(message, names)
            if _text(code) and re.search(r"[a-z]{2}", re.sub(r"\{\w+\}", "", template)):
                yield _text(code), template, ""


def _template(node: ast.expr, names: dict[str, ast.expr], depth: int = 0) -> str:
    """A message with its values in braces; what is put together before is put in. Empty where it cannot be known."""
    if isinstance(node, ast.Name) and node.id in names and depth < 3:  # noqa: PLR2004  # a name may name itself
        return _template(names[node.id], names, depth + 1)
    if text := _text(node):
        return text.replace("{", "(").replace("}", ")")
    if not isinstance(node, ast.JoinedStr):
        return ""
    whole, used = "", dict[str, str]()
    for part in node.values:
        if isinstance(part, ast.FormattedValue):
            inner = _template(part.value, names, depth + 1) if isinstance(part.value, ast.Name) else ""
            whole += inner if inner and "{" not in inner else "{" + _slot(part.value, used) + "}"
        else:
            whole += _text(part)
    return whole


def _slot(value: ast.expr, used: dict[str, str]) -> str:
    """A name for a value: its last word; another number for another value with the same word."""
    code = ast.unparse(value)
    base: str = (re.findall(r"[A-Za-z_]\w*", re.sub(r"['\"].*?['\"]", "", code)) or ["value"])[-1]
    name, number = base, 2
    while used.setdefault(name, code) != code:
        name, number = f"{base}{number}", number + 1
    return name


def _of_template(source: str) -> Iterator[Message]:
    yield from ((None, text, "") for text in re.findall(r'_\("([^"]*)"\)', source))
    yield from _of_nodes(Template(source, engine=Engine.get_default()).nodelist)


def _of_nodes(nodes: Iterator[Node] | list[Node]) -> Iterator[Message]:
    for node in nodes:
        if isinstance(node, TranslateNode):
            literal = node.filter_expression.var
            if isinstance(text := getattr(literal, "literal", literal), str):
                yield None, text.replace("%%", "%"), ""
        elif isinstance(node, BlockTranslateNode):
            one, several = (node.render_token_list(each)[0] if each else "" for each in (node.singular, node.plural))
            yield (None, _trim(one), _trim(several)) if node.trimmed else (None, one, several)
        for name in node.child_nodelists:
            yield from _of_nodes(getattr(node, name, None) or [])


def _trim(text: str) -> str:
    return " ".join(line.strip() for line in text.strip().splitlines())


def path_of(language: str, ending: str) -> Path:
    """Where the catalogue of a language is: "po" for people, "mo" for gettext."""
    return SOURCE / "locale" / language / "LC_MESSAGES" / f"django.{ending}"


def catalogue(language: str) -> Catalog:
    """The catalogue as it stands in the source."""
    found_ = read_po(io.BytesIO(path_of(language, "po").read_bytes()), locale=language)
    # The files are in version control, which knows when they changed: the same texts give the same bytes.
    found_.creation_date = found_.revision_date = _NO_DATE
    return found_


def renewed(language: str) -> Catalog:
    """The catalogue with exactly the messages of the source, and the translations that there are."""
    known = catalogue(language) if path_of(language, "po").exists() else Catalog(locale=language)
    fresh = Catalog(locale=language, project="Tollbook", fuzzy=False, header_comment="# Kept by scripts/messages.")
    fresh.creation_date = fresh.revision_date = _NO_DATE
    for context, text, several in found():
        key: str | tuple[str, str] = (text, several) if several else text
        before = known.get(text, context)
        same = before is not None and isinstance(before.id, tuple) == bool(several)
        fresh.add(key, before.string if same and before else "", context=context)
    return fresh


def written(found_: Catalog) -> bytes:
    """A catalogue as .po text, sorted, without dates: the same messages give the same file."""
    file = io.BytesIO()
    write_po(file, found_, sort_output=True, width=110, omit_header=False)
    lines = file.getvalue().decode().splitlines(keepends=True)
    return "".join(line for line in lines if "-Date:" not in line and "Generated-By" not in line).encode()


def compiled(found_: Catalog) -> bytes:
    """A catalogue as gettext reads it."""
    file = io.BytesIO()
    write_mo(file, found_)
    return file.getvalue()


def main() -> None:
    """Renew and compile the catalogues of all languages; tell what is not translated."""
    for language in LANGUAGES:
        fresh = renewed(language)
        path_of(language, "po").parent.mkdir(parents=True, exist_ok=True)
        path_of(language, "po").write_bytes(written(fresh))
        path_of(language, "mo").write_bytes(compiled(catalogue(language)))
        missing = sum(not (all(m.string) if isinstance(m.string, tuple) else m.string) for m in fresh if m.id)
        sys.stdout.write(f"{language}: {len(fresh)} messages, {missing} to translate\n")
