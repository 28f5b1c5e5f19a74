"""How much of a password is left for somebody who knows the obvious; pure.

Length is what counts (NIST SP 800-63B-4): there are no rules of composition. What adds length but nothing to guess does
not count: repetitions, rows of the alphabet or the keyboard, and words that name the person or the service.
"""

import re
from collections.abc import Iterable

LONG = 15
LONG_WITH_FACTOR = 8
MOST = 256
#: Letters that must be left when the obvious is taken away.
LEFT = 8
# Shorter words are found inside too many others.
WORD = 4
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "yxcvbnm", "azertyuiop", "qsdfghjklm", "1234567890")


def least(has_factor: bool) -> int:
    """The fewest characters of a password that stands alone, or of one that needs a second factor beside it."""
    return LONG_WITH_FACTOR if has_factor else LONG


def words_of(*texts: str) -> frozenset[str]:
    """The words in names and addresses that a guesser would try, in lower case."""
    return frozenset(w for text in texts for w in re.split(r"[\W_]+", text.lower()) if len(w) >= WORD)


def left_of(password: str, words: Iterable[str]) -> int:
    """How many characters of the password are not obvious to who knows these words."""
    rest = password.lower()
    for word in sorted(words, key=len, reverse=True):
        rest = rest.replace(word, "")
    return len(_unrepeated(_without_rows(rest)))


def _without_rows(text: str) -> str:
    """The text without the characters that go on as the two before them did: aaa, abc, 321, qwe."""
    kept = text[:2]
    for before, last, char in zip(text, text[1:], text[2:], strict=False):
        if not _goes_on(before, last, char):
            kept += char
    return kept


def _goes_on(before: str, last: str, char: str) -> bool:
    step = ord(last) - ord(before)
    if abs(step) <= 1 and ord(char) - ord(last) == step:
        return True
    three = before + last + char
    return any(three in row or three[::-1] in row for row in _ROWS)


def _unrepeated(text: str) -> str:
    """The piece whose repetition is the text; the text itself if it is none."""
    for size in range(1, len(text) // 2 + 1):
        piece = text[:size]
        if (piece * (len(text) // size + 1))[: len(text)] == text:
            return piece
    return text
