"""The walker in JavaScript, spoken to over stdio, and its answers as results of an executor."""

import datetime
import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs

from cso_rules.model.decisions import AnyDecision, CriteriaDecision, ValueDecision, rules_of
from cso_rules.model.policy import Policy
from cso_rules.model.types import FALSE, TRUE, Domain, Type, is_known
from cso_rules.results import Result
from cso_rules.truth import Truth

ROOT = Path(__file__).resolve().parents[1]
MODULE = ROOT / "src" / "cso_rules" / "page" / "walker.js"
HARNESSES = Path(__file__).parent / "services" / "walker"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
TRUTHS = {True: Truth.TRUE, False: Truth.FALSE, None: Truth.UNKNOWN}
Said = dict[str, Any]
MANY = 64
"""Alternatives of which both stop to look for more; which they are depends on the order."""


@attrs.frozen
class Walker:
    """A process of Node.js with the module."""

    process: subprocess.Popen[str]

    def say(self, kind: str, **question: object) -> Any:
        """Return what is answered to a question."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"kind": kind, **question}) + "\n")
        self.process.stdin.flush()
        said = json.loads(self.process.stdout.readline())
        assert "fault" not in said, said["fault"][:2000]
        return said.get("answer")


def program(*names: str) -> str:
    """Return where a program is.

    Raises:
        FileNotFoundError: It is not installed; these tests are not to be skipped.
    """
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        raise FileNotFoundError(f"install {names[0]}: Node.js 18 or later, or Chromium")
    return found


def minified() -> bytes:
    """Return the module as releases publish it; `make test-services` installs what makes it small."""
    command = [program("npm"), "run", "--silent", "minify", "--prefix", str(ROOT / "release" / "javascript")]
    return subprocess.run(command, input=MODULE.read_bytes(), stdout=subprocess.PIPE, check=True).stdout


@contextmanager
def walker(*, is_in_browser: bool = False) -> Iterator[Walker]:
    """A walker without a plan: in Node.js as it is written, or in a browser as releases publish it.

    Raises:
        FileNotFoundError: Node.js, or the browser, is not installed.
    """
    with tempfile.TemporaryDirectory() as folder:
        node = program("node")
        command = [node, str(HARNESSES / "harness.mjs"), str(MODULE), folder]
        if is_in_browser:
            published = Path(folder) / "walker.js"
            published.write_bytes(minified())
            command = [node, str(HARNESSES / "in_browser.mjs"), str(published), program(*BROWSERS)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            yield Walker(process)


def given(policy: Policy, domains: Mapping[str, Domain]) -> tuple[Said, Said]:
    """Return facts and readings as the walker takes them."""
    told = {name: told_of(policy.variable_type(name), domain) for name, domain in domains.items()}
    facts = {name: value for name, value in told.items() if name in policy.facts}
    return facts, {name: value for name, value in told.items() if name in policy.readings}


def told_of(kind: Type, domain: Domain) -> Any:
    """Return what is known of a value as JSON; None where nothing is."""
    if domain == kind.everything:
        return None
    if not isinstance(domain, tuple):
        values = [name == "true" if kind.kind == "boolean" else name for name in kind.members(domain)]
        return values[0] if is_known(domain) else {"oneOf": values}
    low, high = domain
    if kind.kind == "set":
        sure, possible = list(kind.members(low)), list(kind.members(high & ~low))
        return {"sure": sure, "possible": possible} if possible else sure
    ends = [_told(kind, low), _told(kind, high)]
    return ends[0] if low == high else {"least": ends[0], "greatest": ends[1]}


def same_gaps(policy: Policy, found: Sequence[Said], expected: Iterable[Mapping[str, int]]) -> bool:
    """Tell whether alternatives are those of the engine; true where both stopped to look for more."""
    shown = [{name: _known(policy.facts[name].type, value) for name, value in gap.items()} for gap in expected]
    texts = [sorted(repr(sorted(gap.items())) for gap in gaps) for gaps in (found, shown)]
    return max(len(shown), len(found)) >= MANY or texts[0] == texts[1]


def _known(kind: Type, value: int) -> Any:
    return told_of(kind, (value, value) if isinstance(kind.everything, tuple) else value)


def _told(kind: Type, number: int) -> Any:
    value = kind.decode_number(number)
    return value if isinstance(value, int) and abs(value) < 2**53 else str(value)


def result(decision: AnyDecision, said: Said) -> Result:
    """Return an answer of the walker as an executor gives it."""
    truths = [said["rules"][rule.id] for rule in rules_of(decision)]
    true, unknown = (sum(1 << place for place, own in enumerate(truths) if own is truth) for truth in (True, None))
    deciding = sum(1 << place for place, rule in enumerate(rules_of(decision)) if rule.id in said["deciding"])
    marks = TRUTHS[said["conflict"]], TRUTHS[said["none"]]
    return Result(_domain(decision, said), true, unknown, *marks, deciding)


def _domain(decision: AnyDecision, said: Said) -> Domain:
    kind = decision.type
    if said["status"] == "no_rule_in_force":
        return kind.everything
    if isinstance(decision, ValueDecision):
        return kind.everything if said["low"] is None else (_number(kind, said["low"]), _number(kind, said["high"]))
    if kind.kind == "set":
        sure, possible = (sum(map(kind.bit, said[part])) for part in ("sure", "possible"))
        return sure, possible
    if isinstance(decision, CriteriaDecision) or kind.kind == "boolean":
        return sum({True: TRUE, False: FALSE}[value] for value in said["possible"])
    return sum(map(kind.bit, said["possible"]))


def _number(kind: Type, said: object) -> int:
    if kind.kind == "date":
        return datetime.date.fromisoformat(str(said)).toordinal()
    return kind.encode_number(Decimal(str(said)) if kind.scale else int(str(said)))
