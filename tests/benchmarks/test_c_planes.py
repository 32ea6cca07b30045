"""The planes of the library as one C function are what the library says."""

import datetime
import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from cso_rules import load_policy
from cso_rules.executors.planes.executor import Bulk
from tests.conformance.test_bulk import facts_of, likely_rows, seeded, table_of

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
ROWS = 3000
READINGS = {"a8_founder_residence": "living", "a19_statutory_bodies": "in_scope"}
DECISIONS = ("tier", "support_measures", "development_priorities")


def module(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, BENCHMARKS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    sys.modules[name] = found
    spec.loader.exec_module(found)
    return found


@pytest.fixture
def kernels() -> Iterator[tuple[ModuleType, ModuleType]]:
    yield module("c_compiler"), module("c_planes")
    for name in ("c_compiler", "c_planes"):
        del sys.modules[name]


@pytest.mark.services
def test_c_says_of_every_row_what_the_library_says(kernels: tuple[ModuleType, ModuleType]) -> None:
    policy, chance = load_policy("cn", as_of=datetime.date(2018, 6, 1)), seeded(41)
    batch = table_of(policy, [facts_of(policy, row) for row in likely_rows(policy, chance, ROWS)], chance, drop=False)
    positions = {name: place for place, name in enumerate(batch.schema.names)}
    cone = policy.part(DECISIONS).decisions
    bulk = Bulk(policy, positions, readings=READINGS, decisions=list(cone))
    columns = [bulk.read(batch.slice(start, 1024)) for start in range(0, ROWS, 1024)]
    answers = [bulk.decide(each) for each in columns]
    fused = kernels[1].Planes(bulk, columns)
    fused.run()
    assert not fused.differs(answers)
    last = next(plane for plane in answers[-1].values.values() if plane.flags.writeable)
    last[-1] ^= last.dtype.type(1)
    assert fused.differs(answers)


def test_without_a_compiler_the_message_says_what_to_do(
    kernels: tuple[ModuleType, ModuleType], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CC", raising=False)
    with pytest.raises(kernels[0].NoCompilerError, match="No C compiler was found; install one"):
        kernels[0].compiler()
