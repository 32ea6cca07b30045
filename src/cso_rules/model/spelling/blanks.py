"""Words that say that nothing is known."""

from typing import Final

BLANKS: Final = frozenset({
    "", "无数据", "暂无数据", "不详", "不明", "未知", "不清楚", "暂无", "暂缺", "略", "待查", "待定", "待补", "待补充",
    "待填", "待核", "待核实", "待统计",
    "空", "空白", "未填", "未填写", "未统计", "未提供", "未掌握", "(空)", "(跳过)",
    "(NULL)", "N/A", "N.A.", "NA", "NULL", "NAN", "UNKNOWN", "TBD",
})  # fmt: skip
"""In capital letters."""

DOUBTS: Final = frozenset({
    "不详", "不明", "未知", "不清楚", "待查", "待定", "待核", "待核实", "未掌握", "UNKNOWN", "TBD",
})  # fmt: skip
"""Those that say so of something that was asked: then nothing is presumed, as it would be for an empty cell."""
