import datetime
import subprocess
import sys

import pytest

from cso_rules import Tier, classify
from cso_rules.errors import FactsError

DAY = datetime.date(2020, 1, 1)


def test_nothing_known_leaves_several_tiers() -> None:
    result = classify(as_of=DAY)
    assert result.tier is None
    assert len(result.possible_tiers) > 1
    assert result.missing_facts


def test_valid_registration_is_registered() -> None:
    result = classify({"founder_residence": "not_residents"}, as_of=DAY, is_nonprofit=False)
    assert result.possible_tiers
    assert all(isinstance(tier, Tier) for tier in result.possible_tiers)


def test_unknown_fact_is_refused() -> None:
    with pytest.raises(FactsError):
        classify(no_such_fact=1, as_of=DAY)


def test_import_is_light() -> None:
    code = "import sys, cso_rules; print('attr' in sys.modules, 'yaml' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
