"""Whatever makes the C library crash, hang or answer wrongly is refused before it is reached.

Each canary runs in a process of its own, where the library is replaced by one that ends the process when it is touched.
"""

import subprocess
import sys

import pytest

from cso_rules.executors.rete.gate import (
    ALIASES,
    AT_LEAST,
    FIELDS,
    MOST_MARKS,
    MOST_SLOTS,
    GateError,
    check_names,
    hash_of,
)

TRIPWIRE = """
import enum, os, sys, types
class Tripwire(types.ModuleType):
    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        os._exit(99)
sys.modules["durable_rules_engine"] = Tripwire("durable_rules_engine")
from cso_rules.errors import EngineError
from cso_rules.executors.rete.driver import InProcess, Run, _RuleSet
from cso_rules.executors.rete.gate import AT_LEAST, AT_MOST, GREATEST, MOST_MARKS, MOST_SLOTS, Horn
driver = InProcess()
driver._rule_sets[1] = _RuleSet(1, (Horn(1, (0,)),), frozenset())
class Text(int):
    def __str__(self):
        return '1,"x":{"$s":1}'
    __repr__ = __format__ = __str__
class Name(enum.IntEnum):
    one = 1
def deep(levels):
    found = 1
    for _ in range(levels):
        found = {"a": found}
    return found
try:
    CANARY
except EngineError as error:
    print("refused:", error)
"""

BAD_RULES = {
    "no rules": "driver.open(2, ())",
    "text for rules": "driver.open(2, '[]')",
    "a rule in the form of the library": "driver.open(2, ({'all': [{'m': {'a': 1}}]},))",
    "a rule without premises": "driver.open(2, (Horn(1),))",
    "a rule that derives the start": "driver.open(2, (Horn(0, (1,)),))",
    "a negated premise": "driver.open(2, (Horn(1, (-2,)),))",
    "the same premise twice": "driver.open(2, (Horn(1, (2, 2)),))",
    "a name for a premise": "driver.open(2, (Horn(1, ('m$not',)),))",
    "a name that is a number": "driver.open(2, (Horn(1, (Text(2),)),))",
    "a member of an enumeration": "driver.open(2, (Horn(Name.one, (2,)),))",
    "true for a mark": "driver.open(2, (Horn(True, (2,)),))",
    "division by zero": "driver.open(2, (Horn(1, (), (0, AT_LEAST, {'$div': {'$l': 1, '$r': 0}})),))",
    "a field for a constant": "driver.open(2, (Horn(1, (), (0, AT_LEAST, {'$m': 'other'})),))",
    "a regular expression": "driver.open(2, (Horn(1, (), (0, AT_LEAST, '[一-龥]+')),))",
    "another operator": "driver.open(2, (Horn(1, (), (0, 2, 5)),))",
    "an operator by name": "driver.open(2, (Horn(1, (), (0, '$nex', 1)),))",
    "a decimal constant": "driver.open(2, (Horn(1, (), (0, AT_LEAST, 1e16)),))",
    "a constant beyond the range": "driver.open(2, (Horn(1, (), (0, AT_LEAST, GREATEST)),))",
    "a constant far beyond the range": "driver.open(2, (Horn(1, (), (0, AT_MOST, -2**200)),))",
    "true for a constant": "driver.open(2, (Horn(1, (), (0, AT_LEAST, True)),))",
    "too many rules": "driver.open(2, tuple(Horn(i + 1, (i,)) for i in range(4001)))",
    "too many premises": "driver.open(2, (Horn(10, tuple(range(1, 10))),))",
    "too many rules for one mark": "driver.open(2, tuple(Horn(i + 2, (1,)) for i in range(251)))",
    "too many comparisons": "driver.open(2, tuple(Horn(i + 1, (), (0, AT_LEAST, i)) for i in range(51)))",
    "too many slots": "driver.open(2, (Horn(1, (), (MOST_SLOTS, AT_LEAST, 1)),))",
    "too many marks": "driver.open(2, (Horn(MOST_MARKS, (1,)),))",
}
BAD_FACTS = {
    "an empty fact": "driver.run([Run(1, ({},), ())])",
    "text for a mark": "driver.run([Run(1, ('1',), ())])",
    "text of megabytes": "driver.run([Run(1, ('9' * 20_000_000,), ())])",
    "a deep fact": "driver.run([Run(1, (), ((0, deep(900)),))])",
    "no number": "driver.run([Run(1, (), ((0, float('nan')),))])",
    "an infinite number": "driver.run([Run(1, (), ((0, float('inf')),))])",
    "a decimal number": "driver.run([Run(1, (), ((0, 1.5),))])",
    "a number beyond the range": "driver.run([Run(1, (), ((0, 2**63),))])",
    "null": "driver.run([Run(1, (), ((0, None),))])",
    "true for a number": "driver.run([Run(1, (), ((0, True),))])",
    "text that looks like a number": "driver.run([Run(1, (), ((0, Text(1)),))])",
    "a fact twice": "driver.run([Run(1, (), ((0, 1), (0, 2)))])",
    "a mark twice": "driver.run([Run(1, (3, 3), ())])",
    "the start, which is given anyway": "driver.run([Run(1, (0,), ())])",
    "a slot beyond the range": "driver.run([Run(1, (), ((MOST_SLOTS, 1),))])",
    "a negative mark": "driver.run([Run(1, (-1,), ())])",
}


@pytest.mark.parametrize("canary", [*BAD_RULES.values(), *BAD_FACTS.values()], ids=[*BAD_RULES, *BAD_FACTS])
def test_what_the_library_does_not_survive_never_reaches_it(canary: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", TRIPWIRE.replace("CANARY", canary)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("refused: durable_rules: cannot carry these")


def test_the_tripwire_notices_what_is_not_refused() -> None:
    script = TRIPWIRE.replace("CANARY", "driver.open(2, (Horn(1, (2,)),))")
    done = subprocess.run([sys.executable, "-c", script], check=False)
    assert done.returncode == 99


def test_names_with_one_hash_are_refused() -> None:
    assert hash_of("40189") == hash_of("797186")
    with pytest.raises(GateError, match="one hash"):
        check_names(["1", "40189", "797186"])


def test_the_library_can_tell_all_names_and_identities_apart_that_are_made_here() -> None:
    marks = (str(1_000_000 + mark) for mark in range(MOST_MARKS))
    check_names([*FIELDS, *ALIASES, *map(str, range(MOST_SLOTS)), *marks])
    assert AT_LEAST == 0
