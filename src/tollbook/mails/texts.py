"""The texts that come with Tollbook, in English and German; a brand can have others."""

from tollbook.mails.rules import Text

ENGLISH: dict[str, Text] = {
    "invoice.issued": Text(
        "Invoice {number}: {total}",
        "Hello {name},\n\nyour invoice {number} of {issued_on} is ready. It comes to {total}; {open} are open, due on "
        "{due_on}.\n\nIt is attached as a PDF.\n\n{link}",
        "See the invoice",
    ),
    "credit_note.issued": Text(
        "Credit note {number}",
        "Hello {name},\n\nwe have issued credit note {number} of {issued_on} over {total}. It is attached as a PDF."
        "\n\n{link}",
        "See the credit note",
    ),
    "dunning.reminder": Text("{title}", "Hello {name},\n\n{title}.\n\n{text}\n\n{link}", "See your account"),
    "dunning.notice": Text("{title}", "Hello {name},\n\n{title}.\n\n{text}\n\n{link}", "See your account"),
    "payment.received": Text(
        "Thank you: {amount} received", "Hello {name},\n\nwe have received your payment of {amount}.\n\n{link}",
        "See your account",
    ),
    "payment.failed": Text(
        "Payment of {amount} failed",
        "Hello {name},\n\nyour payment of {amount} did not succeed; nothing was taken. {note}\n\n{link}", "Pay again",
    ),
    "refund.done": Text(
        "{amount} refunded", "Hello {name},\n\nwe have given {amount} back to you.\n\n{link}", "See your account"
    ),
    "wallet.low": Text(
        "Your wallet is low: {balance}",
        "Hello {name},\n\n{balance} are left in your wallet. Add funds in time, so that your services go on.\n\n{link}",
        "Add funds",
    ),
    "wallet.empty": Text(
        "Your wallet is empty", "Hello {name},\n\nnothing is left in your wallet. Please add funds.\n\n{link}",
        "Add funds",
    ),
    "spend.alert": Text(
        "You have spent {spent} this month",
        "Hello {name},\n\nwhat you spend in the month of {month} has reached {spent}. You asked to be told at {limit}."
        "\n\n{link}",
        "See your spend",
    ),
    "order.created": Text(
        "We have your order", "Hello {name},\n\nthank you for your order. {total} are due at once.\n\n{link}",
        "See the order",
    ),
    "order.completed": Text(
        "Your order is complete", "Hello {name},\n\neverything that you ordered is there.\n\n{link}", "See the order"
    ),
    "service.activated": Text(
        "{service} runs", "Hello {name},\n\nyour service {service} is ready.\n\n{link}", "See your services"
    ),
    "service.terminated": Text(
        "{service} has ended", "Hello {name},\n\nyour service {service} has ended for good.\n\n{link}",
        "See your services",
    ),
    "webhook.disabled": Text(
        "A webhook was switched off",
        "Hello {name},\n\nyour webhook {url} was switched off: {why}. Let it go on when it works again; what was "
        "missed can be sent again.\n\n{link}",
        "See your webhooks",
    ),
}  # fmt: skip
GERMAN: dict[str, Text] = {
    "invoice.issued": Text(
        "Rechnung {number}: {total}",
        "Guten Tag {name},\n\nIhre Rechnung {number} vom {issued_on} liegt bereit. Sie lautet auf {total}; davon sind "
        "{open} offen, fällig am {due_on}.\n\nSie ist als PDF angehängt.\n\n{link}",
        "Rechnung ansehen",
    ),
    "credit_note.issued": Text(
        "Gutschrift {number}",
        "Guten Tag {name},\n\nwir haben die Gutschrift {number} vom {issued_on} über {total} ausgestellt. Sie ist als "
        "PDF angehängt.\n\n{link}",
        "Gutschrift ansehen",
    ),
    "dunning.reminder": Text(
        "Zahlungserinnerung: {title}", "Guten Tag {name},\n\n{title}.\n\n{text}\n\n{link}", "Zum Konto"
    ),
    "dunning.notice": Text("Mitteilung: {title}", "Guten Tag {name},\n\n{title}.\n\n{text}\n\n{link}", "Zum Konto"),
    "payment.received": Text(
        "Danke: {amount} erhalten", "Guten Tag {name},\n\nIhre Zahlung über {amount} ist eingegangen.\n\n{link}",
        "Zum Konto",
    ),
    "payment.failed": Text(
        "Zahlung über {amount} fehlgeschlagen",
        "Guten Tag {name},\n\nIhre Zahlung über {amount} ist fehlgeschlagen; es wurde nichts abgebucht. {note}\n\n"
        "{link}",
        "Erneut bezahlen",
    ),
    "refund.done": Text(
        "{amount} erstattet", "Guten Tag {name},\n\nwir haben Ihnen {amount} erstattet.\n\n{link}", "Zum Konto"
    ),
    "wallet.low": Text(
        "Ihr Guthaben geht zur Neige: {balance}",
        "Guten Tag {name},\n\nIhr Guthaben beträgt noch {balance}. Laden Sie rechtzeitig auf, damit Ihre Dienste "
        "weiterlaufen.\n\n{link}",
        "Guthaben aufladen",
    ),
    "wallet.empty": Text(
        "Ihr Guthaben ist aufgebraucht",
        "Guten Tag {name},\n\nIhr Guthaben ist aufgebraucht. Bitte laden Sie es auf.\n\n{link}", "Guthaben aufladen",
    ),
    "spend.alert": Text(
        "Sie haben in diesem Monat {spent} verbraucht",
        "Guten Tag {name},\n\nIhr Verbrauch im Monat ab {month} hat {spent} erreicht. Sie wollten ab {limit} Bescheid "
        "wissen.\n\n{link}",
        "Verbrauch ansehen",
    ),
    "order.created": Text(
        "Ihre Bestellung ist eingegangen",
        "Guten Tag {name},\n\nvielen Dank für Ihre Bestellung. Sofort fällig sind {total}.\n\n{link}",
        "Bestellung ansehen",
    ),
    "order.completed": Text(
        "Ihre Bestellung ist erledigt",
        "Guten Tag {name},\n\nalles, was Sie bestellt haben, ist eingerichtet.\n\n{link}", "Bestellung ansehen",
    ),
    "service.activated": Text(
        "{service} läuft", "Guten Tag {name},\n\nIhr Dienst {service} ist bereit.\n\n{link}", "Dienste ansehen"
    ),
    "service.terminated": Text(
        "{service} ist beendet", "Guten Tag {name},\n\nIhr Dienst {service} wurde endgültig beendet.\n\n{link}",
        "Dienste ansehen",
    ),
    "webhook.disabled": Text(
        "Ein Webhook wurde abgeschaltet",
        "Guten Tag {name},\n\nIhr Webhook {url} wurde abgeschaltet: {why}. Schalten Sie ihn wieder ein, sobald er "
        "erreichbar ist; was fehlt, kann erneut gesendet werden.\n\n{link}",
        "Webhooks ansehen",
    ),
}  # fmt: skip
LANGUAGES: dict[str, dict[str, Text]] = {"en": ENGLISH, "de": GERMAN}
#: What stands below each mail: why it came, how to decline it.
FOOT = {
    "en": ("You get this as a contact of {customer}.", "Stop mails of this kind"),
    "de": ("Sie erhalten dies als Ansprechpartner von {customer}.", "Solche E-Mails abbestellen"),
}


def language_of(wanted: str) -> str:
    """The language of ours that is nearest: "de-AT" is "de", an unknown one "en"."""
    short = wanted.partition("-")[0].lower()
    return short if short in LANGUAGES else "en"
