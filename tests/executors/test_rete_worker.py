"""The process of the second engine: a crash or a hang is an error for one organization, never for the next."""

import gc
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat

import pytest

from cso_rules.errors import EngineError, MissingExtraError
from cso_rules.executors.rete import driver as rete_driver
from cso_rules.executors.rete import executor as rete
from cso_rules.executors.rete.client import Worker
from cso_rules.executors.rete.driver import InProcess, Run, _RuleSet, _Session
from cso_rules.executors.rete.evaluator import Evaluator
from cso_rules.executors.rete.gate import AT_LEAST, Horn
from cso_rules.executors.rete.worker import Service
from tests.engine.small_policy import small_policy
from tests.second_opinions import is_second_opinion
from tests.strategies import facts_with_holes

RULES = (Horn(1, (), (0, AT_LEAST, 5)), Horn(2, (1, 3)))
SILENT = (sys.executable, "-c", "import sys; sys.stdin.read()")
BABBLING = (sys.executable, "-c", "import os; os.write(0, b'nonsense\\n')")


@pytest.fixture
def worker() -> Iterator[Worker]:
    found = Worker(deadline=60)
    yield found
    found.close()


def ask(worker: Worker) -> list[tuple[int, ...]]:
    worker.begin()
    return worker.run([Run(7, (3,), ((0, 6),)), Run(7, (3,), ((0, 4),)), Run(7, (), ((0, 6),))])


def process_of(worker: Worker) -> "subprocess.Popen[bytes]":
    assert worker._child is not None
    return worker._child.process


@pytest.mark.rete
def test_sessions_run_in_another_process_each_from_nothing(worker: Worker) -> None:
    worker.open(7, RULES)
    assert ask(worker) == [(0, 1), (), (0,)] == ask(worker)
    assert process_of(worker).pid != os.getpid()
    assert worker.starts == 1


@pytest.mark.rete
def test_results_are_those_of_the_reference(worker: Worker) -> None:
    policy, chance, evaluator = small_policy(), random.Random(3), Evaluator(worker)  # noqa: S311 - not for secrets
    for _ in range(20):
        domains = facts_with_holes(policy, chance)
        assert is_second_opinion(policy, domains, evaluator.evaluate(policy, domains))


@pytest.mark.rete
def test_after_a_crash_the_next_organization_gets_a_new_process(worker: Worker) -> None:
    worker.open(7, RULES)
    answers = ask(worker)
    process_of(worker).send_signal(signal.SIGSEGV)
    process_of(worker).wait()
    with pytest.raises(EngineError, match="durable_rules: crashed") as raised:
        ask(worker)
    assert str(-signal.SIGSEGV) in raised.value.in_language("zh")
    assert ask(worker) == answers
    assert worker.starts == 2


@pytest.mark.rete
def test_a_process_that_hangs_is_stopped_and_replaced(worker: Worker) -> None:
    worker.open(7, RULES)
    answers = ask(worker)
    stopped = process_of(worker)
    stopped.send_signal(signal.SIGSTOP)
    worker.deadline = 0.05
    with pytest.raises(EngineError, match="no answer in time"):
        ask(worker)
    assert stopped.returncode == -signal.SIGKILL
    worker.deadline = 60
    assert ask(worker) == answers


def test_a_process_that_says_nothing_or_nonsense_is_an_error() -> None:
    for command, message in ((SILENT, "no answer in time"), (BABBLING, "crashed")):
        worker = Worker(command=command, starting=0.05 if command is SILENT else 60)
        worker.open(7, RULES)
        with pytest.raises(EngineError, match=message):
            ask(worker)
        assert worker._child is None


@pytest.mark.rete
def test_an_interrupted_question_leaves_no_answer_behind(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    worker.open(7, RULES)
    answers = ask(worker)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("cso_rules.executors.rete.client.json.loads", interrupted)
        with pytest.raises(KeyboardInterrupt):
            ask(worker)
    worker.begin()
    assert worker.run([Run(7, (), ())]) == [()]
    assert ask(worker) == answers


@pytest.mark.rete
def test_rules_that_cannot_be_carried_do_not_harm_others(worker: Worker) -> None:
    worker.open(7, RULES)
    worker.open(8, (Horn(0, (1,)),))
    answers = ask(worker)
    for _ in range(2):
        worker.begin()
        with pytest.raises(EngineError, match="cannot carry these rules"):
            worker.run([Run(8, (), ())])
        assert ask(worker) == answers


@pytest.mark.rete
def test_threads_may_share_the_engine() -> None:
    policy, chance = small_policy(), random.Random(4)  # noqa: S311 - not for secrets
    records = [facts_with_holes(policy, chance) for _ in range(24)]
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda domains: rete.evaluate(policy, domains), records))
    assert all(map(is_second_opinion, repeat(policy), records, found))


@pytest.mark.rete
def test_a_process_is_replaced_after_so_many_organizations() -> None:
    worker = Worker(deadline=60, recycled_after=2)
    worker.open(7, RULES)
    answers = [ask(worker) for _ in range(5)]
    assert answers == [answers[0]] * 5
    assert worker.starts == 3
    worker.close()


@pytest.mark.rete
def test_what_is_refused_there_is_an_error_here(worker: Worker) -> None:
    worker.open(7, (Horn(0, (1,)),))
    with pytest.raises(EngineError, match="cannot carry these rules"):
        ask(worker)
    worker.open(7, RULES)
    assert ask(worker)
    worker.drop(7)
    worker.open(8, RULES)
    worker.begin()
    assert worker.run([Run(8, (), ((0, 9),))]) == [(0,)]


@pytest.mark.rete
@pytest.mark.parametrize("is_closed", [True, False])
def test_the_process_ends_with_its_worker(is_closed: bool) -> None:
    worker = Worker(deadline=60)
    worker.open(7, RULES)
    ask(worker)
    process = process_of(worker)
    if is_closed:
        worker.close()
    del worker
    gc.collect()
    assert process.returncode == 0


@pytest.mark.rete
def test_a_forked_process_leaves_the_worker_of_its_parent_alone(worker: Worker) -> None:
    worker.open(7, RULES)
    answers = ask(worker)
    child = os.fork()
    if not child:
        same = ask(worker) == answers and worker.starts == 2
        worker.close()
        os._exit(0 if same else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert ask(worker) == answers
    assert worker.starts == 1


def test_without_the_extra_the_error_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rete, "is_installed", lambda: False)
    with pytest.raises(MissingExtraError, match=r"cso-rules\[rete\]"):
        rete.evaluate(small_policy(), {})
    monkeypatch.setitem(sys.modules, "durable_rules_engine", None)
    assert Service().answer({"open": [[1, [[1, [0], None]]]]}) == {"missing": True}


class Endless:
    """A library whose rules fire without end, or that fails."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.calls: list[str] = []

    def assert_fact(self, *_: object) -> tuple[int, int]:
        return 0, 0

    def start_action_for_state(self, *_: object) -> tuple[str, str]:
        return "{}", '{"r0":{}}'

    def complete_and_start_action(self, *_: object) -> str:
        if self.error:
            raise self.error
        return '{"r0":{}}'

    def abandon_action(self, *_: object) -> None:
        self.calls.append("abandon")

    def delete_state(self, *_: object) -> None:
        self.calls.append("delete")

    def delete_ruleset(self, *_: object) -> None:
        self.calls.append("forget")


def test_rules_that_fire_without_end_are_stopped() -> None:
    library = Endless()
    with pytest.raises(EngineError, match="fires without end"):
        list(_Session(library, _RuleSet(1, RULES, frozenset())).fired(["{}"]))
    assert library.calls == ["abandon", "delete"]


def test_a_failure_of_the_library_forgets_the_rule_set(monkeypatch: pytest.MonkeyPatch) -> None:
    library = Endless(RuntimeError("error code: 303"))
    monkeypatch.setattr(rete_driver, "_module", lambda: library)
    driver = InProcess()
    driver._rule_sets[1] = _RuleSet(1, RULES, frozenset())
    with pytest.raises(EngineError, match="failed: error code: 303"):
        driver.run([Run(1, (), ())])
    assert library.calls == ["abandon", "delete", "forget"]
