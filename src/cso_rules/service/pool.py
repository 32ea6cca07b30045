"""Threads in which is decided, so many at a time; whoever comes when too many wait is told to come again.

Guaranteed: what waits is bounded, and an answer that takes too long keeps its thread but nobody waiting for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from cso_rules.service.problems import Problem

Answer = TypeVar("Answer")


class Pool:
    """Threads that answer.

    Attributes:
        waiting: How many questions wait for a thread.
        running: How many threads answer.
    """

    def __init__(self, threads: int, queue: int, seconds: float) -> None:
        """Start with idle threads.

        Args:
            threads: How many answer at a time.
            queue: How many questions may wait.
            seconds: How long a question may wait, and how long an answer may take.
        """
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="deciding")
        self._free = asyncio.Semaphore(threads)
        self._queue = queue
        self._seconds = seconds
        self.waiting = 0
        self.running = 0

    async def run(self, work: Callable[..., Answer], *arguments: Any, is_patient: bool = False) -> Answer:
        """Return what a function returns in one of the threads.

        Args:
            work: The function.
            arguments: What it is called with.
            is_patient: Whether the question waits however many wait before it, and however long the answer takes.

        Raises:
            Problem: Too many wait, or the answer takes too long.
        """
        if self.waiting >= self._queue and not is_patient:
            raise Problem("busy", retry_after=1)
        self.waiting += 1
        try:
            async with asyncio.timeout(None if is_patient else self._seconds):
                await self._free.acquire()
        except TimeoutError:
            raise Problem("busy", retry_after=2) from None
        finally:
            self.waiting -= 1
        self.running += 1
        future = asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)
        future.add_done_callback(self._release)
        try:
            return await asyncio.wait_for(asyncio.shield(future), None if is_patient else self._seconds)
        except TimeoutError:
            raise Problem("took-too-long", retry_after=5) from None

    def _release(self, future: asyncio.Future[Any]) -> None:
        self.running -= 1
        self._free.release()
        if not future.cancelled():
            future.exception()  # looked at, so that nobody logs what was asked

    def close(self) -> None:
        """Let go of the threads without waiting for them."""
        self._threads.shutdown(wait=False, cancel_futures=True)
