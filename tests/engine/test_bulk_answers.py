"""Answers as columns: lists of names stay right however many names there are."""

import numpy as np
import pytest

from cso_rules.engine.bulk_answers import Lists
from cso_rules.executors.planes.bits import packed, word_count


@pytest.mark.parametrize("rows", [0, 1, 65, 300])
@pytest.mark.parametrize("size", [0, 1, 64, 65, 1000])
def test_each_row_lists_the_names_that_are_true_of_it(size: int, rows: int) -> None:
    truths = np.random.default_rng((size, rows)).random((size, rows)) < 0.02
    names = [f"name{place}" for place in range(size)]
    found = Lists(names).of([packed(each, word_count(rows)) for each in truths], rows, None)
    assert found.to_pylist() == [[names[place] for place in np.flatnonzero(truths[:, row])] for row in range(rows)]
