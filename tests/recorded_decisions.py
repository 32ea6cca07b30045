"""Decisions to be recorded: about readers of the library, of whom some facts are personal."""

from pathlib import Path

CARD = Path(__file__).parent / "packages" / "library_card"
PERSONAL = ("age", "home", "joined_on", "address_is_credible")


def personal_card(folder: Path) -> Path:
    """Write a copy of the package of the library card in which some facts are personal, and return its folder."""
    found = folder / "library_card"
    for path in (path for path in CARD.rglob("*") if path.is_file()):
        text = path.read_text(encoding="utf-8")
        if path.name == "vocabulary.yaml":
            for name in PERSONAL:
                assert f"  - id: {name}\n    type" in text
                text = text.replace(f"  - id: {name}\n    type", f"  - id: {name}\n    personal: true\n    type")
        (found / path.relative_to(CARD)).parent.mkdir(parents=True, exist_ok=True)
        (found / path.relative_to(CARD)).write_text(text, encoding="utf-8")
    return found
