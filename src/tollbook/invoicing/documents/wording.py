"""The words of a document in its language. A language without its own uses English with its own numbers."""

from __future__ import annotations

from tollbook.invoicing.documents.wording_de import GERMAN
from tollbook.invoicing.documents.wording_en import ENGLISH
from tollbook.invoicing.documents.wording_keys import Words

BY_LANGUAGE: dict[str, Words] = {"de": GERMAN, "en": ENGLISH}

CODES = {"AE": "VATEX-EU-AE", "G": "VATEX-EU-G", "O": "VATEX-EU-O"}
"""The CEF code that goes with the usual reason of each tax code."""


def reason(code: str, language: str) -> str:
    """The usual words for charging no tax under `code`; empty where there are none."""
    text = words(language)
    return {"AE": text["reason_AE"], "G": text["reason_G"], "O": text["reason_O"]}.get(code, "")


def spoken(language: str) -> str:
    """The language that the words for a CLDR locale are in, which assistive programs read out."""
    bare = language.replace("-", "_").partition("_")[0]
    return bare if bare in BY_LANGUAGE else "en"


def words(language: str) -> Words:
    """The words for a CLDR locale, by its language alone."""
    return BY_LANGUAGE[spoken(language)]
