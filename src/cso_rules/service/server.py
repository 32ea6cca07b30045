"""The process: it listens, exchanges the rules on SIGHUP, and ends in order on SIGTERM."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from typing import Any, Final

import attrs
import uvicorn

from cso_rules.service.app import Service, application
from cso_rules.service.front import LOG, Front, log
from cso_rules.service.problems import Problem
from cso_rules.service.protocol import protocol_of
from cso_rules.service.recording import Recorder
from cso_rules.service.rules import Rules
from cso_rules.service.settings import LARGEST_HEADERS, Settings

GRACE: Final = 10
"""Seconds that are left to answers on their way when the process is told to end."""
_BACKLOG: Final = 1024
_SPARE_FILES: Final = 256


class _Server(uvicorn.Server):
    """A server that leaves signals to whoever runs it."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


def serve(
    rules: Rules,
    settings: Settings,
    recorder: Recorder | None = None,
    started: Callable[[str], object] = lambda _: None,
) -> None:
    """Answer until the process is told to end.

    Args:
        rules: The rules in use.
        settings: What it is started with.
        recorder: Records what is decided; None where nothing is recorded.
        started: Called with the address once it listens.

    Raises:
        OSError: It cannot listen there.
    """
    _to_stderr()
    _allow_connections(settings.limits.connections)
    service = Service(rules=rules, settings=settings, recorder=recorder)
    front = application(service)
    config = uvicorn.Config(
        front, http=protocol_of(settings.limits), ws="none", lifespan="off", log_config=None, access_log=False,
        proxy_headers=False, server_header=False, h11_max_incomplete_event_size=LARGEST_HEADERS,
        timeout_keep_alive=5, timeout_graceful_shutdown=GRACE, loop="asyncio",
    )  # fmt: skip
    listener = _listener(settings)
    try:
        asyncio.run(_Process(service, front, _Server(config)).run(listener, started))
    finally:
        listener.close()


@attrs.frozen(eq=False)
class _Process:
    """The process while it answers."""

    service: Service
    front: Front
    server: uvicorn.Server

    async def run(self, listener: socket.socket, started: Callable[[str], object]) -> None:
        """Answer until told to end."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._end)
        reloading: set[asyncio.Task[Any]] = set()

        def reload() -> None:
            task = loop.create_task(self._reload())
            reloading.add(task)
            task.add_done_callback(reloading.discard)

        loop.add_signal_handler(signal.SIGHUP, reload)
        host, port = listener.getsockname()[:2]
        shown = f"[{host}]" if ":" in host else host
        log("started", address=f"http://{shown}:{port}", digest=self.service.rules.current.bundle.digest)
        started(f"http://{shown}:{port}")
        try:
            await self.server.serve(sockets=[listener])
        finally:
            self.service.pool.close()
            log("ended")

    def _end(self) -> None:
        self.front.is_stopping = True
        self.server.should_exit = True

    async def _reload(self) -> None:
        with contextlib.suppress(Problem):  # it is in the log, and in /ready
            await self.service.reloaded()


def _listener(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    found = socket.create_server((settings.host, settings.port), family=family, backlog=_BACKLOG, reuse_port=False)
    found.setblocking(False)  # noqa: FBT003 - what sockets take
    return found


def _to_stderr() -> None:
    """Let the log go to standard error, and no words of the web stack, which may hold what was asked."""
    if not LOG.handlers:
        LOG.addHandler(logging.StreamHandler(sys.stderr))
    LOG.setLevel(logging.INFO)
    LOG.propagate = False
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "asyncio"):
        other = logging.getLogger(name)
        other.addHandler(logging.NullHandler())
        other.propagate = False


def _allow_connections(connections: int) -> None:
    """Let the process hold as many files as there may be connections, as far as the system allows it."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = min(connections + _SPARE_FILES, hard) if hard != resource.RLIM_INFINITY else connections + _SPARE_FILES
        if soft != resource.RLIM_INFINITY and soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
