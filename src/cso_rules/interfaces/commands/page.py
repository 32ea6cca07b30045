"""The command that writes the page which asks and answers in a browser: page."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

import click

from cso_rules.diagnostics import escape
from cso_rules.interfaces.options.outputs import put_bytes
from cso_rules.interfaces.options.rules import DATE, place_code
from cso_rules.loader.codes import NATIONAL
from cso_rules.model.civil_dates import today
from cso_rules.model.instruments import Label

WRITTEN = Label(zh="写好了：{0}（{1} kB，{2} 个地方）", en="written: {0} ({1} kB, {2} places)")


@click.command()
@click.argument("package", default="cn")
@click.option("-o", "--output", required=True, type=click.Path(dir_okay=False), help="File, .html. 输出文件")
@click.option("--places", help="Places to choose besides the whole country, by code or name. 地方，逗号分隔")
@click.option("--as-of", type=DATE, help="Date of the rules; today when left out. 适用日期")
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True, help="提示的语言")
def page(package: str, output: str, places: str | None, as_of: datetime.datetime | None, lang: str) -> None:
    """Write a page that asks and answers in a browser. 生成在浏览器里问答的网页。"""
    from cso_rules.page.builder import page as page_of

    day = today() if as_of is None else as_of.date()
    policies = list(_policies(package, places, day))
    content = page_of(policies, package).encode()
    put_bytes(content, output)
    size = -(-len(content) // 1000)
    click.echo(WRITTEN.in_language(lang).format(escape(output), size, len(policies)))


def _policies(package: str, places: str | None, day: datetime.date) -> Iterator[Any]:
    """Yield the rules of the package itself and of each place, each once."""
    from cso_rules.engine.cache import load_policy

    first = load_policy(package, as_of=day)
    yield first
    named = (name.strip() for name in (places or "").replace("，", ",").split(","))
    codes = dict.fromkeys(place_code(name, package) for name in named if name)
    for code in codes:
        if code not in {first.jurisdiction, NATIONAL}:
            yield load_policy(package, as_of=day, jurisdiction=code)
