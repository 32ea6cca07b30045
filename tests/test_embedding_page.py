"""What the page about embedding shows was run: every block, with the bundle that it says to build."""

from __future__ import annotations

from pathlib import Path

import pytest

from cso_rules.bundle.build import build_bundle
from tests.embedding_blocks import blocks, run, under

IN_SERVICES = ("A service with FastAPI", "A model of Django", "A form in a browser")
"""What needs more than Python and the extras; tests/services/test_embedding.py runs it."""
HERE = [block for block in blocks() if block.heading not in IN_SERVICES]


@pytest.fixture(scope="module")
def bundle() -> bytes:
    import datetime

    return build_bundle("cn", places=["3210"], first=datetime.date(2026, 1, 1), version=1).data


@pytest.fixture
def _folder(bundle: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "registry.bundle").write_bytes(bundle)
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("_folder")
@pytest.mark.parametrize("heading", [block.heading for block in HERE])
def test_a_block_prints_what_the_page_shows(heading: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.chdir(Path(__file__).parents[1])
        block = under(heading)
    _, printed = run(block)
    assert block.prints
    assert printed == block.prints


def test_every_section_is_run_here_or_with_the_services() -> None:
    assert len(HERE) == 7
    assert {block.heading for block in blocks()} - {block.heading for block in HERE} == set(IN_SERVICES)
