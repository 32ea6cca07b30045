"""Bodies as they come in: within their size, without long pauses, to their end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Final

import attrs

from cso_rules.service.front import Gone, Receive
from cso_rules.service.problems import Problem, fault
from cso_rules.service.settings import Limits

JSON: Final = "application/json"


def refuse_media_type(header: str, wanted: str) -> None:
    """Refuse a body of another kind, or in another encoding than UTF-8.

    Raises:
        Problem: It is one.
    """
    kind, _, rest = header.partition(";")
    charset = rest.strip().lower().removeprefix("charset=").strip('"')
    if kind.strip().lower() != wanted or charset not in {"", "utf-8", "utf8"}:
        raise Problem("wrong-media-type", [fault("content-type", header="Content-Type")])


@attrs.define(eq=False)
class Body:
    """A body on its way.

    Attributes:
        receive: Returns the next piece.
        most: Bytes that it may have.
        limits: How long its pieces, and all of it, may take.
        is_long: Whether it is a batch, of which only the time counts in which it is waited for.
    """

    receive: Receive
    most: int
    limits: Limits
    is_long: bool = False

    async def whole(self) -> bytes:
        """Return all of it.

        Raises:
            Problem: It is too large or comes too slowly.
            Gone: The client went away.
        """
        return b"".join([piece async for piece in self.pieces()])

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield its pieces as they come.

        Raises:
            Problem, Gone: As for `whole`.
        """
        size, loop = 0, asyncio.get_running_loop()
        left = self.limits.waiting if self.is_long else self.limits.request
        while True:
            began = loop.time()
            try:
                async with asyncio.timeout(min(self.limits.pause, left)):
                    message = await self.receive()
            except TimeoutError:
                raise Problem("too-slow", is_closing=True) from None
            left -= loop.time() - began
            if message["type"] == "http.disconnect":
                raise Gone
            size += len(message.get("body", b""))
            if size > self.most:
                raise Problem("too-large", [fault("too-many-bytes", pointer="", parts={"most": f"{self.most:,}"})])
            yield message.get("body", b"")
            if not message.get("more_body", False):
                return
