"""The command that writes a bundle: build."""

from __future__ import annotations

import datetime
from pathlib import Path

import click

from cso_rules.diagnostics import escape
from cso_rules.interfaces.options.outputs import refuse_output
from cso_rules.interfaces.options.rules import DATE
from cso_rules.model.instruments import Label

WRITTEN = Label(
    zh="写好了 {file}：{places} 个地区、{periods} 个时段，{bytes} 字节\n摘要 {digest}",
    en="{file} written: {places:places}, {periods:periods}, {bytes:bytes}\ndigest {digest}",
)
READING = Label(zh="正在读取 {code} 的规则", en="reading the rules of {code}")


@click.command()
@click.argument("package", default="cn")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="The file. 输出文件")
@click.option("--places", default="all", show_default=True, metavar="CODE,...|all",
              help="Places whose rules are in it, beside the national ones. 收录的地区")  # fmt: skip
@click.option("--from", "first", type=DATE, help="First day; the first of the rules when left out. 起始日")
@click.option("--until", type=DATE, help="First day after the last; open when left out. 截止日（不含）")
@click.option("--version", "number", type=click.IntRange(min=0), default=0, show_default=True,
              help="Number that a later bundle makes greater. 版本号，新文件应更大")  # fmt: skip
@click.option("--sign", "key", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="Private ed25519 key (PEM) that signs it. 签名私钥")  # fmt: skip
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True, help="提示的语言")
def build(
    package: str,
    output: Path,
    places: str,
    first: datetime.datetime | None,
    until: datetime.datetime | None,
    number: int,
    key: Path | None,
    lang: str,
) -> None:
    """Write one file with the rules of all places and periods. 把各地各时段的规则写成一个文件。"""
    from cso_rules.bundle.build import build_bundle
    from cso_rules.bundle.container import unpacked
    from cso_rules.loader.codes import NATIONAL
    from cso_rules.tables.write.complete_file import complete_file

    refuse_output(str(output), lang, [None if key is None else str(key)])

    def preparing(code: str) -> None:
        known = Path(package).name if code == NATIONAL else code  # the rules of the package alone
        click.echo(READING.filled(code=known).in_language(lang), err=True)

    built = build_bundle(
        package,
        places=None if places == "all" else [code.strip() for code in places.split(",") if code.strip()],
        first=None if first is None else first.date(),
        until=None if until is None else until.date(),
        version=number,
        preparing=preparing,
    )
    data = built.data
    if key is not None:
        from cso_rules.bundle.signing import signed

        data = signed(data, key.read_bytes(), str(key))
    with complete_file(output) as temporary:
        temporary.write_bytes(data)
    said = WRITTEN.filled(
        file=escape(str(output)), places=len(built.places), periods=built.periods, bytes=len(data),
        digest=unpacked(data, str(output)).digest,
    )  # fmt: skip
    click.echo(said.in_language(lang))
