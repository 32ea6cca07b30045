"""The service on loopback: answers a second and their 99th percentile, beside a handler of the same stack that always
sends the same bytes; and the memory of the process over many questions.

    python benchmarks/service.py [--requests 200000] [--timed 300] [--connections 16] [--small]

Speed is that of the national rules; memory is watched over many questions, by the three decisions of a library card.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import attrs
import page

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from cso_rules import determine, load_bundle
from cso_rules.bundle.build import build_bundle
from cso_rules.determination import to_json
from cso_rules.errors import FactsError
from cso_rules.model.policy import Policy
from cso_rules.model.types import Type
from tests.running_service import Running, running, started

DAY = datetime.date(2026, 3, 1)
REQUESTS, TIMED, CONNECTIONS, ROUNDS, KINDS, SEED, LIKELY = 200_000, 300, 16, 3, 100, 20260301, 0.85
CARD = Path(__file__).resolve().parents[1] / "tests" / "packages" / "library_card"
CONSTANT = """
import sys, uvicorn
from pathlib import Path
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route
from cso_rules.service.protocol import protocol_of
from cso_rules.service.settings import Limits
content = Path(sys.argv[1]).read_bytes()
async def same(request):
    await request.body()
    return Response(content, media_type="application/json")
class Server(uvicorn.Server):
    async def startup(self, sockets=None):
        await super().startup(sockets)
        port = self.servers[0].sockets[0].getsockname()[1]
        print('{"event": "started", "address": "http://127.0.0.1:%d"}' % port, file=sys.stderr, flush=True)
app = Starlette(routes=[Route("/v1/classify", same, methods=["POST"])])
config = uvicorn.Config(app, port=0, http=protocol_of(Limits()), ws="none", lifespan="off", log_config=None,
                        access_log=False, loop="asyncio")
Server(config).run()
"""


def value(kind: Type, chance: random.Random) -> object:
    """Return a value that JSON can carry."""
    match kind.kind:
        case "boolean":
            return chance.random() < LIKELY
        case "set":
            return chance.sample(kind.values, chance.randint(0, 2))
        case "enumeration":
            return chance.choice(kind.values)
        case "date":
            return (DAY - datetime.timedelta(days=chance.randint(1, 2000))).isoformat()
        case _:
            return chance.choice((0, 1, 2, 5, 18, 30, 49, 50, 60))


def organizations(policy: Policy, count: int, missing: float) -> list[dict[str, Any]]:
    """Return what is said of organizations; of each fact nothing with some likelihood."""
    chance = random.Random(SEED)
    said = (
        {
            name: value(fact.type, chance)
            for name, fact in policy.facts.items()
            if fact.type.kind != "text" and chance.random() >= missing
        }
        for _ in range(count)
    )
    return [possible(policy, facts) for facts in said]


def possible(policy: Policy, facts: dict[str, Any]) -> dict[str, Any]:
    """Return facts without those that contradict one another."""
    while True:
        try:
            determine(policy, facts, ask=False)
        except FactsError as error:
            spoilt = {name for problem in error.problems for name in problem.facts}
            facts = {name: own for name, own in facts.items() if name not in spoilt}
        else:
            return facts


def request_of(facts: dict[str, Any]) -> bytes:
    body = json.dumps({"facts": facts}, ensure_ascii=False).encode()
    head = f"POST /v1/classify?as_of={DAY} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


async def ask(port: int, requests: Iterator[bytes], taken: list[float]) -> None:
    """Send requests on one connection, each when the one before is answered."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for request in requests:
        began = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            sys.exit(f"not answered: {head[:60]!r}")
        length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
        await reader.readexactly(int(length))
        taken.append(time.perf_counter() - began)
    writer.close()


async def load(port: int, requests: Sequence[bytes], count: int, connections: int) -> tuple[float, list[float]]:
    """Return the seconds of all requests, and of each."""
    taken: list[float] = []
    left = iter(range(count))
    own = (requests[place % len(requests)] for place in left)
    began = time.perf_counter()
    await asyncio.gather(*(ask(port, own, taken) for _ in range(connections)))
    return time.perf_counter() - began, taken


def memory(service: Running) -> float:
    """Return the resident memory of a process in MiB."""
    lines = Path(f"/proc/{service.process.pid}/status").read_text(encoding="utf-8").splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1024


@attrs.frozen
class Row:
    """What was measured of one kind of question."""

    name: str
    a_second: float
    middle: float
    late: float
    size: int

    def shown(self, constant: Row) -> str:
        share = self.a_second / constant.a_second
        return (
            f"| {self.name} | {self.size:,} | {self.a_second:,.0f} | {self.middle * 1000:.1f} | {self.late * 1000:.1f} "
            f"| {share:.3f} |"
        )


def measured(tasks: Sequence[tuple[str, int, list[bytes], int]], count: int, connections: int) -> list[Row]:
    """Measure in turns in alternating order; tasks are name, port, requests, bytes of an answer."""
    walls: dict[str, list[float]] = {name: [] for name, *_ in tasks}
    each: dict[str, list[float]] = {name: [] for name, *_ in tasks}
    for turn in range(ROUNDS):
        for name, port, requests, _ in tasks if turn % 2 == 0 else list(reversed(tasks)):
            wall, taken = asyncio.run(load(port, requests, count, connections))
            walls[name].append(wall)
            each[name] += taken
    return [
        Row(name, count / page.middle(walls[name]), statistics.median(each[name]),
            statistics.quantiles(each[name], n=100)[98], size)
        for name, _, _, size in tasks
    ]  # fmt: skip


def flat(service: Running, requests: list[bytes], count: int, connections: int) -> list[tuple[int, float]]:
    """Return the memory after tenths of so many questions."""
    found = [(0, memory(service))]
    for part in range(1, 11):
        asyncio.run(load(service.port, requests, count // 10, connections))
        found.append((count // 10 * part, memory(service)))
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--requests", type=int, default=REQUESTS)
    parser.add_argument("--timed", type=int, default=TIMED, help="questions of each kind that are timed in a turn")
    parser.add_argument("--connections", type=int, default=CONNECTIONS)
    parser.add_argument("--small", action="store_true", help="few requests; the page stays as it is")
    arguments = parser.parse_args()
    count, timed, kinds = (200, 60, 20) if arguments.small else (arguments.requests, arguments.timed, KINDS)
    with tempfile.TemporaryDirectory() as folder:
        file, same = Path(folder) / "cn.bundle", Path(folder) / "answer.json"
        file.write_bytes(build_bundle("cn", places=[], first=DAY).data)
        policy = load_bundle(file).policy(as_of=DAY)
        groups = {
            "everything known": organizations(policy, kinds, 0),
            "a fact of twenty missing": organizations(policy, kinds, 0.05),
            "one fact known": [{"individual_members": number} for number in range(100)],
        }
        sizes = {name: _size(policy, cases[0]) for name, cases in groups.items()}
        same.write_bytes(b" " * sizes["everything known"])
        with (
            started(sys.executable, "-c", CONSTANT, str(same)) as constant,
            running("--bundle", file, "--seconds", "300") as service,
        ):
            asked = {name: [*map(request_of, cases)] for name, cases in groups.items()}
            known = asked["everything known"]
            tasks = [("the same bytes", constant.port, known, sizes["everything known"])]
            tasks += [(name, service.port, requests, sizes[name]) for name, requests in asked.items()]
            for _, port, requests, _ in tasks:
                asyncio.run(load(port, requests, 50, 4))
            rows = measured(tasks, timed, arguments.connections)
        memories = memories_of(Path(folder) / "card.bundle", count, arguments.connections)
    _write(rows, memories, timed, arguments)


def memories_of(file: Path, count: int, connections: int) -> list[tuple[int, float]]:
    """Return the memory of a service over many questions about readers of a library."""
    file.write_bytes(build_bundle(CARD, places=[], first=DAY).data)
    policy = load_bundle(file).policy(as_of=DAY)
    cases = [facts for missing in (0, 0.3, 0.8) for facts in organizations(policy, KINDS, missing)]
    with running("--bundle", file, "--seconds", "300") as service:
        return flat(service, [*map(request_of, cases)], count, connections)


def _size(policy: Policy, facts: dict[str, Any]) -> int:
    return len(json.dumps(to_json(determine(policy, facts)), ensure_ascii=False, separators=(",", ":")).encode())


def _write(rows: list[Row], memories: list[tuple[int, float]], timed: int, arguments: argparse.Namespace) -> None:
    first, last = memories[1][1], memories[-1][1]
    lines = [
        f"{timed:,} questions to `/v1/classify` from {arguments.connections} connections, {ROUNDS} times in turns; all 55 decisions of the national rules are "
        "answered as JSON. The client runs on the same machine and takes a part of it. *The same bytes* is a handler of the same stack (Starlette, uvicorn, the "
        "protocol of the service), which reads the body and sends as many bytes as the first answer has.",
        "",
        "| question | bytes of an answer | answers a second | median, ms | 99th percentile, ms | part of the same bytes |",
        "|---|---|---|---|---|---|",
        *(row.shown(rows[0]) for row in rows),
        "",
        f"Memory of the process, MiB, over {memories[-1][0]:,} questions about {3 * KINDS:,} readers by the rules of a library card: "
        + ", ".join(f"{number:,}: {size:.1f}" for number, size in memories)
        + f". From the first tenth to the last it changed by {last - first:+.1f} MiB.",
    ]
    page.write("service", "The service", lines, to_page=not arguments.small)


if __name__ == "__main__":
    main()
