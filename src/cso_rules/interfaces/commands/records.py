"""The commands about decision records: verify, show, export, replay, erase, head."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import click

from cso_rules.diagnostics import escape
from cso_rules.interfaces.lines.record_lines import record_lines, replayed_json, replayed_lines
from cso_rules.interfaces.options.outputs import put, refuse_output
from cso_rules.interfaces.options.recording import asked_by, reason
from cso_rules.interfaces.usage import run_language
from cso_rules.model.instruments import Label

FAILED: Final = 1
ONE_OF_BOTH: Final = Label(zh="请用 --store 或 --export 之一", en="name either --store or --export")
SOUND: Final = Label(
    zh="{number} 条记录，链完整；链首 {hash}；已删除个人信息 {erased} 项",
    en="{number:records}, and the chain is sound; head {hash}; {erased:personal facts} erased",
)
UNSOUND: Final = Label(zh="{found} 处不符；共 {number} 条记录", en="{found:findings} in {number:records}")
NO_HEAD: Final = Label(
    zh="未给出导出的链首（--head）：整条链若被重写，无从发现",
    en="no exported head was given (--head): a chain that was written anew as a whole is not found",
)
ERASED: Final = Label(zh="已删除；记为第 {number} 条记录 {id}", en="erased; recorded as number {number}, {id}")
COUNTS: Final = Label(
    zh="{identical} 项相同，{different} 项不同，{refused} 项无法重算，{erased} 项因个人信息已删除而不能重算",
    en="{identical} identical, {different} different, {refused} refused, {erased} not asked because of erased facts",
)
store_option = click.option("--store", required=True, metavar="FILE|URL", help="The store of records. 记录库")
language = click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True, help="语言")


def _opened(store: str) -> Any:
    from cso_rules.records.store import open_records

    return open_records(store, create=False)


def _say(label: Label, *, err: bool = False, **parts: object) -> None:
    click.echo(escape(label.filled(**parts).in_language(run_language())), err=err)


@click.group()
def records() -> None:
    """Look after decision records. 查看、核验、重算决定记录。"""


@records.command()
@click.option("--store", metavar="FILE|URL", help="The store of records. 记录库")
@click.option("--export", "exported", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="Exported records instead of a store. 改为核验导出的文件")  # fmt: skip
@click.option("--head", "heads", multiple=True, type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="Head that was exported before. 先前导出的链首")  # fmt: skip
@click.option("--trusted-key", "keys", multiple=True, type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="Public ed25519 key that must have signed heads. 链首须由此公钥签名")  # fmt: skip
@language
def verify(
    store: str | None, exported: Path | None, heads: tuple[Path, ...], keys: tuple[Path, ...], lang: str
) -> None:
    """Look for records that were changed, taken out, moved or cut off. 核验记录链。"""
    from cso_rules.records.chain import Head
    from cso_rules.records.export import verify_export

    if (store is None) == (exported is None):
        raise click.UsageError(ONE_OF_BOTH.in_language(lang))
    trusted = [path.read_text(encoding="utf-8") for path in keys] or None
    known = [Head.of_json(path.read_text(encoding="utf-8"), trusted) for path in heads]
    if exported is not None:
        found = verify_export(exported, *known)
    else:
        with _opened(str(store)) as opened:
            found = opened.verify(*known)
    for finding in found.findings:
        click.echo(escape(finding.in_language(lang)))
    if not known:
        _say(NO_HEAD, err=True)
    if found.is_sound:
        _say(SOUND, number=found.head.number, hash=found.head.hash, erased=found.erased)
        return
    _say(UNSOUND, found=found.found, number=found.head.number)
    sys.exit(FAILED)


@records.command()
@store_option
@click.option("-o", "--output", type=click.Path(dir_okay=False), help="File to write. 输出文件")
@click.option("--sign", "key", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="Private ed25519 key (PEM) that signs it. 签名私钥")  # fmt: skip
@language
def head(store: str, output: str | None, key: Path | None, lang: str) -> None:
    """Write how far the chain reaches, to be kept elsewhere. 导出链首，另行保管。"""
    if output is not None:
        refuse_output(output, lang, [store, None if key is None else str(key)])
    with _opened(store) as opened:
        found = opened.head()
    signed = found.json(None if key is None else key.read_bytes(), str(key))
    put(json.dumps(signed) + "\n", output)


@records.command()
@click.argument("name")
@store_option
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="格式")
@click.option("--show-personal", "shows_personal", is_flag=True,
              help="Show values about persons, for the own desk. 显示个人信息，仅供本岗位使用")  # fmt: skip
@language
def show(name: str, store: str, form: str, lang: str, *, shows_personal: bool) -> None:
    """Show a record by its id or number. 显示一条记录。"""
    with _opened(store) as opened:
        record = opened.record(name)
        content, kept = opened.content_of(record), opened.kept(record.id)
    if form == "json":
        said = {fact: found.content for fact, found in kept.items()}
        whole = {"hash": record.hash, "record": content} | ({"personal": said} if shows_personal else {})
        click.echo(json.dumps(whole, ensure_ascii=False, indent=2))
        return
    for line in record_lines(record, kept, lang, shows_personal=shows_personal):
        click.echo(escape(line))


@records.command()
@store_option
@click.option("-o", "--output", type=click.Path(dir_okay=False), help="File to write. 输出文件")
@click.option("--after", type=click.IntRange(min=0), default=0, metavar="NUMBER", help="Only later ones. 仅此序号之后")
@click.option("--personal", "with_personal", is_flag=True,
              help="With personal values, which cannot be erased there. 连同个人信息")  # fmt: skip
@language
def export(store: str, output: str | None, after: int, lang: str, *, with_personal: bool) -> None:
    """Write records as JSON Lines. 以 JSON Lines 导出记录。"""
    from cso_rules.records.export import export_lines

    if output is not None:
        refuse_output(output, lang, [store])
    with _opened(store) as opened:
        lines = (f"{line}\n" for line in export_lines(opened, after=after, with_personal=with_personal))
        _put_lines(lines, output)


def _put_lines(lines: Iterable[str], output: str | None) -> None:
    """Write lines one after another; a file appears only when complete."""
    from cso_rules.interfaces.terminal import output as standard_output
    from cso_rules.tables.write.complete_file import complete_file

    if output is None:
        stream = standard_output(is_text=False)
        for line in lines:
            stream.write(line.encode())
        sys.stdout.flush()
        return
    with complete_file(Path(output)) as temporary, temporary.open("wb") as file:
        file.writelines(line.encode() for line in lines)


@records.command()
@click.argument("names", nargs=-1)
@store_option
@click.option("--bundle", type=click.Path(exists=True, dir_okay=False), help="Bundle with the rules. 规则集文件")
@click.option("--package", help="Package instead of the recorded one. 改用此规则包")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="格式")
@language
def replay(names: tuple[str, ...], store: str, bundle: str | None, package: str | None, form: str, lang: str) -> None:
    """Ask recorded decisions again, by the same rules or others. 按相同或其他规则重算。"""
    from cso_rules.records.replay import replay as asked_again
    from cso_rules.records.replay import rules_of_bundle, rules_of_packages

    if bundle is not None:
        from cso_rules.bundle.opened import load_bundle

        rules = rules_of_bundle(load_bundle(bundle))
    else:
        rules = rules_of_packages(package)
    counts, is_wrong = Counter[str](), False
    with _opened(store) as opened:
        for found in asked_again(opened, rules, names):
            counts[found.result] += 1
            is_wrong = is_wrong or found.is_wrong
            if form == "json":
                click.echo(json.dumps(replayed_json(found), ensure_ascii=False))
            else:
                for line in replayed_lines(found, lang):
                    click.echo(escape(line))
    _say(COUNTS, err=True, **{name: counts[name] for name in ("identical", "different", "refused", "erased")})
    if is_wrong:
        sys.exit(FAILED)


@records.command()
@click.argument("name")
@store_option
@click.option("--fact", "facts", multiple=True, metavar="NAME", help="Only these; all when left out. 仅删除这些")
@asked_by
@reason
@language
def erase(name: str, store: str, facts: tuple[str, ...], asked_by: str | None, reason: str | None, lang: str) -> None:
    """Erase the personal values of a record; the chain stays valid. 删除一条记录中的个人信息。"""
    del lang  # is that of the run
    with _opened(store) as opened:
        receipt = opened.erase(name, facts, asked_by=asked_by or "", reason=reason or "")
    _say(ERASED, number=receipt.number, id=receipt.id)
