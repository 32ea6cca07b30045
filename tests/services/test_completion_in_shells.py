"""The three shells complete commands, names and places with the script that `completion` prints."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.services
BASH = """source {script}
asked() {{
  COMP_WORDS=(cso-rules "$@"); COMP_CWORD=$#; COMPREPLY=()
  _cso_rules_completion cso-rules; echo "${{COMPREPLY[@]}}"
}}
"""
ZSH = """autoload -U compinit; compinit -u
source {script}
compadd() {{ echo ${{(P)@[-1]}}; }}
_describe() {{ echo ${{(P)3}}; }}
asked() {{ words=(cso-rules "$@"); CURRENT=$(($# + 1)); _cso_rules_completion; }}
"""
FISH = """source {script}
function asked; complete -C "cso-rules $argv"; end
"""
SHELLS = {"bash": BASH, "zsh": ZSH, "fish": FISH}
ASKED = {
    "doc": "doctor",
    "show minimum_indiv": "minimum_individual_members",
    "show --jurisdiction 440": "4403",
    "classify list.csv --readings a15": "a15_mixed_membership=literal",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the command on it, whatever it is called where these tests run."""
    folder = tmp_path_factory.mktemp("shells")
    command = folder / "cso-rules"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m cso_rules "$@"\n', encoding="utf-8")
    command.chmod(command.stat().st_mode | stat.S_IXUSR)
    return folder


@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_completes_commands_names_places_and_readings(folder: Path, shell: str) -> None:
    program = shutil.which(shell)
    assert program is not None, f"{shell} is not installed (Debian: {shell})"
    surroundings = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}", "LC_ALL": "C.UTF-8"}
    script = folder / f"completion.{shell}"
    printed = subprocess.run(["cso-rules", "completion", shell], env=surroundings, capture_output=True, check=True)
    script.write_bytes(printed.stdout)
    lines = [SHELLS[shell].format(script=script), *(f"asked {words}" for words in ASKED)]
    run = subprocess.run(
        [program], input="\n".join(lines), env=surroundings, capture_output=True, text=True, check=True
    )
    answers = run.stdout.split("\n")
    assert [offer for offer in ASKED.values() if not any(offer in line.replace("\\", "") for line in answers)] == []
    assert run.stderr == ""
