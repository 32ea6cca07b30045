"""Values shown by their fields: one `__repr__` for all classes, for attrs would write and compile one for each."""

from __future__ import annotations

import attrs


class ShowsFields:
    """What shows its class and its fields, but for those that are not to be shown."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Return what would make the same value again, as attrs has it."""
        kind: type[attrs.AttrsInstance] = type(self)  # type: ignore[assignment]  # only attrs classes derive from it
        shown = (f"{field.name}={getattr(self, field.name)!r}" for field in attrs.fields(kind) if field.repr)
        return f"{kind.__qualname__.rpartition('>.')[2]}({', '.join(shown)})"
