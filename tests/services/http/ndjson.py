"""Lets schemathesis send lines of JSON; it reads this file itself."""

from typing import Any

import schemathesis


@schemathesis.serializer("application/x-ndjson")
def lines(context: Any, value: Any) -> bytes:  # noqa: ARG001 - what schemathesis hands over
    """Return what was made up as bytes."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")
