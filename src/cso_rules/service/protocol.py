"""HTTP/1.1 on a connection, with the deadlines and answers that uvicorn leaves out.

Headers have to come in time, an answer has to be taken in time, what follows a refused request is thrown away for a
moment only, and whoever ends a request half-way is told so.
"""

from __future__ import annotations

import asyncio
import sys
import uuid
from typing import Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from cso_rules.service.problems import MEDIA_TYPE, Problem, fault
from cso_rules.service.settings import Limits

LINGERING: Final = 2.0
"""Seconds for which the rest of a refused request is thrown away, so that its sender can read why."""
_TOO_LARGE: Final = 431


def protocol_of(limits: Limits) -> type[H11Protocol]:
    """Return the protocol of connections with some limits."""
    return type("LimitedProtocol", (Connection,), {"limits": limits})


class Connection(H11Protocol):
    """One connection."""

    limits: Limits
    _headers_due: asyncio.TimerHandle | None = None
    _pause_due: asyncio.TimerHandle | None = None
    _write_due: asyncio.TimerHandle | None = None
    _end_due: asyncio.TimerHandle | None = None

    # ------------------------------------------------------------------------------------------- coming in

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for headers; refuse connections beyond the limit."""
        super().connection_made(transport)
        if len(self.connections) > self.limits.connections:
            transport.abort()
            return
        self._await_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget all deadlines."""
        self._have_headers()
        for due in (self._write_due, self._end_due):
            if due is not None:
                due.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read what came; headers that are not complete keep their deadline."""
        try:
            super().data_received(data)
        except ValueError:  # a length of thousands of digits
            self.send_400_response("")
            return
        if self._is_between_requests and not self.transport.is_closing():
            if self.conn.trailing_data[0]:
                self._await_headers()
        else:
            self._have_headers()

    def eof_received(self) -> bool:  # type: ignore[override]  # what asyncio takes
        """Answer a request that came whole before its sender closed; say of another one that it is not."""
        if self._is_between_requests:
            if self.conn.trailing_data[0]:
                self.send_400_response("")
            return False
        if self.cycle.more_body:
            self._half()
        else:
            self.cycle.keep_alive = False
        return True

    @property
    def _is_asked(self) -> bool:
        found: object = self.cycle  # None before the first request, whatever uvicorn says
        return found is not None

    @property
    def _is_between_requests(self) -> bool:
        return self.conn.their_state is h11.IDLE

    def _await_headers(self) -> None:
        """Headers are due some seconds after their first byte, without a long pause."""
        if self._headers_due is None:
            self._headers_due = self.loop.call_later(self.limits.request, self._late)
        if self._pause_due is not None:
            self._pause_due.cancel()
        self._pause_due = self.loop.call_later(self.limits.pause, self._late)

    def _have_headers(self) -> None:
        for due in (self._headers_due, self._pause_due):
            if due is not None:
                due.cancel()
        self._headers_due = self._pause_due = None

    def _late(self) -> None:
        """Say that headers came too slowly, where any came; close the connection."""
        self._have_headers()
        if self.transport.is_closing():
            return
        if self.conn.trailing_data[0] and self._is_between_requests:
            self._refuse(Problem("too-slow"))
        else:
            self.transport.close()
            self._end_soon()

    def _half(self) -> None:
        """Say that a body ended before its length, where nothing was answered yet."""
        cycle = self.cycle
        cycle.disconnected = True
        cycle.message_event.set()
        if cycle.response_started:
            self.transport.abort()
        else:
            self._refuse(Problem("bad-http", [fault("half-a-body")]))

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - its words are those of problems
        """Say that this is no HTTP."""
        error = sys.exc_info()[1]
        hint = getattr(error, "error_status_hint", 400)
        kind = "headers-too-large" if hint == _TOO_LARGE else "bad-http"
        if self._is_asked and not self.cycle.response_complete:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self._refuse(Problem(kind, [fault("not-http")] if kind == "bad-http" else []))

    def _refuse(self, problem: Problem) -> None:
        """Answer without asking the application, and close."""
        self._have_headers()
        if self.transport.is_closing():
            return
        if self.conn.our_state not in {h11.IDLE, h11.SEND_RESPONSE}:
            self.transport.abort()
            return
        identity = uuid.uuid4().hex
        body = problem.body("zh", identity)
        headers = [
            ("content-type", MEDIA_TYPE), ("content-language", "zh"), ("content-length", str(len(body))),
            ("request-id", identity), ("connection", "close"),
        ]  # fmt: skip
        response = h11.Response(status_code=problem.status, headers=headers, reason=b"")
        for event in (response, h11.Data(data=body), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.write_eof()
        self._end_soon()

    # ------------------------------------------------------------------------------------------ going out

    def on_response_complete(self) -> None:
        """Let the rest of a request that was answered before its end come in for a moment only."""
        is_unread = self.conn.their_state is h11.SEND_BODY
        super().on_response_complete()
        if is_unread:
            self._end_soon()

    def pause_writing(self) -> None:
        """Give a client that takes nothing some seconds."""
        super().pause_writing()
        if self._write_due is None:
            self._write_due = self.loop.call_later(self.limits.write, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on."""
        super().resume_writing()
        if self._write_due is not None:
            self._write_due.cancel()
            self._write_due = None

    def timeout_keep_alive_handler(self) -> None:
        """Close a connection on which nothing is asked."""
        super().timeout_keep_alive_handler()
        self._end_soon(self.limits.write)

    def shutdown(self) -> None:
        """Close when what is being answered is answered."""
        if self.conn.our_state in {h11.IDLE, h11.DONE, h11.MUST_CLOSE, h11.SEND_RESPONSE, h11.SEND_BODY}:
            super().shutdown()
        else:
            self.transport.close()

    def _end_soon(self, seconds: float = LINGERING) -> None:
        if self._end_due is None:
            self._end_due = self.loop.call_later(seconds, self.transport.abort)
