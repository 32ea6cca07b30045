"""Where a package or place is not found, the message says where they are looked for."""

from pathlib import Path

import pytest

from cso_rules.errors import UnknownNameError
from cso_rules.loader.packages import package_path
from cso_rules.loader.places import code_of_place


def missing(name: str) -> str:
    with pytest.raises(UnknownNameError) as caught:
        package_path(name)
    assert caught.value.in_language("zh").startswith(f"没有规则包“{name}”；")
    return str(caught.value)


def test_without_a_folder_of_ones_own_the_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CSO_RULES_POLICIES", raising=False)
    assert missing("county").endswith("CSO_RULES_POLICIES, which names a folder with packages of your own, is not set")


def test_a_folder_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CSO_RULES_POLICIES", str(tmp_path / "rules"))
    assert missing("county").endswith(f"CSO_RULES_POLICIES names {tmp_path / 'rules'}, and there is no such folder")


@pytest.mark.parametrize(("names", "told"), [((), "no packages"), (("mine", "yours"), "mine, yours")])
def test_what_is_in_the_folder_is_named(
    names: tuple[str, ...], told: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in names:
        (tmp_path / name).mkdir()
        (tmp_path / name / "package.yaml").write_text("format: 1\n", encoding="utf-8")
    monkeypatch.setenv("CSO_RULES_POLICIES", str(tmp_path))
    assert missing("county").endswith(f"in {tmp_path} (CSO_RULES_POLICIES) there are: {told}")


def test_a_name_that_is_near_is_suggested() -> None:
    assert "did you mean 'cn-4403'?" in missing("cn-44O3")


def test_a_place_that_is_not_found_names_the_variable_unless_another_one_was_meant(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("CSO_RULES_POLICIES", raising=False)
    with pytest.raises(UnknownNameError, match="CSO_RULES_POLICIES"):
        code_of_place("不知名的地方")
    with pytest.raises(UnknownNameError, match="did you mean '深圳'") as caught:
        code_of_place("深川")
    assert "CSO_RULES_POLICIES" not in str(caught.value)
