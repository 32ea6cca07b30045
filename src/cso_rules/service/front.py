"""What stands before every address: names, origins, tokens, sizes, the log, and what is made of faults.

Guaranteed: whatever happens, an answer or a problem is sent and one line is logged, which holds no fact, no parameter
and no token.
"""

from __future__ import annotations

import datetime
import json
import logging
import re
import time
import traceback
import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final
from urllib.parse import urlsplit

import attrs

from cso_rules.service.endpoints import Role
from cso_rules.service.metrics import Metrics
from cso_rules.service.problems import MEDIA_TYPE, Problem, fault
from cso_rules.service.settings import LARGEST_HEADERS, Settings
from cso_rules.service.tokens import MAY

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

LOG: Final = logging.getLogger("cso_rules.service")
FREE: Final = frozenset({"/health", "/ready"})
"""Addresses that need no token."""
LONGEST_LENGTH: Final = 15
"""Digits of a length."""
_IDENTITY: Final = re.compile(r"[A-Za-z0-9-]{1,64}", re.ASCII)
_ALWAYS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"frame-ancestors 'none'"),
    (b"cross-origin-resource-policy", b"same-origin"),
)


class Gone(Exception):  # noqa: N818 - no error: nobody is there any more
    """The client went away before the end of its request."""


def language_of(header: str) -> str:
    """Return the language that a header Accept-Language prefers: `zh`, where it does not prefer English."""
    best = {"zh": 0.0, "en": 0.0}
    for part in header.split(",")[:20]:
        tag, _, weight = part.strip().partition(";")
        own = tag.strip().lower()[:2]
        if own in best:
            found = re.fullmatch(r"\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*", weight, re.ASCII)
            best[own] = max(best[own], float(found[1]) if found else 0.0 if weight.strip() else 1.0)
    return "en" if best["en"] > best["zh"] else "zh"


@attrs.define(eq=False)
class Exchange:
    """One request on its way, and what is known of its answer.

    Attributes:
        headers: Those of the request, the last of each name.
        identity: That of the request, in the log and in the answer.
        path: The address as it is counted: one that is known, or `other`.
        details: What else is logged.
    """

    scope: MutableMapping[str, Any]
    headers: dict[bytes, bytes]
    identity: str
    path: str = "other"
    status: int = 0
    details: dict[str, Any] = attrs.field(factory=dict)

    @property
    def language(self) -> str:
        """`zh` or `en`."""
        return language_of(self.header(b"accept-language"))

    def header(self, name: bytes) -> str:
        """Return a header; an empty text where it is not there."""
        return self.headers.get(name, b"").decode("latin-1")


@attrs.define(eq=False)
class Front:
    """The whole service as one ASGI application.

    Attributes:
        app: What answers where nothing is refused here.
        settings: What the service was started with.
        roles: The role that each known address needs.
        most: Bytes of a body, by address; others as settings say.
        is_stopping: Whether the process ends soon, so that connections are closed.
    """

    app: App
    settings: Settings
    metrics: Metrics
    roles: dict[str, Role]
    most: dict[str, int]
    is_stopping: bool = False

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            return
        began = time.perf_counter()
        headers = dict(scope["headers"])
        sent = headers.get(b"request-id", b"").decode("latin-1")
        exchange = Exchange(scope, headers, sent if _IDENTITY.fullmatch(sent) else uuid.uuid4().hex)
        exchange.path = scope["path"] if scope["path"] in self.roles else "other"
        scope["exchange"] = exchange

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                exchange.status = message["status"]
                own = [(b"request-id", exchange.identity.encode()), *_ALWAYS]
                own += [(b"connection", b"close")] if self.is_stopping else []
                message["headers"] = [*message.get("headers", ()), *own]
            await send(message)

        try:
            self._refuse(exchange)
            await self.app(scope, receive, sending)
        except Problem as problem:
            await self._send(problem, exchange, sending)
        except Gone:
            exchange.details["problem"] = "gone"
        except Exception as error:  # noqa: BLE001 - the last place where an error becomes an answer
            exchange.details["fault"] = where(error)
            await self._send(Problem("fault", is_closing=True), exchange, sending)
        finally:
            seconds = time.perf_counter() - began
            self.metrics.count(exchange.path, exchange.status, seconds)
            log(
                "request", id=exchange.identity, method=scope["method"][:10], path=exchange.path,
                status=exchange.status, ms=round(seconds * 1000, 2), **exchange.details,
            )  # fmt: skip

    async def _send(self, problem: Problem, exchange: Exchange, send: Send) -> None:
        exchange.details["problem"] = problem.kind
        if exchange.status:  # an answer has begun, and is cut off
            raise ConnectionAbortedError from None
        language = exchange.language
        body = problem.body(language, exchange.identity)
        headers = {
            "content-type": MEDIA_TYPE, "content-length": str(len(body)), "cache-control": "no-store",
            **problem.headers(language),
        }  # fmt: skip
        named = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": problem.status, "headers": named})
        await send({"type": "http.response.body", "body": body})

    def _refuse(self, exchange: Exchange) -> None:
        """Refuse what need not be read any further."""
        self._refuse_framing(exchange)
        hosts, host = self.settings.hosts, exchange.header(b"host").lower()
        if hosts is not None and _name_of(host) not in hosts:
            raise Problem("wrong-host", [fault("reason-host", header="Host")], is_closing=True)
        origin = exchange.headers.get(b"origin")
        if origin is not None and urlsplit(origin.decode("latin-1")).netloc.lower() != host:
            raise Problem("foreign-origin", [fault("reason-origin", header="Origin")])
        self._refuse_role(exchange)
        if exchange.headers.get(b"content-encoding", b"identity").lower() != b"identity":
            raise Problem("wrong-media-type", [fault("content-encoding", header="Content-Encoding")])
        length = exchange.header(b"content-length")
        most = self.most.get(exchange.path, self.settings.limits.body)
        if len(length) > LONGEST_LENGTH or (length.isdecimal() and int(length) > most):
            found = fault("too-many-bytes", header="Content-Length", parts={"most": f"{most:,}"})
            raise Problem("too-large", [found])

    def _refuse_framing(self, exchange: Exchange) -> None:
        headers = exchange.scope["headers"]
        if (
            sum(len(name) + len(value) for name, value in headers) + len(exchange.scope["query_string"])
            > LARGEST_HEADERS
        ):
            raise Problem("headers-too-large", is_closing=True)
        names = [name for name, _ in headers]
        if b"transfer-encoding" in names and b"content-length" in names:
            raise Problem("bad-http", [fault("two-lengths", header="Content-Length")], is_closing=True)

    def _refuse_role(self, exchange: Exchange) -> None:
        if exchange.path in FREE:
            return
        role = self.settings.tokens.role_of(exchange.headers.get(b"authorization", b"").decode("latin-1"))
        if role is None:
            raise Problem("no-token", [fault("reason-token", header="Authorization")])
        if self.roles.get(exchange.path, "read") not in MAY[role]:
            raise Problem("not-allowed")
        exchange.details["role"] = role


def _name_of(host: str) -> str:
    """Return a host without its port."""
    return host[: host.index("]") + 1] if host.startswith("[") and "]" in host else host.partition(":")[0]


def log(event: str, **details: Any) -> None:
    """Write one line of JSON to the log."""
    if LOG.isEnabledFor(logging.INFO):
        at = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")
        LOG.info("%s", json.dumps({"at": at, "event": event, **details}, ensure_ascii=False))


def where(error: BaseException) -> dict[str, Any]:
    """Return where an error arose, without its message: that may hold what was asked."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    places = [f"{frame.filename.rpartition('cso_rules')[2] or frame.filename}:{frame.lineno}" for frame in frames]
    return {"kind": type(error).__name__, "at": places}
