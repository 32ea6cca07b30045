"""Words for the states of provisions and for what local packages change, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from cso_rules.model.instruments import Label

PROVISIONS: Final[Mapping[str, Label]] = {
    "encoded": Label(zh="已成规则", en="encoded"),
    "declared": Label(zh="仅作提示", en="declared"),
    "not_computable": Label(zh="无从判定", en="not computable"),
}
"""How the rules take account of a provision."""

OPERATIONS: Final[Mapping[str, Label]] = {
    "sets": Label(zh="改为", en="sets"),
    "adds": Label(zh="增加", en="adds"),
    "removes": Label(zh="取消", en="removes"),
    "replaces": Label(zh="替换", en="replaces"),
    "restates": Label(zh="重申", en="restates"),
    "chooses": Label(zh="选定解读", en="chooses"),
}
"""What a local package does to the rules that it extends."""
