"""A price in words, split for pages: what it costs, then how exactly it is counted."""

from collections.abc import Sequence


def cost_and_choices(words: Sequence[str], currency: str) -> tuple[list[str], list[str]]:
    """The sentences of `rating.price_words` that say amounts (with those before them), and the choices after them."""
    last = max((i for i, sentence in enumerate(words) if currency in sentence), default=0)
    return list(words[: last + 1]), list(words[last + 1 :])
