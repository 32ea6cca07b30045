"""What the service is started with: where it listens, who may ask, and how much."""

from __future__ import annotations

import ipaddress
from typing import Final

import attrs

from cso_rules.errors import ArgumentError
from cso_rules.service.tokens import Tokens

MEGABYTE: Final = 1 << 20
THIS_MACHINE: Final = ("localhost", "127.0.0.1", "[::1]")
LARGEST_HEADERS: Final = 1 << 14
"""Bytes of all headers of a request."""


@attrs.frozen(kw_only=True)
class Limits:
    """How much, how long and how many at a time.

    Attributes:
        body: Bytes of a body, and of a line of a batch.
        batch: Bytes of a batch.
        batches: Batches at a time.
        threads: Answers at a time; more of them let short questions pass long ones, and answer no more in all.
        queue: Questions that wait for a thread.
        seconds: How long a question may wait, and how long an answer may take.
        pause: Seconds between two pieces of a request.
        request: Seconds for headers, and for a body that is no batch.
        waiting: Seconds for which a batch may let itself be waited for in all.
        write: Seconds in which a client takes nothing of an answer.
        connections: Connections at a time.
    """

    body: int = MEGABYTE
    batch: int = 256 * MEGABYTE
    batches: int = 8
    threads: int = 2
    queue: int = 256
    seconds: float = 10
    pause: float = 4
    request: float = 10
    waiting: float = 600
    write: float = 30
    connections: int = 4096


@attrs.frozen(kw_only=True)
class Settings:
    """What the service is started with.

    Attributes:
        host: The address on which it listens.
        port: The port; 0 is any that is free.
        tokens: Who may ask.
        names: Hosts by which it is known besides its address; with none of them, where it listens beyond this machine,
            every name is taken.
        limits: How much may be asked.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    tokens: Tokens = attrs.field(factory=Tokens)
    names: tuple[str, ...] = ()
    limits: Limits = attrs.field(factory=Limits)

    def __attrs_post_init__(self) -> None:
        """Refuse to listen beyond this machine without tokens."""
        if not self.is_of_this_machine and not self.tokens.known:
            raise ArgumentError(
                f"other machines reach {self.host}: name a file of tokens with --tokens, or listen on 127.0.0.1",
                f"其他机器可以访问 {self.host}：请用 --tokens 指定令牌文件，或只监听 127.0.0.1",
            )

    @property
    def is_of_this_machine(self) -> bool:
        """Whether only this machine reaches it."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def hosts(self) -> frozenset[str] | None:
        """The hosts that a request may name, in small letters; None where every one is taken."""
        if not self.names and not self.is_of_this_machine:
            return None
        return frozenset({*THIS_MACHINE, self.host.lower(), *(name.lower() for name in self.names)})
