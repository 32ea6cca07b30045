"""A broken rule file for every diagnostic, with what is printed; `pytest --bless` rewrites that."""

import shutil
from pathlib import Path

import pytest

from cso_rules.diagnostics import codes, render_all
from cso_rules.loader.checking import check

FILES = Path(__file__).parent / "diagnostics"
BAD = sorted((FILES / "bad").glob("*.yaml"))
GOOD = sorted((FILES / "good").glob("*.yaml"))
EXPECT = "# expect:\n"
LONG = "长" * 20_001


def package_with(content: str, folder: Path) -> Path:
    """Return the base or the local package with one file put in place, as the first comment of the content says."""
    verb, name = content.split("\n", 1)[0].removeprefix("# ").strip().split(": ")
    for source in ("base", "base-44"):
        shutil.copytree(FILES / source, folder / source)
    package = folder / ("base-44" if verb == "overlay" else "base")
    if verb == "remove":
        (package / name).unlink()
    elif verb == "link":
        (package / name).rename(folder / "elsewhere.yaml")
        (package / name).symlink_to(folder / "elsewhere.yaml")
    elif verb == "copy":
        shutil.copytree(folder / "base-44", folder / name)
        return folder / "base-44"
    elif verb == "gb18030":
        (package / name).write_bytes(content.encode("gb18030"))
    else:
        (package / name).parent.mkdir(exist_ok=True)
        (package / name).write_bytes(content.replace("{{LONG}}", LONG).encode())
    return package


def printed(content: str, folder: Path) -> str:
    found = check(package_with(content, folder))
    lines = "\n\n".join([render_all(found, "en"), render_all(found, "zh")]).splitlines()
    return "".join(f"# {line}".rstrip() + "\n" for line in lines)


def test_every_code_has_a_broken_file() -> None:
    assert {path.stem for path in BAD} == set(codes())


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_a_broken_file_is_described(path: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    content, _, expected = path.read_bytes().decode().partition(EXPECT)
    found = printed(content, tmp_path)
    if request.config.getoption("--bless"):
        path.write_bytes((content + EXPECT + found).encode())
        expected = found
    assert f"error[{path.stem}]" in found or f"warning[{path.stem}]" in found
    assert found == expected


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_an_unusual_file_is_accepted(path: Path, tmp_path: Path) -> None:
    package = package_with(path.read_bytes().decode(), tmp_path)
    assert render_all(check(package)) == "0 errors, 0 warnings"
