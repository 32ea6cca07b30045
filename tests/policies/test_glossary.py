import importlib.util
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_the_glossary_is_up_to_date() -> None:
    spec = importlib.util.spec_from_file_location("make_glossary", DOCS / "make_glossary.py")
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    assert (DOCS / "glossary.md").read_text(encoding="utf-8") == script.page(), "run python docs/make_glossary.py"
