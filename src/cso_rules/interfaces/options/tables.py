"""The options of a command that say where a table stands in its file, and what its columns hold."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import attrs
import click

from cso_rules.interfaces.options import with_options
from cso_rules.model.instruments import Label

BESIDE: Final = ".columns.yaml"
"""The ending of a file of choices that stands beside its list."""


@attrs.frozen(kw_only=True)
class TableOptions:
    """Where a table stands, and what its columns hold.

    Attributes:
        sheet: The name or the number of a sheet of a workbook.
        table: Which of several tables of a sheet, from 1.
        columns: A file that says which column holds which fact.
        is_strict: Whether a cell that is not understood refuses its row.
    """

    sheet: str | None = None
    table: int | None = None
    columns: str | None = None
    is_strict: bool = False

    def choices(self, policy: Any) -> Any:
        """Return what was said about columns; a file that cannot be used is refused."""
        from cso_rules.tables.read.choices import Choices
        from cso_rules.tables.read.column_maps import load_column_map

        found = load_column_map(Path(self.columns), policy) if self.columns else {}
        return Choices(columns=found, table=self.table)

    def notes(self, file: str) -> tuple[Label, ...]:
        """Return what a person should be told about a file of choices beside the list that is not used."""
        beside = (Path(file).with_suffix(BESIDE), Path(file + BESIDE))
        found = next((path for path in beside if path.is_file()), None)
        if self.columns or found is None:
            return ()
        return (
            Label(
                en=f"{found.name} stands beside the list and is not used; name it with --columns",
                zh=f"表旁有 {found.name}，未使用；如需使用请加 --columns",
            ),
        )


USUAL: Final = TableOptions()


def table_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add the options, and hand them over together as `layout`."""
    return _gathering(function, _options())


def strict_table_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add the options, with the one that refuses rows whose cells are not all understood."""
    return _gathering(function, (*_options(), _STRICT))


def _gathering(function: Callable[..., None], options: Sequence[Callable[..., Any]]) -> Callable[..., None]:
    names = attrs.fields_dict(TableOptions)

    @functools.wraps(function)
    def gathered(**arguments: Any) -> None:
        given = {name: arguments.pop(f"layout_{name}") for name in names if f"layout_{name}" in arguments}
        function(layout=TableOptions(**given), **arguments)

    return with_options(gathered, options)


show_personal: Final = click.option(
    "--show-personal", "shows_personal", is_flag=True,
    help="Show values about persons, for the own desk. 显示个人信息，仅供本岗位使用",
)  # fmt: skip


_STRICT: Final = click.option(
    "--strict", "layout_is_strict", is_flag=True,
    help="Refuse rows with a cell that is not understood. 有未读懂的单元格即不处理该行",
)  # fmt: skip


def _options() -> tuple[Callable[..., Any], ...]:
    return (
        click.option(
            "--sheet", "layout_sheet", metavar="NAME|NUMBER", help="Sheet of a workbook. 工作表名称或序号"
        ),
        click.option(
            "--part", "layout_table", type=click.IntRange(min=1), metavar="NUMBER",
            help="Which of several tables on the sheet. 工作表上的第几个表格",
        ),
        click.option(
            "--columns", "layout_columns", type=click.Path(exists=True, dir_okay=False), metavar="MAP",
            help="File that says which column holds which fact. 列名与事实的对应文件",
        ),
    )  # fmt: skip
