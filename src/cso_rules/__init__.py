"""Rules for the supervision of community social organizations: determined, explained, cited.

Everything public is named here and defined elsewhere; it is imported when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cso_rules import errors
    from cso_rules.bundle.opened import Bundle, load_bundle
    from cso_rules.classification import Classification, Tier, classify
    from cso_rules.determination import Determination, to_json
    from cso_rules.diagnostics import Diagnostic
    from cso_rules.engine.cache import load_policy
    from cso_rules.engine.determine import determine
    from cso_rules.engine.watch import watch
    from cso_rules.explanation import explain
    from cso_rules.loader.checking import check
    from cso_rules.model.policy import Policy
    from cso_rules.model.types import UNKNOWN
    from cso_rules.records.store import RecordStore, open_records
    from cso_rules.tables.bulk.determine import determine_many

__version__ = "0.2.0"
__all__ = [
    "UNKNOWN",
    "Bundle",
    "Classification",
    "Determination",
    "Diagnostic",
    "Policy",
    "RecordStore",
    "Tier",
    "__version__",
    "check",
    "classify",
    "determine",
    "determine_many",
    "errors",
    "explain",
    "load_bundle",
    "load_policy",
    "open_records",
    "to_json",
    "watch",
]

_HOMES = {
    "UNKNOWN": "model.types",
    "Bundle": "bundle.opened",
    "Classification": "classification",
    "Determination": "determination",
    "Diagnostic": "diagnostics",
    "Policy": "model.policy",
    "RecordStore": "records.store",
    "Tier": "classification",
    "check": "loader.checking",
    "classify": "classification",
    "determine": "engine.determine",
    "determine_many": "tables.bulk.determine",
    "explain": "explanation",
    "load_bundle": "bundle.opened",
    "load_policy": "engine.cache",
    "open_records": "records.store",
    "to_json": "determination",
    "watch": "engine.watch",
}


def __getattr__(name: str) -> Any:
    if name == "errors":
        return import_module("cso_rules.errors")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"cso_rules.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
