"""The command that answers over HTTP: serve."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import attrs
import click

from cso_rules.diagnostics import escape
from cso_rules.interfaces import completing
from cso_rules.interfaces.options.rules import DATE
from cso_rules.model.instruments import Label

LISTENING = Label(
    zh="正在 {address} 提供服务，规则集摘要 {digest}；按 Ctrl+C 结束",
    en="answering at {address} by the rules {digest}; Ctrl+C ends it",
)
USABLE = Label(zh="可用，规则集摘要 {digest}", en="usable: the rules {digest}")
READING = Label(zh="正在读取规则", en="reading the rules")
KEY_WITHOUT_BUNDLE = Label(zh="--key 只用于 --bundle", en="--key is for --bundle alone")


@click.command()
@click.argument("package", default="cn", shell_complete=completing.packages)
@click.option("--bundle", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="Rules out of a bundle, not of a package. 使用规则集文件")  # fmt: skip
@click.option("--key", "keys", multiple=True, type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="Public key (PEM) that the bundle must be signed by. 可信公钥")  # fmt: skip
@click.option("--places", "--jurisdiction", default="", metavar="NAME,...|all",
              help="Of a package: places besides the whole country. 收录的地区")  # fmt: skip
@click.option("--from", "first", type=DATE, help="Of a package: the first day; today when left out. 起始日")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on. 监听地址")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0: any. 端口")
@click.option("--tokens", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="File of roles and tokens, one a line. 令牌文件")  # fmt: skip
@click.option("--record", "store", metavar="STORE",
              help="Record each answer there before it is given. 先存档后答复")  # fmt: skip
@click.option("--name", "names", multiple=True, help="A host by which it is known. 服务的主机名")
@click.option("--threads", type=click.IntRange(1, 64), default=2, show_default=True, help="Answers at a time. 线程数")
@click.option("--queue", type=click.IntRange(1), default=256, show_default=True, help="Questions that wait. 等候数")
@click.option("--seconds", type=click.FloatRange(0.1, 600), default=10, show_default=True,
              help="How long an answer may take. 答复时限")  # fmt: skip
@click.option("--check", "is_trial", is_flag=True, help="Read rules and tokens, and end. 只检查规则和令牌")
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True, help="提示的语言")
def serve(package: str, bundle: Path | None, keys: tuple[Path, ...], is_trial: bool, lang: str, **options: Any) -> None:
    """Answer over HTTP by the rules of a bundle or a package. 通过 HTTP 按规则答复。"""
    try:
        from cso_rules.service.server import serve as answer
    except ImportError as error:
        from cso_rules.errors import MissingExtraError

        raise MissingExtraError("service") from error
    if keys and bundle is None:
        raise click.UsageError(KEY_WITHOUT_BUNDLE.in_language(lang))
    settings = _settings(options)
    click.echo(READING.in_language(lang), err=True)
    rules = _rules(package, bundle, keys, options)

    if is_trial:
        click.echo(USABLE.filled(digest=rules.current.bundle.digest).in_language(lang))
        return

    def started(address: str) -> None:
        said = LISTENING.filled(address=address, digest=rules.current.bundle.digest)
        click.echo(escape(said.in_language(lang)), err=True)

    if options["store"] is None:
        answer(rules, settings, started=started)
        return
    from cso_rules.records.store import open_records
    from cso_rules.service.recording import Recorder

    with open_records(options["store"]) as store:
        answer(rules, settings, Recorder(store=store), started)


def _settings(options: dict[str, Any]) -> Any:
    from cso_rules.service.settings import Limits, Settings
    from cso_rules.service.tokens import Tokens, read_tokens

    limits = attrs.evolve(Limits(), **{name: options[name] for name in ("threads", "queue", "seconds")})
    tokens = Tokens() if options["tokens"] is None else read_tokens(options["tokens"])
    own = {name: options[name] for name in ("host", "port", "names")}
    return Settings(tokens=tokens, limits=limits, **own)


def _rules(package: str, bundle: Path | None, keys: tuple[Path, ...], options: dict[str, Any]) -> Any:
    from cso_rules.service.rules import Rules, of_file, of_package

    if bundle is not None:
        trusted = [key.read_text(encoding="ascii") for key in keys] or None
        return Rules.opened(of_file(bundle, trusted))
    first: datetime.datetime | None = options["first"]
    named = [name.strip() for name in options["places"].replace("，", ",").split(",") if name.strip()]
    places = None if named == ["all"] else named
    return Rules.opened(of_package(package, places, None if first is None else first.date()))
