"""Several threads that ask at a time get the answers that one alone gets."""

import gc
import itertools
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import attrs
import pytest

from cso_rules.engine.determine import determine
from cso_rules.engine.facts import domains
from cso_rules.executors.single import compiled
from tests.engine.small_policy import small_policy
from tests.sampled import sampled

THREADS, POLICIES, TURNS = 6, 60, 8000
"""More threads than processors, and more policies than are remembered."""


@pytest.fixture(autouse=True)
def _taking_turns_often() -> Iterator[None]:
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.generated
def test_programs_that_are_forgotten_while_others_are_kept_do_not_matter() -> None:
    policy = small_policy()
    known = domains(policy, {"people": 60, "capital": 30000})[1]
    expected = compiled.evaluate(policy, known)
    text, code = compiled.kept(policy) or pytest.fail("a small policy is kept")
    policies = [attrs.evolve(policy) for _ in range(POLICIES)]

    def turn(place: int) -> bool:
        other = policies[place * 7 % POLICIES]
        compiled.take_up(other, text, code)
        return compiled.evaluate(other, known) == expected

    with ThreadPoolExecutor(THREADS) as pool:
        assert all(pool.map(turn, sampled(range(TURNS)), chunksize=1))


@pytest.fixture
def _pausing_anywhere() -> Iterator[None]:
    """What Python calls when it collects garbage lets another thread go on in the middle of a syntax tree."""
    usual = gc.get_threshold()

    def called(phase: str, _: dict[str, int]) -> None:
        sum(range(len(phase) * 9))

    gc.freeze()  # what other tests left need not be looked through
    gc.callbacks.append(called)
    gc.set_threshold(60)
    yield
    gc.set_threshold(*usual)
    gc.callbacks.remove(called)


@pytest.mark.usefixtures("_pausing_anywhere")
def test_programs_are_written_by_one_thread_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "_written", compiled._written.__wrapped__)
    policies = [attrs.evolve(small_policy()) for _ in range(POLICIES)]
    with ThreadPoolExecutor(THREADS) as pool:
        texts = set(pool.map(compiled.source, policies))
        kept = list(pool.map(compiled.kept, policies))
    assert len(texts) == 1
    assert len({found[0] for found in kept if found is not None}) == 1


def test_answers_are_those_of_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, limit in (("facts._MANY", 40), ("determine.MOST_REMEMBERED", 3)):
        monkeypatch.setattr(f"cso_rules.engine.{name}", limit)
    policy = small_policy()
    choices = itertools.product((None, 0, 10, 40, 60, 61), (None, 0, 30, 50), (None, 0, 29999, 30000), (None, True))
    given = [dict(zip(("people", "bodies", "capital", "is_suitable"), each, strict=True)) for each in choices]
    expected = [determine(policy, each, engine="reference") for each in given]
    with ThreadPoolExecutor(THREADS) as pool:
        for _ in range(3):
            shared = attrs.evolve(policy)
            found = list(pool.map(partial(determine, shared), given))
            assert [attrs.evolve(each, policy=policy) for each in found] == expected
