"""Three-valued logic after Kleene."""

import enum


class Truth(enum.Enum):
    """A truth value that may be unknown."""

    TRUE = "true"
    FALSE = "false"
    UNKNOWN = "unknown"

    @classmethod
    def of(cls, value: bool) -> "Truth":  # noqa: FBT001
        """Return the truth value of a boolean."""
        return cls.TRUE if value else cls.FALSE

    def __and__(self, other: "Truth") -> "Truth":
        """Return false if either is false, true if both are true."""
        if Truth.FALSE in (self, other):
            return Truth.FALSE
        return Truth.UNKNOWN if Truth.UNKNOWN in (self, other) else Truth.TRUE

    def __or__(self, other: "Truth") -> "Truth":
        """Return true if either is true, false if both are false."""
        if Truth.TRUE in (self, other):
            return Truth.TRUE
        return Truth.UNKNOWN if Truth.UNKNOWN in (self, other) else Truth.FALSE

    def __invert__(self) -> "Truth":
        """Return the opposite; unknown stays unknown."""
        if self is Truth.UNKNOWN:
            return self
        return Truth.of(self is Truth.FALSE)
