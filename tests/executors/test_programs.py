"""A program gives the same planes however many words it works on at a time, and whether numpy or Python does."""

from __future__ import annotations

import random
from collections.abc import Hashable
from typing import Any

import attrs
import numpy as np
import pytest

from cso_rules.executors.planes import program
from cso_rules.executors.planes.network import Network
from cso_rules.executors.planes.program import Lying, Program, Writer


@attrs.frozen
class Given(Lying):
    """A plane that lies in memory."""

    place: int


@attrs.frozen
class Table:
    """Planes by the place that a question names, or is."""

    planes: Any

    def plane(self, question: Hashable) -> Any:
        return self.planes[question.place] if isinstance(question, Given) else None

    def writer(self, question: Hashable) -> Writer:
        return lambda start, stop, out: np.copyto(out, self.planes[question][start:stop])


def drawn(chance: random.Random) -> tuple[Network, list[int]]:
    network = Network()
    planes = [network.source(Given(place) if place % 2 else place) for place in range(8)]
    for _ in range(60):
        one, two = chance.sample(planes, 2)
        planes.append(chance.choice((network.both, network.either, network.without))(one, two))
    return network, chance.sample(planes, 12)


@pytest.mark.parametrize("words", [0, 1, 7, 64, 300])
@pytest.mark.parametrize("seed", range(8))
def test_few_and_many_words_give_the_same(monkeypatch: pytest.MonkeyPatch, words: int, seed: int) -> None:
    network, wanted = drawn(random.Random(seed))  # noqa: S311 - the same cases each time
    table = Table(np.random.default_rng(seed).integers(0, 2**64, (8, words), np.uint64))
    found, asked = [], dict[Hashable, int]()
    for few, block in ((1000, 50), (1000, 50), (-1, 50), (-1, 2048)):
        monkeypatch.setattr(program, "FEW", few)
        monkeypatch.setattr(program, "BLOCK", block)
        found.append(Program(network, wanted).run(words, table, asked))
    for other in found[1:]:
        assert all((other[plane] == found[0][plane]).all() for plane in wanted)
    assert all(found[0][plane].size == words for plane in wanted)
