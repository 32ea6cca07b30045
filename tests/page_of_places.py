"""Pages of some places, each bundle built once."""

import datetime
from functools import cache

from cso_rules.bundle.build import build_bundle
from cso_rules.bundle.opened import Bundle, bundle_in
from cso_rules.page.builder import page

DAY = "2026-11-27"


@cache
def bundle_of(*places: str, first: str = DAY) -> Bundle:
    """The rules of the whole country and of places, from a day on."""
    built = build_bundle("cn", places=places, first=datetime.date.fromisoformat(first))
    return bundle_in(built.data, "a test")


def page_of(*places: str) -> str:
    """The page of the whole country and of places."""
    return page(bundle_of(*places), ["cn", *places], datetime.date.fromisoformat(DAY))
