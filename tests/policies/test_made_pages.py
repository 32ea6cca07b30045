import importlib.util
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.mark.parametrize(
    ("script", "page"),
    [
        ("make_glossary", "glossary.md"),
        ("make_law_changes", "reference/changes-of-the-law.md"),
        ("make_rule_file_keys", "reference/rule-file-keys.md"),
        ("make_problem_codes", "reference/problem-codes.md"),
        ("make_fewer_lines", "explanation/fewer-lines.md"),
        ("make_ten_groups", "explanation/ten-groups.md"),
    ],
)
def test_a_page_that_is_made_is_up_to_date(script: str, page: str) -> None:
    spec = importlib.util.spec_from_file_location(script, DOCS / f"{script}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert (DOCS / page).read_text(encoding="utf-8") == module.page(), f"run python docs/{script}.py"
