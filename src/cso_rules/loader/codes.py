"""Codes of places: `cn` for the whole country, and those of GB/T 2260."""

from __future__ import annotations

import re
from typing import Final

NATIONAL: Final = "cn"
UNPLACED = "none"
"""Jurisdiction of a package whose place is not known; it applies only where it is chosen by name."""
PROVINCES: Final = {
    "11": "北京市", "12": "天津市", "13": "河北省", "14": "山西省", "15": "内蒙古自治区", "21": "辽宁省",
    "22": "吉林省", "23": "黑龙江省", "31": "上海市", "32": "江苏省", "33": "浙江省", "34": "安徽省",
    "35": "福建省", "36": "江西省", "37": "山东省", "41": "河南省", "42": "湖北省", "43": "湖南省",
    "44": "广东省", "45": "广西壮族自治区", "46": "海南省", "50": "重庆市", "51": "四川省", "52": "贵州省",
    "53": "云南省", "54": "西藏自治区", "61": "陕西省", "62": "甘肃省", "63": "青海省", "64": "宁夏回族自治区",
    "65": "新疆维吾尔自治区", "71": "台湾省", "81": "香港特别行政区", "82": "澳门特别行政区",
}  # fmt: skip
"""Provinces by the first two digits of the codes of GB/T 2260."""


def normalized_code(jurisdiction: str) -> str:
    """Return a code of GB/T 2260 without the zeros that mark a province or city: 440300 is 4403.

    Raises:
        UnknownNameError: It is neither `cn` nor such a code.
    """
    if jurisdiction == NATIONAL:
        return NATIONAL
    code = jurisdiction
    while len(code) > 2 and code.endswith("00"):  # noqa: PLR2004 - two digits a level
        code = code[:-2]
    if re.fullmatch(r"(\d{2}){1,3}", code, re.ASCII) and code[:2] in PROVINCES:
        return code
    from cso_rules.errors import UnknownNameError

    raise UnknownNameError("jurisdiction", jurisdiction)
