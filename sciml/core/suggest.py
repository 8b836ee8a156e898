"""Which known word was probably meant by an unknown one."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A remedy in words: the nearest known word where one is near, and all known ones."""
    words = sorted(known)
    if not words:
        return "nothing is known here"
    near = difflib.get_close_matches(word, words, n=1, cutoff=0.6)
    listed = f"known: {', '.join(words)}"
    return f"did you mean {near[0]!r}? ({listed})" if near else listed
