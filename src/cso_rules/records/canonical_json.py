"""Values as canonical JSON that UTF-8 can always write, so that equal values have equal hashes."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any, Final

from cso_rules.plan.kept.written import canonical

_HALF: Final = re.compile("[\ud800-\udfff]")
"""Half a character, which UTF-8 cannot write and JSON can."""


def text_of(value: Any) -> str:
    """Return a value as JSON in one line: keys in order, no blanks, no number that is not exact.

    Raises:
        ValueError: There is a number that is no number in it.
        TypeError: There is something in it that JSON does not know.
    """
    return _HALF.sub(lambda half: f"\\u{ord(half[0]):04x}", canonical(value))


def value_of(text: str) -> Any:
    """Return the value that a text of JSON writes.

    Raises:
        ValueError: It is no JSON.
    """
    return json.loads(text)


def hash_of(text: str) -> str:
    """Return the SHA-256 of a text, as 64 hexadecimal digits; of a damaged one that of its bytes."""
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
