"""Values by their fields: methods that all classes share, for attrs would write and compile one for each class.

That takes most of the time of an import. Only what is compared or hashed often enough has methods of its own for it.
"""

from __future__ import annotations

from typing import Any

import attrs


class ByFields:
    """What is shown by its fields, and compared and hashed by them too where attrs writes no `__eq__` (`eq=False`)."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Return what would make the same value again, as attrs has it."""
        shown = (f"{field.name}={getattr(self, field.name)!r}" for field in _fields(self) if field.repr)
        return f"{type(self).__qualname__.rpartition('>.')[2]}({', '.join(shown)})"

    def __eq__(self, other: object) -> bool:
        """Tell whether another value is of the same class and has the same fields."""
        return _compared(self) == _compared(other) if type(other) is type(self) else NotImplemented

    def __hash__(self) -> int:
        """Return what is the same for equal values."""
        return hash((type(self), *_compared(self)))


def _fields(value: object) -> tuple[attrs.Attribute[Any], ...]:
    kind: type[attrs.AttrsInstance] = type(value)  # type: ignore[assignment]  # only attrs classes derive from it
    found: tuple[attrs.Attribute[Any], ...] = attrs.fields(kind)
    return found


def _compared(value: object) -> list[object]:
    keys = {field.name: field.eq_key for field in _fields(value) if field.eq}  # type: ignore[attr-defined]
    return [getattr(value, name) if key is None else key(getattr(value, name)) for name, key in keys.items()]
