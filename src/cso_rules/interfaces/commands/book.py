"""The command that writes the policy book: book."""

from __future__ import annotations

import datetime
from pathlib import Path

import click

from cso_rules.diagnostics import escape
from cso_rules.interfaces.options.rules import DATE
from cso_rules.model.civil_dates import today
from cso_rules.model.instruments import Label

WRITTEN = Label(zh="写好了 {count} 页：{file}", en="{count:pages} written: {file}")


@click.command()
@click.argument("package", default="cn")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="Folder of the book. 输出目录")
@click.option("--as-of", type=DATE, help="Date whose rules are marked as in force; today when left out. 适用日期")
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True, help="提示的语言")
def book(package: str, output: Path, as_of: datetime.datetime | None, lang: str) -> None:
    """Write pages about a package for a browser. 生成规则包的政策书。"""
    from cso_rules.book.write import write_book

    count = write_book(package, output, today() if as_of is None else as_of.date())
    click.echo(WRITTEN.filled(count=count, file=escape(str(output / "index.html"))).in_language(lang))
