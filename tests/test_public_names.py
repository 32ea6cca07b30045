"""The public names are promised; each can be imported from the package itself."""

import pytest

import cso_rules


@pytest.mark.parametrize("name", cso_rules.__all__)
def test_public_name_can_be_imported(name: str) -> None:
    assert getattr(cso_rules, name) is not None


def test_public_names_are_listed_once() -> None:
    assert len(set(cso_rules.__all__)) == len(cso_rules.__all__)


def test_dir_shows_the_public_names() -> None:
    assert set(cso_rules.__all__) <= set(dir(cso_rules))


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError):
        getattr(cso_rules, "no_such_name")  # noqa: B009 - written so that mypy does not see through it
