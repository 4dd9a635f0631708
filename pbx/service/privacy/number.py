"""Whether a text names a telephone number, however it is written.

No country's rules are known here. Separators, `+`, `00` and prefixes fall away because only digits
count, and of these the last nine; a number that is shorter must be equal whole. So two numbers that
differ in what comes before their last nine digits are taken for one, unless `is_exact` asks for all
digits to be equal.
"""

from __future__ import annotations

import re
from typing import Any

DIGITS_MIN = 6  # fewer would find half the house: lengths, seconds, extensions
TAIL = 9

_RUN = re.compile(r"[0-9]+")
_NO_DIGIT = re.compile(r"[^0-9]+")


class Number:
    """The number that is looked for. Raises ValueError for one that is too short to be one."""

    def __init__(self, text: str, *, is_exact: bool = False) -> None:
        digits = _digits(text)
        if len(digits) < DIGITS_MIN:
            fix = "give the whole number, as it stands in the record"
            raise ValueError(f'"{text}" has fewer than {DIGITS_MIN} digits; fix: {fix}')
        self._tail = digits if is_exact else digits[-TAIL:]
        self._is_exact = is_exact

    def is_same(self, text: str) -> bool:
        """Whether a text as a whole, with its separators, is this number."""
        return self._is_digits(_digits(text))

    def is_in(self, text: str) -> bool:
        """Whether a text is this number, or one of the runs of digits in it is."""
        return self.is_same(text) or self.is_a_run_in(text)

    def is_a_run_in(self, text: str) -> bool:
        """Whether a run of digits in a text is this number: for texts that may be dates."""
        return any(map(self._is_digits, _RUN.findall(text)))

    def is_among(self, value: Any) -> bool:
        """Whether a text in a value of JSON, however deep, names it; numbers of JSON are none."""
        if isinstance(value, str):
            return self.is_in(value)
        if isinstance(value, dict):
            return any(map(self.is_among, value.values()))
        return isinstance(value, list | tuple) and any(map(self.is_among, value))

    def _is_digits(self, digits: str) -> bool:
        return (digits if self._is_exact else digits[-TAIL:]) == self._tail


def _digits(text: str) -> str:
    return _NO_DIGIT.sub("", text)
