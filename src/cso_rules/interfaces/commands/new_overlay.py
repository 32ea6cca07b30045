"""The command that begins the rules of a place: new-overlay."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from string import Template
from typing import Any

import click

from cso_rules.model.instruments import Label

TEMPLATE = Path(__file__).parent / "overlay_template"
NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
ID = re.compile(r"[a-z][a-z0-9_.-]*\Z")

FAULTS = {
    "code": Label(
        zh="“{0}”不是 GB/T 2260 代码：请写省、市、县的 2、4 或 6 位数字，例如 44、4403、440305",
        en="{0!r} is no code of GB/T 2260: write the 2, 4 or 6 digits of the place, such as 44, 4403 or 440305",
    ),
    "name": Label(
        zh="“{0}”不能作名称：请用小写字母开头的小写字母、数字和下划线",
        en="{0!r} is no name: begin with a small letter, then small letters, digits and underscores",
    ),
    "extends": Label(
        zh="找不到规则包“{0}”：--extends 请写自带的规则包或同一文件夹下的规则包",
        en="there is no package {0!r}: --extends names a shipped package, or one in the same folder",
    ),
    "outside": Label(
        zh="{0} 不在规则包“{1}”的地区之内（{2}）",
        en="{0} does not lie in the place of the package {1!r} ({2})",
    ),
    "title": Label(zh="标题不能含控制字符", en="a title holds no control characters"),
    "exists": Label(zh="{0} 已存在，没有改动", en="{0} is there already; nothing was changed"),
    "taken": Label(
        zh="已有编号为“{0}”的规则包：请用 --name 取一个不同的编号",
        en="there is a package {0!r} already: choose another id with --name",
    ),
    "folder": Label(
        zh="自带规则所在的文件夹会随升级被替换：请用 -o 指定自己的文件夹",
        en="the folder of the installed rules is replaced by every upgrade: name a folder of your own with -o",
    ),
}
DONE = Label(
    zh="""已建立 {folder}（编写中）。接下来：
  1. package.yaml：写文件的效力和施行日期；与原文核对后删去 in_preparation
  2. instruments.yaml：用真实文件替换占位文件，写明可信度
  3. changes.yaml：逐项写出本地文件改动了什么（各种写法都有例子）
  4. scenarios/：写出每项改动成立与不成立的情形
  5. CHANGELOG.md：记下见到了什么、没有见到什么、有待核实什么
检查：
  cso-rules check {shown}
  cso-rules test {shown}""",
    en="""{folder} is there, in preparation. What to do next:
  1. package.yaml: write status and first day of the text; remove in_preparation once the rules were compared with it
  2. instruments.yaml: replace the placeholder by the real document, with confidence marks
  3. changes.yaml: write what the document changes (there is an example of every kind)
  4. scenarios/: write where each change holds and where it does not
  5. CHANGELOG.md: note what was seen, what was not seen, and what is to be verified
Check it:
  cso-rules check {shown}
  cso-rules test {shown}""",
)
OWN_FOLDER = Label(
    zh="按地区代码查找时，要让程序知道这个文件夹：\n  export CSO_RULES_POLICIES={0}",
    en="To find it by the code of the place, the program has to know the folder:\n  export CSO_RULES_POLICIES={0}",
)


@click.command("new-overlay")
@click.argument("code")
@click.option("--name", help="Part of the id after the code, for a second package of the place. 名称")
@click.option("--extends", default="cn", show_default=True, help="Package that it builds on. 上级规则包")
@click.option("--title-zh", help="Chinese title. 中文标题")
@click.option("--title-en", help="English title. 英文标题")
@click.option("-o", "--output", type=click.Path(file_okay=False), help="Folder in which it is made. 所在文件夹")
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True, help="语言")
def new_overlay(
    code: str, name: str | None, extends: str, title_zh: str | None, title_en: str | None, output: str | None, lang: Any
) -> None:
    """Begin a package with the rules of a place. 新建地方规则包。"""
    from cso_rules.loader.packages import lineage

    place = _code(code, lang)
    if name is not None and not NAME.match(name):
        raise _fault("name", lang, name)
    parent = _parent(output, extends, lang)
    _refuse_other_place(parent, extends, place, lang)
    national = lineage(_package(parent, extends, lang))[0]
    folder = parent / "-".join(filter(None, (national.resolve().name, place, name)))
    if not folder.exists() and _found(folder.name) is not None:
        raise _fault("taken", lang, folder.name)
    titles = (title_zh or f"地区 {place} 的规则", title_en or f"rules of place {place}")
    if not all(title.isprintable() for title in titles):
        raise _fault("title", lang)
    _write(folder, national, {"code": place, "extends": extends, "title_zh": titles[0], "title_en": titles[1]}, lang)
    click.echo(_next_steps(folder, lang))


def _fault(key: str, language: str, *arguments: object) -> click.UsageError:
    return click.UsageError(FAULTS[key].in_language(language).format(*arguments))


def _code(code: str, language: str) -> str:
    from cso_rules.errors import UnknownNameError
    from cso_rules.loader.codes import NATIONAL, normalized_code

    try:
        place = normalized_code(code)
    except UnknownNameError:
        raise _fault("code", language, code) from None
    if place == NATIONAL:
        raise _fault("code", language, code)
    return place


def _parent(output: str | None, extends: str, language: str) -> Path:
    """Return the folder for the package: the one that is named, the user's own, or that of the extended package."""
    if chosen := output or os.environ.get("CSO_RULES_POLICIES"):
        return Path(chosen)
    beside = _package(Path(), extends, language).parent
    if Path(__file__).resolve().parents[2] in beside.resolve().parents:
        raise _fault("folder", language)
    return beside


def _package(parent: Path, extends: str, language: str) -> Path:
    beside = parent / extends
    found = beside if (beside / "package.yaml").is_file() else _found(extends)
    if found is None or not ID.match(extends):
        raise _fault("extends", language, extends)
    return found


def _refuse_other_place(parent: Path, extends: str, place: str, language: str) -> None:
    from cso_rules.loader.packages import header

    own = header(_package(parent, extends, language)).get("jurisdiction", "")
    if own.isdigit() and not place.startswith(own):
        raise _fault("outside", language, place, extends, own)


def _write(folder: Path, national: Path, entries: dict[str, str], language: str) -> None:
    """Write the files of the template, those of the national package before the usual ones; titles are quoted."""
    try:
        folder.mkdir(parents=True)
    except FileExistsError:
        raise _fault("exists", language, folder) from None
    quoted = {key: json.dumps(text, ensure_ascii=False) for key, text in entries.items() if key.startswith("title")}
    roots = (TEMPLATE, national / TEMPLATE.name)
    files = {file.relative_to(root): file for root in roots for file in sorted(root.rglob("*.*"))}
    for name, file in files.items():
        written = folder / name
        written.parent.mkdir(exist_ok=True)
        text = Template(file.read_text(encoding="utf-8")).substitute(entries | quoted | {"id": folder.name})
        written.write_text(text, encoding="utf-8", newline="\n")


def _found(name: str) -> Path | None:
    from cso_rules.errors import UnknownNameError
    from cso_rules.loader.packages import package_path

    try:
        return package_path(name)
    except UnknownNameError:
        return None


def _next_steps(folder: Path, language: str) -> str:
    found = _found(folder.name)
    is_known = found is not None and found.samefile(folder)
    shown = folder.name if is_known else folder
    lines = [DONE.in_language(language).format(folder=folder, shown=shown)]
    if not is_known:
        lines.append(OWN_FOLDER.in_language(language).format(folder.parent.resolve()))
    return "\n".join(lines)
