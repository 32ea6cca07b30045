"""The command that prepares an editor for rule files: schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from cso_rules.model.instruments import Label

FOLDER = Path(".vscode") / "cso-rules"
SETTINGS = Path(".vscode") / "settings.json"
WRITTEN = Label(zh="写好了 {count} 份模式：{folder}", en="{count:schemas} written: {folder}")
CREATED = Label(zh="写好了编辑器设置：{0}", en="settings of the editor written: {0}")
ADD = Label(zh="{0} 已存在，没有改动；请把下面各项加进去：", en="{0} exists and was not changed; add to it:")
TWICE = Label(
    zh="两个规则包的文件夹都叫 {0}，模式会互相覆盖；请分别运行，并用 -o 指定不同目录",
    en="two packages have folders called {0}, and their schemas would replace each other; run once for each, with -o",
)


@click.command()
@click.option("--rules", "packages", multiple=True, required=True, metavar="PACKAGE",
              help="Id or folder of a package; may be repeated. 规则包，可重复")  # fmt: skip
@click.option("-o", "--output", type=click.Path(path_type=Path), default=FOLDER, show_default=True,
              help="Folder of the schemas. 模式的输出目录")  # fmt: skip
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True,
              help="Language of the descriptions. 说明的语言")  # fmt: skip
def schema(packages: tuple[str, ...], output: Path, lang: str) -> None:
    """Write JSON Schemas of rule files for an editor. 为编辑器生成规则文件的 JSON Schema。"""
    from cso_rules.loader.editor.schemas import rule_schemas
    from cso_rules.loader.grammar.files import FILES
    from cso_rules.loader.packages import package_path

    associated: dict[str, str] = {}
    folders = {package: package_path(package) for package in packages}
    _refuse_same_name({folder.resolve() for folder in folders.values()}, lang)
    for package, folder in folders.items():
        schemas = rule_schemas(package, lang)
        for kind, content in schemas.items():
            file = output / folder.resolve().name / f"{kind}.schema.json"
            _write(file, content)
            associated[_from_here(file)] = f"{_from_here(folder)}/{FILES[kind].place}"
        click.echo(WRITTEN.filled(count=len(schemas), folder=output / folder.resolve().name).in_language(lang))
    settings = {"yaml.schemas": associated, "yaml.schemaStore.enable": False}
    if not SETTINGS.exists():
        _write(SETTINGS, settings)
        click.echo(CREATED.in_language(lang).format(SETTINGS))
    elif not _has(settings):
        click.echo(ADD.in_language(lang).format(SETTINGS))
        click.echo(json.dumps(settings, ensure_ascii=False, indent=2))


def _refuse_same_name(folders: set[Path], lang: str) -> None:
    names = [folder.name for folder in folders]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise click.UsageError(TWICE.in_language(lang).format(twice[0]))


def _has(settings: dict[str, Any]) -> bool:
    """Tell whether the settings of the editor hold all of these; a file with comments counts as one without them."""
    try:
        found = json.loads(SETTINGS.read_text(encoding="utf-8-sig"))
    except ValueError:
        return False
    if not isinstance(found, dict) or not isinstance(schemas := found.get("yaml.schemas"), dict):
        return False
    others = {name: value for name, value in settings.items() if name != "yaml.schemas"}
    return settings["yaml.schemas"].items() <= schemas.items() and others.items() <= found.items()


def _write(file: Path, content: Any) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _from_here(path: Path) -> str:
    """Return a path as the editor reads it: with slashes, and from the folder that it has open if it lies in there."""
    whole, here = path.resolve(), Path.cwd().resolve()
    return (whole.relative_to(here) if whole.is_relative_to(here) else whole).as_posix()
