import datetime

import pytest

from cso_rules.tables.read.cells import day_of

MIDNIGHT = datetime.datetime(2018, 6, 1)  # noqa: DTZ001 - as databases and spreadsheets give it


def test_a_moment_at_midnight_is_a_date() -> None:
    assert day_of(MIDNIGHT) == datetime.date(2018, 6, 1)
    assert type(day_of(MIDNIGHT)) is datetime.date


@pytest.mark.parametrize(
    "value", [MIDNIGHT.replace(microsecond=1), MIDNIGHT.replace(hour=8), datetime.date(2018, 6, 1), "2018-06-01", None]
)
def test_another_moment_is_not_cut_off_and_other_values_stay(value: object) -> None:
    assert day_of(value) is value
