"""Build what a release publishes, from the last commit and nothing else, into dist/.

    python release/make.py             wheel, sdist, bundle, page, walker, list of parts (SBOM), checksums
    python release/make.py --twice     the same, built a second time elsewhere and compared byte by byte

The tools are those of release/requirements.txt. Everything bears the time of the commit, so that the same commit gives
the same bytes. Packages come from the index that pip uses, and what makes the walker small from the registry that npm
uses; nothing else is fetched.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
EXTRAS = "tables,sql,bulk,notices,signing,service"
"""What the list of parts covers: everything that users may install and that is built everywhere."""
SHIPPED = Path("src/cso_rules/shipped")
WALKER = Path("src/cso_rules/page/walker.js")
"""The wheel has it as it is written; beside it releases have it minified."""
MINIFIER = Path("release/javascript")


def main() -> None:
    """Build, and say what was built."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--output", type=Path, default=ROOT / "dist")
    parser.add_argument("--twice", action="store_true")
    parser.add_argument("--without-sbom", action="store_true", help="for a machine without an index")
    chosen = parser.parse_args()
    refuse_uncommitted()
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "dist"
        output.mkdir()
        built = build(output, seed="1")
        if chosen.twice:
            compare(built, Path(folder) / "again")
        if not chosen.without_sbom:
            list_parts(output)
        write_checksums(output)
        shutil.rmtree(chosen.output, ignore_errors=True)  # what was built before stays until now
        shutil.copytree(output, chosen.output)


def compare(built: Mapping[str, str], folder: Path) -> None:
    """Build again in another folder, and end where one byte is another."""
    folder.mkdir()
    again = build(folder, seed="2")
    different = sorted(name for name in built.keys() | again.keys() if built.get(name) != again.get(name))
    if different:
        sys.exit(f"two builds differ: {', '.join(different)}")
    print("two builds are the same, byte by byte")


def refuse_uncommitted() -> None:
    """End where files differ from the last commit, which is what would be built."""
    changed = git("status", "--porcelain").decode()
    if changed:
        sys.exit(f"commit these first, or set them aside:\n{changed}")


def build(output: Path, *, seed: str) -> dict[str, str]:
    """Build the files in a folder, and return the digest of each."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "cso-rules"
        export(tree)
        surroundings = environment(tree, seed)
        ship(tree, surroundings)
        run(sys.executable, "-m", "build", "--no-isolation", "--outdir", str(output), str(tree), env=surroundings)
        for file in sorted((tree / SHIPPED).iterdir()):
            shutil.copyfile(file, output / f"cso-rules-{version()}-{file.name}")
        (output / f"cso-rules-{version()}-walker.min.js").write_bytes(minified(tree))
    return digests(output)


def minified(tree: Path) -> bytes:
    """Return the walker as a file of its own, without what a browser does not need."""
    if shutil.which("npm") is None:
        sys.exit("install Node.js with npm: the walker is minified by terser")
    run("npm", "ci", "--no-audit", "--no-fund", "--loglevel=error", cwd=tree / MINIFIER)
    command = ("npm", "run", "--silent", "minify")
    written = (tree / WALKER).read_bytes()
    return subprocess.run(command, check=True, input=written, stdout=subprocess.PIPE, cwd=tree / MINIFIER).stdout


def export(tree: Path) -> None:
    """Write the files of the last commit into a folder."""
    with tarfile.open(fileobj=BytesIO(git("archive", "--format=tar", "HEAD"))) as archive:
        archive.extractall(tree, filter="data")


def environment(tree: Path, seed: str) -> dict[str, str]:
    """Return what the tools see: the tree and no other rules, the time of the commit, a fixed umask and language."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CSO_RULES_", "PYTHON"))}
    return kept | {
        "PYTHONPATH": str(tree / "src"),
        "PYTHONHASHSEED": seed,
        "CSO_RULES_CACHE": str(tree.parent / "cache"),
        "SOURCE_DATE_EPOCH": str(moment()),
        "LC_ALL": "C.UTF-8",
    }


def ship(tree: Path, surroundings: Mapping[str, str]) -> None:
    """Make what comes with the program beside its rule files: the bundle of all rules, and the page that asks."""
    folder = tree / SHIPPED
    folder.mkdir()
    day = datetime.fromtimestamp(moment(), UTC).date().isoformat()
    command = (sys.executable, "-m", "cso_rules")
    run(*command, "build", "cn", "-o", str(folder / "rules.bundle"), "--lang", "en", env=surroundings, cwd=tree.parent)
    asking = (
        *command,
        "page",
        "cn",
        "--places",
        "all",
        "-o",
        str(folder / "page.html"),
        "--as-of",
        day,
        "--lang",
        "en",
    )
    run(*asking, env=surroundings, cwd=tree.parent)


def list_parts(output: Path) -> None:
    """Write the list of parts: this wheel and what it needs, in the versions that the tests ran with."""
    (wheel,) = output.glob("*.whl")
    with tempfile.TemporaryDirectory() as folder:
        place, limits = Path(folder) / "venv", Path(folder) / "limits.txt"
        limits.write_text("\n".join(tested_versions()), encoding="utf-8")
        run(sys.executable, "-m", "venv", "--without-pip", str(place))
        python = place / "bin" / "python"
        pip = (sys.executable, "-m", "pip", "--python", str(python), "--disable-pip-version-check", "--quiet")
        run(*pip, "install", "-c", str(limits), f"{wheel}[{EXTRAS}]")
        written = output / f"cso-rules-{version()}.cdx.json"
        described = ("--pyproject", str(ROOT / "pyproject.toml"), "--output-reproducible", "--of", "JSON")
        run(sys.executable, "-m", "cyclonedx_py", "environment", *described, "-o", str(written), str(python))


def tested_versions() -> Iterator[str]:
    """Yield the packages of the lock, without their digests."""
    for line in (ROOT / ".ci" / "requirements.txt").read_text(encoding="utf-8").splitlines():
        if found := re.match(r"([\w.-]+==\S+(?: ;[^\\]*)?)", line):
            yield found.group(1).strip()


def write_checksums(output: Path) -> None:
    """Write the digest of every file, as `sha256sum -c` reads them, and print them."""
    lines = [f"{digest}  {name}\n" for name, digest in sorted(digests(output).items())]
    (output / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")
    print("".join(lines), end="")


def digests(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every file in a folder by its name, that of hidden ones left out."""
    files = (file for file in folder.iterdir() if not file.name.startswith("."))
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def version() -> str:
    """Return the version of the library."""
    text = (ROOT / "src" / "cso_rules" / "__init__.py").read_text(encoding="utf-8")
    return re.findall(r'^__version__ = "(.+)"$', text, re.MULTILINE)[0]


def moment() -> int:
    """Return when the last commit was made, in seconds since 1970."""
    return int(git("log", "-1", "--format=%ct"))


def git(*arguments: str) -> bytes:
    """Return what git says."""
    return subprocess.run(["git", *arguments], check=True, capture_output=True, cwd=ROOT).stdout


def run(*command: str, env: Mapping[str, str] | None = None, cwd: Path | None = None) -> None:
    """Run a tool, and end where it fails."""
    print(f"$ {' '.join(command)}", flush=True)
    subprocess.run(command, check=True, env=env, cwd=cwd)


if __name__ == "__main__":
    main()
