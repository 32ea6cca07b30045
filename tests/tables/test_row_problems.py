"""Problems of many rows kept by columns say what the same problems say one by one."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cso_rules.diagnostics import shortened
from cso_rules.model.instruments import Label
from cso_rules.tables.answer.rows import Summary
from cso_rules.tables.bulk.row_problems import MESSAGE, Gathered, RowProblems
from cso_rules.tables.problems import CellProblem, joined

ROWS = 6
PROBLEMS = st.builds(
    CellProblem,
    st.just(0),
    st.sampled_from(["", "会员数", "资金"]),
    st.sampled_from(["", "50\n", "x" * 80]),
    st.builds(Label, zh=st.sampled_from(["不对", "很长" * 150]), en=st.sampled_from(["wrong", "long " * 60])),
    st.sampled_from(["not_understood", "contradiction", "context"]),
)
NUMBERS = np.arange(ROWS) * 2 + 5


def gathered(of_rows: dict[int, list[CellProblem]]) -> RowProblems:
    found = Gathered()
    found.add_singly(
        (row, order, problem) for row, own in reversed(of_rows.items()) for order, problem in enumerate(own)
    )
    return found.sorted()


@given(st.dictionaries(st.integers(0, ROWS - 1), st.lists(PROBLEMS, min_size=1, max_size=4)), st.integers(0, 5))
def test_by_columns_as_one_by_one(of_rows: dict[int, list[CellProblem]], most: int) -> None:
    mine, theirs = gathered(of_rows), Summary()
    for own in of_rows.values():
        theirs.count_cells(own)
    assert mine.unread() == theirs.unread
    assert mine.places.tolist() == sorted(of_rows)
    for language in ("zh", "en"):
        texts = [shortened(joined(of_rows[row], language), MESSAGE) if row in of_rows else None for row in range(ROWS)]
        assert mine.texts(ROWS, language).to_pylist() == texts
    told = [(int(NUMBERS[row]), problem.text("zh")) for row in sorted(of_rows) for problem in of_rows[row]]
    assert [(each.row, each.text("zh")) for each in mine.first(most, NUMBERS)] == told[:most]


@given(st.dictionaries(st.integers(0, ROWS - 1), st.lists(PROBLEMS, min_size=1, max_size=4)))
def test_parts_of_a_batch_make_the_whole(of_rows: dict[int, list[CellProblem]]) -> None:
    parts = []
    for rows in (np.array([0, 2, 5]), np.array([1, 3, 4])):
        own = {place: of_rows[row] for place, row in enumerate(rows.tolist()) if row in of_rows}
        parts.append((rows, gathered(own)))
    whole, joined_parts = gathered(of_rows), RowProblems.joined(parts)
    assert joined_parts.first(len(whole), NUMBERS) == whole.first(len(whole), NUMBERS)
    assert len(joined_parts) == len(whole)
