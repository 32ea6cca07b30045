"""The addresses as one ASGI application: bodies in, answers out, each by one bundle."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final

import attrs
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from cso_rules.errors import CsoRulesError
from cso_rules.model.civil_dates import today
from cso_rules.model.instruments import Label
from cso_rules.service.answers import Asked
from cso_rules.service.batch import Batch
from cso_rules.service.bodies import JSON, Body, refuse_media_type
from cso_rules.service.endpoints import CONTEXT, ENDPOINTS, Endpoint, Role
from cso_rules.service.front import Exchange, Front, log
from cso_rules.service.metrics import CONTENT_TYPE, Metrics
from cso_rules.service.openapi import NDJSON, openapi
from cso_rules.service.pool import Pool
from cso_rules.service.problems import Fault, Problem
from cso_rules.service.reading import Faults, document, parameters
from cso_rules.service.recording import Recorder
from cso_rules.service.rules import InUse, Rules
from cso_rules.service.settings import Settings

_OWN_ROLES: Final[dict[str, Role]] = {
    "/health": "read", "/ready": "read", "/metrics": "read", "/openapi.json": "read", "/v1/batch": "evaluate",
    "/reload": "reload",
}  # fmt: skip
Answering = Callable[[Request], Awaitable[Response]]


def application(service: Service) -> Front:
    """Return the service as an ASGI application, to be run alone or mounted in another one."""
    limits = service.settings.limits
    roles = {**_OWN_ROLES, **{found.path: found.role for found in ENDPOINTS}}
    app = Starlette(routes=service.routes(), exception_handlers=service.handlers())
    app.router.redirect_slashes = False
    return Front(
        app=app, settings=service.settings, metrics=service.metrics, roles=roles, most={"/v1/batch": limits.batch}
    )  # fmt: skip


class Streamed(Response):
    """An answer that is sent while the request still comes in; nothing else reads from it meanwhile."""

    def __init__(self, pieces: AsyncIterator[bytes], *, media_type: str, headers: dict[str, str]) -> None:
        """Keep what yields the pieces."""
        super().__init__(b"", media_type=media_type, headers=headers)
        self._pieces = pieces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - the pieces read
        """Send the pieces as they come."""
        headers = [(name, value) for name, value in self.raw_headers if name != b"content-length"]
        await send({"type": "http.response.start", "status": self.status_code, "headers": headers})
        async for piece in self._pieces:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


@attrs.define(kw_only=True, eq=False)
class Service:
    """What answers at the addresses.

    Attributes:
        recorder: Records what is decided; None where nothing is recorded.
        pool: The threads in which is decided; made when the first question comes, in the loop of the server.
        batches: How many batches are on their way.
    """

    rules: Rules
    settings: Settings
    recorder: Recorder | None = None
    metrics: Metrics = attrs.field(factory=Metrics)
    batches: int = 0
    _pool: Pool | None = None

    @property
    def pool(self) -> Pool:
        """The threads in which is decided."""
        if self._pool is None:
            limits = self.settings.limits
            self._pool = Pool(limits.threads, limits.queue, limits.seconds)
        return self._pool

    def routes(self) -> list[Route]:
        """Return what answers at which address."""
        own: list[tuple[str, Answering, str]] = [
            ("/health", self._health, "GET"), ("/ready", self._ready, "GET"), ("/metrics", self._metrics, "GET"),
            ("/openapi.json", self._openapi, "GET"), ("/v1/batch", self._batch, "POST"),
            ("/reload", self._reload, "POST"),
        ]  # fmt: skip
        own += [(found.path, self._of(found), found.method) for found in ENDPOINTS]
        return [Route(path, answer, methods=[method]) for path, answer, method in own]

    def handlers(self) -> dict[Any, Any]:
        """Return what is made of errors; all others are answered before every address."""
        return {HTTPException: _as_problem, Exception: _again}

    # ------------------------------------------------------------------------------------- about the rules

    def _of(self, endpoint: Endpoint) -> Answering:
        async def answering(request: Request) -> Response:
            return await self._answer(endpoint, request)

        return answering

    async def _answer(self, endpoint: Endpoint, request: Request) -> Response:
        use = self.rules.current
        asked = Asked(
            bundle=use.bundle, parameters=parameters(request.query_params.multi_items(), endpoint.parameters),
            language=_exchange(request).language, recorder=self.recorder if endpoint.is_recorded else None,
        )  # fmt: skip
        if endpoint.needed is None:
            return await self._kept(endpoint, use, asked, request)
        body = await self._body(request)
        content = await self.pool.run(_decided, endpoint, asked, body)
        _refuse_other_rules(request, use)  # last: who asks what cannot be answered hears that instead
        found = self._response(content, endpoint.media_type, use, asked.language)
        for receipt in asked.receipts:
            found.headers.update({"record-id": receipt.id, "record-number": str(receipt.number)})
        return found

    async def _body(self, request: Request) -> bytes:
        refuse_media_type(request.headers.get("content-type", ""), JSON)
        limits = self.settings.limits
        return await Body(request.receive, limits.body, limits).whole()

    async def _kept(self, endpoint: Endpoint, use: InUse, asked: Asked, request: Request) -> Response:
        """Return what is the same for everybody, made once for the rules in use and the day."""
        key = (endpoint.path, today(), *sorted(asked.parameters.items()))
        content, tag = await self.pool.run(use.made, key, lambda: _tagged(_written(endpoint, asked), use))
        return self._unless_known(request, content, endpoint.media_type, use, tag)

    def _unless_known(self, request: Request, content: bytes, media_type: str, use: InUse, tag: str) -> Response:
        known = [part.strip().removeprefix("W/") for part in request.headers.get("if-none-match", "").split(",")]
        is_known = tag in known or "*" in known
        found = Response(status_code=304) if is_known else Response(content, media_type=media_type)
        found.headers.update(_headers(use, tag))
        found.headers["cache-control"] = "no-cache"
        return found

    def _response(self, content: bytes, media_type: str, use: InUse, language: str) -> Response:
        headers = {
            **_headers(use),
            "cache-control": "no-store",
            "content-language": language,
            "vary": "Accept-Language",
        }
        return Response(content, media_type=media_type, headers=headers)

    async def _openapi(self, request: Request) -> Response:
        use = self.rules.current
        asked = Asked(bundle=use.bundle, parameters=parameters(request.query_params.multi_items(), CONTEXT))
        key = ("openapi", today(), *sorted(asked.parameters.items()))
        content, tag = await self.pool.run(
            use.made, key, lambda: _tagged(_json(self._description(asked)), use)
        )  # fmt: skip
        return self._unless_known(request, content, JSON, use, tag)

    def _description(self, asked: Asked) -> dict[str, Any]:
        return openapi(asked.policy(), asked.bundle.places, is_recording=self.recorder is not None)

    async def _batch(self, request: Request) -> Response:
        use, limits = self.rules.current, self.settings.limits
        own = parameters(request.query_params.multi_items(), CONTEXT)
        refuse_media_type(request.headers.get("content-type", ""), NDJSON)
        language = _exchange(request).language
        await self.pool.run(Asked(bundle=use.bundle, parameters=own, language=language).policy)
        if self.batches >= limits.batches:
            raise Problem("busy", retry_after=10)
        batch = Batch(use.bundle, own, language, limits.body, self.recorder)
        body = Body(request.receive, limits.batch, limits, is_long=True)
        headers = {**_headers(use), "cache-control": "no-store", "content-language": language}
        return Streamed(self._counted(batch, body), media_type=NDJSON, headers=headers)

    async def _counted(self, batch: Batch, body: Body) -> AsyncIterator[bytes]:
        self.batches += 1
        try:
            async for answers in batch.answers(body, self.pool):
                yield answers
        finally:
            self.batches -= 1
            self.metrics.lines.labels("answered").inc(batch.read - batch.refused)
            self.metrics.lines.labels("refused").inc(batch.refused)

    # ---------------------------------------------------------------------------------- about the service

    async def _health(self, request: Request) -> Response:  # noqa: ARG002 - nothing is asked
        return Response(b'{"status":"ok"}', media_type=JSON, headers={"cache-control": "no-store"})

    async def _ready(self, request: Request) -> Response:  # noqa: ARG002 - nothing is asked
        return self._state()

    def _state(self) -> Response:
        use, failure = self.rules.current, self.rules.failure
        state = {
            "status": "ready",
            "digest": use.bundle.digest,
            "version": use.bundle.version,
            "since": use.since.isoformat(timespec="seconds"),
            "last_failure": None if failure is None else {"zh": failure.zh, "en": failure.en},
        }
        return Response(_json(state), media_type=JSON, headers={**_headers(use), "cache-control": "no-store"})

    async def _metrics(self, request: Request) -> Response:  # noqa: ARG002 - nothing is asked
        self.metrics.waiting.set(self.pool.waiting)
        self.metrics.running.set(self.pool.running)
        self.metrics.rules.clear()
        self.metrics.rules.labels(self.rules.current.bundle.digest).set(1)
        return Response(self.metrics.text(), headers={"content-type": CONTENT_TYPE, "cache-control": "no-store"})

    async def _reload(self, request: Request) -> Response:  # noqa: ARG002 - nothing is asked
        await self.reloaded()
        return self._state()

    async def reloaded(self) -> None:
        """Exchange the rules; what is being answered is answered by those with which it began.

        Raises:
            Problem: The new ones cannot be used, and the old ones stay.
        """
        import asyncio

        try:
            use = await asyncio.to_thread(self.rules.reload)
        except (CsoRulesError, OSError):
            self.metrics.reloads.labels("failed").inc()
            failure = self.rules.failure or Label(zh="", en="")
            log("reload", result="failed", digest=self.rules.current.bundle.digest, reason=failure.en)
            raise Problem("not-reloaded", [Fault(code="rules", detail=failure)]) from None
        self.metrics.reloads.labels("done").inc()
        log("reload", result="done", digest=use.bundle.digest, version=use.bundle.version)


def _exchange(request: Request) -> Exchange:
    found: Exchange = request.scope["exchange"]
    return found


def _headers(use: InUse, tag: str = "") -> dict[str, str]:
    return {"etag": tag or f'"{use.bundle.digest}"', "rules-digest": use.bundle.digest}


def _refuse_other_rules(request: Request, use: InUse) -> None:
    wanted = request.headers.get("if-match", "*")
    if wanted.strip() != "*" and f'"{use.bundle.digest}"' not in [part.strip() for part in wanted.split(",")]:
        raise Problem("other-rules")


def _decided(endpoint: Endpoint, asked: Asked, body: bytes) -> bytes:
    """Read a body and answer it, in a thread."""
    own = attrs.evolve(asked, body=document(body))
    faults = Faults()
    faults.keys(own.body, endpoint.needs(is_recording=asked.recorder is not None), endpoint.further)
    faults.refuse()
    return _written(endpoint, own)


def _written(endpoint: Endpoint, asked: Asked) -> bytes:
    found = endpoint.answer(asked)
    return found.encode() if isinstance(found, str) else _json(found)


def _json(found: Any) -> bytes:
    return json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode()


def _tagged(content: bytes, use: InUse) -> tuple[bytes, str]:
    """Return a content with its tag: the digest of the rules, and of what this program makes of them."""
    return content, f'"{use.bundle.digest}-{hashlib.sha256(content).hexdigest()[:16]}"'


async def _as_problem(request: Request, error: Exception) -> Response:  # noqa: ARG001 - what Starlette asks for
    assert isinstance(error, HTTPException)
    kinds = {404: "not-found", 405: "wrong-method"}
    allow = (error.headers or {}).get("Allow")
    raise Problem(kinds.get(error.status_code, "bad-http"), allow=allow) from None


async def _again(request: Request, error: Exception) -> Response:  # noqa: ARG001 - what Starlette asks for
    raise error
