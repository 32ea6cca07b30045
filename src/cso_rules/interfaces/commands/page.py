"""The command that writes the page which asks and answers in a browser: page."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterator

import click

from cso_rules.diagnostics import escape
from cso_rules.interfaces.options.outputs import put_bytes, refuse_output
from cso_rules.interfaces.options.rules import DATE, place_code
from cso_rules.loader.codes import NATIONAL
from cso_rules.model.civil_dates import today
from cso_rules.model.instruments import Label

WRITTEN = Label(zh="写好了：{file}（{size} kB，{places} 个地方）", en="written: {file} ({size} kB, {places:places})")


@click.command()
@click.argument("package", default="cn")
@click.option("-o", "--output", required=True, type=click.Path(dir_okay=False), help="File, .html. 输出文件")
@click.option(
    "--places", help="Places to choose besides the whole country, by code or name; all. 地方，逗号分隔；all 为全部"
)
@click.option("--as-of", type=DATE, help="Day chosen at first; today when left out. 打开时的适用日期")
@click.option("--from", "first", type=DATE, help="First day to choose; that day when left out. 可选的第一天")
@click.option("--until", type=DATE, help="First day after the last; open when left out. 截止日（不含）")
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True, help="提示的语言")
def page(
    package: str,
    output: str,
    places: str | None,
    as_of: datetime.datetime | None,
    first: datetime.datetime | None,
    until: datetime.datetime | None,
    lang: str,
) -> None:
    """Write a page that asks and answers in a browser. 生成在浏览器里问答的网页。"""
    from cso_rules.bundle.build import build_bundle, known_places
    from cso_rules.bundle.opened import bundle_in
    from cso_rules.page.builder import page as page_of

    refuse_output(output, lang)
    day, start, end = _days(as_of, first, until)
    known = known_places(package)
    codes = known if places == "all" else list(dict.fromkeys([NATIONAL, *_codes(places, package)]))
    built = build_bundle(package, places={_nearest(code, known) for code in codes}, first=start, until=end)
    bundle = bundle_in(built.data, output)
    content = page_of(bundle, codes, day, package).encode()
    put_bytes(content, output)
    size = -(-len(content) // 1000)
    click.echo(WRITTEN.filled(file=escape(output), size=size, places=len(codes)).in_language(lang))


def _days(
    as_of: datetime.datetime | None, first: datetime.datetime | None, until: datetime.datetime | None
) -> tuple[datetime.date, datetime.date, datetime.date | None]:
    """Return the day that is chosen at first, the first one to choose, and the first one that is not."""
    from cso_rules.errors import ArgumentError

    start, end = None if first is None else first.date(), None if until is None else until.date()
    day = as_of.date() if as_of is not None else max(today(), start or datetime.date.min)
    if (start is not None and day < start) or (end is not None and day >= end):
        raise ArgumentError(
            f"{day} is not from {start or '...'} until {end or '...'}; let --as-of be a day of the page",
            f"{day} 不在 {start or '……'} 至 {end or '……'} 之间；请使 --as-of 落在网页收录的日期之内",
        )
    return day, start or day, end


def _codes(places: str | None, package: str) -> Iterator[str]:
    """Yield the codes of places that are named."""
    named = (name.strip() for name in (places or "").replace("，", ",").split(","))
    yield from (place_code(name, package) or NATIONAL for name in named if name)


def _nearest(code: str, known: Collection[str]) -> str:
    """Return the place whose rules apply to a code: itself, or the nearest in which it lies."""
    around = (code[:length] for length in range(len(code), 0, -1))
    return next((own for own in around if own in known), NATIONAL)
