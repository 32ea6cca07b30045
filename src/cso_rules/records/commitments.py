"""Values about persons: the chain holds only a seal of each, made with a salt that may be erased with the value.

A seal is the HMAC-SHA256 of the value under 32 random bytes of its own. While salt and value are kept, anybody can
check that the value is the one that was sealed. Once they are erased nobody can find it, not even by trying all values.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Any, Final

import attrs

from cso_rules.records.canonical_json import text_of, value_of

SALT_BYTES: Final = 32


@attrs.frozen(kw_only=True)
class KeptValue:
    """What was said of one personal fact, which stands beside the chain until it is erased.

    Attributes:
        record: The id of the record.
        fact: The name of the fact.
        salt: 64 hexadecimal digits.
        said: What was said, as canonical JSON: `value`, and where given `judgement` and `cells`.
    """

    record: str
    fact: str
    salt: str = attrs.field(repr=False)
    said: str = attrs.field(repr=False)

    @property
    def seal(self) -> str:
        """What stands in the record instead of it; 64 hexadecimal digits."""
        message = text_of([self.record, self.fact, self.said]).encode()
        return hmac.new(bytes.fromhex(self.salt), message, hashlib.sha256).hexdigest()

    def is_sealed_by(self, seal: str) -> bool:
        """Tell whether it is what was sealed; a salt that is none is of no seal."""
        try:
            return hmac.compare_digest(self.seal, seal)
        except (ValueError, TypeError):
            return False

    @property
    def content(self) -> dict[str, Any]:
        """What was said: `value`, and where given `judgement` and `cells`."""
        found: dict[str, Any] = value_of(self.said)
        return found


def sealed(record: str, fact: str, said: dict[str, Any]) -> KeptValue:
    """Return what is said of a personal fact with a salt of its own."""
    return KeptValue(record=record, fact=fact, salt=secrets.token_hex(SALT_BYTES), said=text_of(said))
