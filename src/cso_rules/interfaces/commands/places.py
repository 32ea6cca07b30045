"""The command that lists the places with rules of their own: places."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from cso_rules.interfaces.lines.differing import superseded_words, unconfirmed_words
from cso_rules.interfaces.lines.item_lines import WORDS
from cso_rules.interfaces.options.outputs import put
from cso_rules.interfaces.options.rules import DATE
from cso_rules.model.civil_dates import today
from cso_rules.model.instruments import Label

if TYPE_CHECKING:
    from cso_rules.analysis.encoded_places import EncodedPlace

HEADINGS = {
    "place": Label(zh="地区代码", en="place"),
    "title": Label(zh="规则", en="rules"),
    "package": Label(zh="规则包", en="package"),
    "from": Label(zh="起", en="from"),
    "until": Label(zh="止", en="until"),
    "status": Label(zh="文件效力", en="text"),
    "applies": Label(zh="当日适用", en="applies"),
    "confidence": Label(zh="条款可信度", en="provisions"),
    "checked_on": Label(zh="核对于", en="read on"),
    "remarks": Label(zh="说明", en="remarks"),
}
"""The columns; their names are the headings of the CSV form."""
NOT_SEEN = Label(zh="未见", en="not seen")
APPLIES = {
    "yes": Label(zh="是", en="yes"),
    "no": Label(zh="否", en="no"),
    "asked": Label(zh="点名或 --drafts", en="if named or --drafts"),
    "named": Label(zh="只在点名时", en="if named"),
}
LEGEND = Label(
    zh="可信度：S 官方解读写明，P 见于其他来源，P? 仅见残缺或来源可疑的文本，K 未核实。"
    "草案是另一回事：文件本身尚未施行",
    en="S stated in the official interpretation, P seen, P? seen only damaged, cut or in a doubtful copy, "
    "K not verified. A draft is another thing: a text not in force",
)


@click.command()
@click.option("--package", default="cn", show_default=True, help="Id or folder of the national package. 规则包")
@click.option("--as-of", type=DATE, help="The day; today when left out. 日期")
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True, help="语言")
@click.option("--format", "form", type=click.Choice(["table", "csv"]), default="table", show_default=True)
def places(package: str, as_of: datetime.datetime | None, lang: Any, form: str) -> None:
    """List the places whose rules are encoded. 列出已收录规则的地区。"""
    from cso_rules.analysis.encoded_places import encoded_places

    day = today() if as_of is None else as_of.date()
    rows = [_row(place, day, lang) for place in encoded_places(package)]
    if form == "csv":
        from cso_rules.tables.write.plain_text import csv_text

        put(csv_text([tuple(HEADINGS), *rows]), None, with_mark=True, is_text=False)
        return
    from cso_rules.tables.write.plain_text import aligned

    headings = [heading.in_language(lang) for heading in HEADINGS.values()]
    click.echo("\n".join([*aligned([headings, *rows]), "", LEGEND.in_language(lang)]))


def _row(place: EncodedPlace, day: datetime.date, language: str) -> list[str]:
    package, period = place.package, place.package.period
    open_end = "" if package.is_end_confirmed else NOT_SEEN.in_language(language)
    return [
        package.jurisdiction,
        package.title.in_language(language),
        package.id,
        period.start.isoformat() if period.start else "",
        period.end.isoformat() if period.end else open_end,
        WORDS[package.status].in_language(language),
        APPLIES[_applies(place, day)].in_language(language),
        " ".join(f"{mark} {number}" for mark, number in sorted(place.marks.items(), key=_certainty)),
        place.checked_on.isoformat() if place.checked_on else "",
        "; ".join(_remarks(place, language)),
    ]


def _certainty(marked: tuple[str, int]) -> int:
    """Sort marks of confidence by how sure they are: S, P and its kinds, K."""
    return "SPK".find(marked[0][:1])


def _applies(place: EncodedPlace, day: datetime.date) -> str:
    if day not in place.package.period:
        return "no"
    if not place.package.jurisdiction.isdigit():
        return "named"
    return "asked" if place.package.status == "draft" or place.package.is_in_preparation else "yes"


def _remarks(place: EncodedPlace, language: str) -> Iterator[str]:
    """Yield what is not certain; an end that was not seen stands in its own column."""
    for word in unconfirmed_words(place.package):
        if word != "not confirmed" or place.package.period.end:
            yield WORDS[word].in_language(language)
    yield from superseded_words(place.package, language)
