"""Options of commands, and what they choose: rules, tables, rows, changes and outputs."""

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any


def with_options(command: Callable[..., None], options: Sequence[Callable[..., Any]]) -> Callable[..., None]:
    """Return a command with options, which are told in their order."""
    return reduce(lambda found, option: option(found), reversed(options), command)
