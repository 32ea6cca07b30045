"""Where rules come from and whether they can be used, what came with the program, and how the cache stands."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cso_rules.interfaces.installation.finding import InstallationFinding, State
from cso_rules.model.instruments import Label

if TYPE_CHECKING:
    from cso_rules.errors import BundleError, UnknownNameError
    from cso_rules.model.policy import Policy

OWN_FOLDER: Final = "CSO_RULES_POLICIES"
RULES = Label(
    zh="取自 {path}，今天（{day}）可用；地方规则包 {count} 个；摘要 {digest}",
    en="from {path}, usable today ({day}); local packages: {count}; digest {digest}",
)
HIDES = Label(
    zh="取自当前文件夹的 {path}，而不是随程序附带的同名规则包",
    en="from {path} in the current folder, which hides the package shipped",
)
ELSEWHERE = Label(zh="换一个文件夹运行，或给出规则包的路径", en="run elsewhere, or give the path of a package")
FAULTY = Label(zh="取自 {path}，不能使用：{said}", en="from {path}, cannot be used: {said}")
CHECK = Label(zh="请运行 cso-rules check {package} 查看全部问题", en="see everything with: cso-rules check {package}")
NO_RULES = Label(zh="{said}", en="{said}")
NAME_ONE = Label(zh="请用 --package 给出规则包的文件夹", en="name the folder of a package with --package")
UNSET = Label(zh="没有自己的规则包（环境变量 {name} 未设置）", en="no packages of your own ({name} is not set)")
OWN = Label(zh="{path}：{names}", en="{path}: {names}")
NO_FOLDER = Label(zh="环境变量指向 {path}，没有这个文件夹", en="names {path}, and there is no such folder")
CORRECT = Label(zh="改正或取消环境变量 {name}", en="correct {name}, or unset it")
WITHOUT = Label(
    zh="未附带（由源代码目录运行时即如此）；可用 cso-rules {command} 生成",
    en="does not come with this installation, as in a checkout; make one with: cso-rules {command}",
)
BUNDLE = Label(zh="{path}，{places} 个地区，摘要 {digest}", en="{path}, places: {places}, digest {digest}")
OTHER_RULES = Label(zh="{path} 中的规则与规则文件不同", en="the rules in {path} are not those of the rule files")
BROKEN = Label(zh="{said}", en="{said}")
PAGE = Label(zh="{path}，用浏览器打开", en="{path}, to be opened in a browser")
INSTALL_AGAIN = Label(zh="请重新安装", en="install again")
CACHE = Label(zh="{place}，{entries} 项，{size} MB，全部可信", en="{place}, entries: {entries}, {size} MB, all sound")
NO_CACHE = Label(zh="{place} 尚未建立，第一次认定时建立", en="{place} is not there yet; the first answer makes it")
DAMAGED = Label(
    zh="{place}，{entries} 项，其中 {damaged} 项损坏，不被采信",
    en="{place}, entries: {entries}, of which {damaged} are damaged and not believed",
)
WRITTEN_ANEW = Label(zh="无须处理，会按规则文件重写", en="nothing to do: they are written anew from the rule files")
OPEN = Label(
    zh="{place} 不是只有您能写入的文件夹，因此不用，每次都重新读取规则文件",
    en="{place} is no folder that only you can write, so it is not used and rule files are read each time",
)
CLOSE = Label(
    zh="请运行 chmod 700 {place}，或用 CSO_RULES_CACHE 另指一处",
    en="run: chmod 700 {place}, or name another one in CSO_RULES_CACHE",
)
NOT_WRITABLE = Label(
    zh="{place} 不能写入，每个进程都要重新读取规则文件",
    en="{place} cannot be written, so that each process reads the rule files",
)
NAME_ANOTHER = Label(zh="可用 CSO_RULES_CACHE 另指一处", en="name a folder that can be written in CSO_RULES_CACHE")


def rule_findings(package: str) -> Iterator[InstallationFinding]:
    """Yield where a package lies and whether its rules of today can be used, own packages, and what was shipped."""
    policy = None
    for finding, found in _package(package):
        policy = found or policy
        yield finding
    yield _own_folder()
    yield from _shipped(package, policy)


def _package(package: str) -> Iterator[tuple[InstallationFinding, Policy | None]]:
    from cso_rules.engine.cache import load_policy
    from cso_rules.errors import PolicyError, UnknownNameError
    from cso_rules.loader.packages import neighbours, package_path
    from cso_rules.model.civil_dates import today

    shown = Path(package).name
    try:
        path = package_path(package)
    except UnknownNameError as error:
        yield _rules(shown, "fault", _told(NO_RULES, error), NAME_ONE), None
        return
    if path == Path(package) and not Path(package).is_absolute() and len(Path(package).parts) == 1:
        yield _rules(shown, "remark", HIDES.filled(path=path.resolve()), ELSEWHERE), None
    try:
        policy = load_policy(package, as_of=today())
    except PolicyError as error:
        first = (text.strip().splitlines()[0] for text in (error.in_language("zh"), error.in_language("en")))
        zh, en = first
        said = FAULTY.filled(path=path.resolve(), said=Label(zh=zh, en=en))
        yield _rules(shown, "fault", said, CHECK.filled(package=package)), None
        return
    count = len(neighbours(path))
    said = RULES.filled(path=path.resolve(), day=policy.as_of, count=count, digest=policy.digest[:12])
    yield _rules(shown, "sound", said), policy


def _own_folder() -> InstallationFinding:
    chosen = os.environ.get(OWN_FOLDER)
    if not chosen:
        return _rules(OWN_FOLDER, "sound", UNSET.filled(name=OWN_FOLDER))
    if not Path(chosen).is_dir():
        return _rules(OWN_FOLDER, "fault", NO_FOLDER.filled(path=chosen), CORRECT.filled(name=OWN_FOLDER))
    names = sorted(file.parent.name for file in Path(chosen).glob("*/package.yaml"))
    said = OWN.filled(path=Path(chosen).resolve(), names=", ".join(names) or "-")
    return _rules(OWN_FOLDER, "sound" if names else "remark", said)


def _shipped(package: str, policy: Policy | None) -> Iterator[InstallationFinding]:
    """Yield how the bundle and the page that came with the program stand."""
    from cso_rules.bundle import shipped as files
    from cso_rules.bundle.opened import load_bundle
    from cso_rules.errors import BundleError

    bundle, page = files.shipped(files.RULES), files.shipped(files.PAGE)
    if bundle is None:
        command = f"build {Path(package).name} -o {files.RULES}"
        yield _rules("bundle", "remark", WITHOUT.filled(command=command))
    else:
        try:
            found = load_bundle(bundle)
            same = policy is None or found.policy(as_of=policy.as_of).digest == policy.digest
            said = BUNDLE.filled(path=bundle, places=len(found.places), digest=found.digest[:12])
        except BundleError as error:
            yield _rules("bundle", "fault", _told(BROKEN, error), INSTALL_AGAIN)
        else:
            yield _rules("bundle", "sound" if same else "remark", said if same else OTHER_RULES.filled(path=bundle))
    if page is None:
        yield _rules("page", "remark", WITHOUT.filled(command=f"page {Path(package).name} -o {files.PAGE}"))
    else:
        yield _rules("page", "sound", PAGE.filled(path=page))


def cache_findings() -> Iterator[InstallationFinding]:
    """Yield how the cache stands."""
    from cso_rules.loader.storage import examined

    found = examined()
    place = found.place
    size = f"{found.size / 1e6:.1f}"
    match found.standing:
        case "absent":
            yield _cache("sound", NO_CACHE.filled(place=place))
        case "open_to_others":
            yield _cache("fault", OPEN.filled(place=place), CLOSE.filled(place=place))
        case "not_writable":
            yield _cache("remark", NOT_WRITABLE.filled(place=place), NAME_ANOTHER)
        case "private" if found.damaged:
            said = DAMAGED.filled(place=place, entries=found.entries, damaged=found.damaged)
            yield _cache("remark", said, WRITTEN_ANEW)
        case "private":
            yield _cache("sound", CACHE.filled(place=place, entries=found.entries, size=size))


def _told(frame: Label, error: UnknownNameError | BundleError) -> Label:
    return frame.filled(said=Label(zh=error.in_language("zh"), en=error.in_language("en")))


def _rules(subject: str, state: State, said: Label, remedy: Label | None = None) -> InstallationFinding:
    return InstallationFinding(part="rules", subject=subject, state=state, said=said, remedy=remedy)


def _cache(state: State, said: Label, remedy: Label | None = None) -> InstallationFinding:
    return InstallationFinding(part="cache", subject="cache", state=state, said=said, remedy=remedy)
