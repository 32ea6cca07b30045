"""What the C library does when it is used without the gate, and that the gate's use of it is the narrow one.

The crashes are run in child processes; when one of them stops crashing, the containment can be thought over.
"""

import json
import signal
import subprocess
import sys

import pytest

pytestmark = pytest.mark.rete

RAW = """
import json
import durable_rules_engine as library
def rules(condition):
    return library.create_ruleset("raw", json.dumps({"r": {"all": [{"m": condition}]}}))
CANARY
"""
QUOTIENT = {"$gt": {"a": {"$div": {"$l": {"$m": "a"}, "$r": {"$m": "b"}}}}}
ONE_BY_ZERO = '{"sid":"0","id":"1","a":1,"b":0}'
CRASHES = {
    "division by zero": (f"library.assert_fact(rules({QUOTIENT}), '{ONE_BY_ZERO}')", signal.SIGFPE),
    "an empty fact in a batch": ('library.assert_facts(rules({"a": 1}), "[{}]")', signal.SIGSEGV),
    "a session that is not there": ('library.start_action_for_state(rules({"a": 1}), 4_000_000)', signal.SIGSEGV),
    "a deep fact": (
        'library.assert_fact(rules({"a": 1}), \'{"sid":"0","id":"1","a":\' + \'{"a":\' * 200000 + "1" + "}" * 200001)',
        signal.SIGSEGV,
    ),
}

RECORDED = """
import json, random, sys, threading, types
import durable_rules_engine as library
calls = []
class Recorder(types.ModuleType):
    def __getattr__(self, name):
        real = getattr(library, name)
        if not callable(real):
            return real
        def recorded(*arguments):
            calls.append((name, arguments))
            return real(*arguments)
        return recorded
sys.modules["durable_rules_engine"] = Recorder("durable_rules_engine")
from cso_rules.executors.single import reference
from cso_rules.executors.rete.driver import InProcess
from cso_rules.executors.rete.evaluator import Evaluator
from cso_rules import load_policy
from tests.second_opinions import is_second_opinion
from tests.strategies import facts_with_holes
import datetime
policy, chance = load_policy("cn", as_of=datetime.date(2018, 6, 1)), random.Random(5)
driver = InProcess()
evaluator = Evaluator(driver)
for _ in range(3):
    facts = facts_with_holes(policy, chance)
    assert is_second_opinion(policy, facts, evaluator.evaluate(policy, facts))
driver.close()
hosts = [name for name in sys.modules if name.startswith("durable.")]
print(json.dumps({"calls": calls, "threads": threading.active_count(), "hosts": hosts}))
"""
SOUND = {
    "create_ruleset", "assert_fact", "start_action_for_state", "complete_and_start_action", "delete_state",
    "delete_ruleset",
}  # fmt: skip


def run(script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("canary", "ending"), CRASHES.values(), ids=CRASHES)
def test_the_library_alone_still_ends_the_process(canary: str, ending: signal.Signals) -> None:
    done = run(RAW.replace("CANARY", canary))
    assert done.returncode == -ending, done.stderr


def test_only_the_sound_part_of_the_library_is_used() -> None:
    done = run(RECORDED)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["threads"] == 1
    assert not found["hosts"]
    assert {name for name, _ in found["calls"]} == SOUND
    facts = [json.loads(arguments[1]) for name, arguments in found["calls"] if name == "assert_fact"]
    assert {fact["sid"] for fact in facts} == {"0"}
    assert {type(fact[key]) for fact in facts for key in ("g", "v")} == {int}
    assert all(set(fact) == {"sid", "id", "g", "v"} for fact in facts)


def test_a_session_is_only_deleted_when_a_rule_has_fired_in_it() -> None:
    fired: set[int] = set()
    for name, arguments in json.loads(run(RECORDED).stdout)["calls"]:
        if name == "start_action_for_state":
            fired.add(arguments[0])
        if name == "delete_state":
            assert arguments[0] in fired
            assert arguments[1] == "0"
            fired.discard(arguments[0])
