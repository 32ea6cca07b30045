"""What may be wrong with a store of records, or with what is asked of it, in words: the cause, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, NoReturn, TypeAlias

from cso_rules.errors import RecordsError
from cso_rules.model.instruments import Label

Fault: TypeAlias = Literal[
    "no_store", "not_there", "other_format", "unreachable", "full", "failed", "stopped", "busy", "unsaid", "too_long",
    "shown", "other_question", "other_rules", "no_transaction", "no_record", "nothing_personal", "no_head",
    "unsigned_head", "no_export", "damaged",
]  # fmt: skip

FAULTS: Final[Mapping[Fault, Label]] = {
    "no_store": Label(
        en="this is no store of decision records; name a file that holds one, or a new one",
        zh="这不是决定记录库；请给出记录库文件，或一个新的文件名",
    ),
    "not_there": Label(
        en="there is no store of decision records here; name the file or the database that holds it",
        zh="此处没有决定记录库；请给出其文件或数据库",
    ),
    "other_format": Label(
        en="the store has format {found}, and this version of cso-rules reads format {expected}; use the version that"
        " wrote it",
        zh="记录库的格式是 {found}，而此版本的 cso-rules 读取格式 {expected}；请使用写成它的版本",
    ),
    "unreachable": Label(
        en="the store cannot be opened ({cause}); look whether the place exists and may be written",
        zh="记录库无法打开（{cause}）；请检查该位置是否存在、是否可写",
    ),
    "full": Label(
        en="the disk is full, and nothing was recorded; free some space and ask again",
        zh="磁盘空间已满，未作任何记录；请腾出空间后重试",
    ),
    "failed": Label(
        en="the store could not be written ({cause}), and nothing more is recorded; look at the disk, then open the"
        " store anew and verify it",
        zh="记录库写入失败（{cause}），不再记录；请检查磁盘，再重新打开并核验",
    ),
    "stopped": Label(
        en="the store failed before and records nothing more; look at the disk, then open it anew and verify it",
        zh="记录库先前写入失败，不再记录；请检查磁盘，再重新打开并核验",
    ),
    "busy": Label(
        en="another program writes to the store and does not end ({cause}); nothing was recorded, ask again",
        zh="另有程序正在写入记录库且未结束（{cause}）；未作记录，请重试",
    ),
    "unsaid": Label(
        en="a record says who asked and why: {name} is empty",
        zh="记录须写明由谁提出、因何提出：{name} 为空",
    ),
    "too_long": Label(
        en="{name} has more than {most} characters; shorten it",
        zh="{name} 超过 {most} 个字符；请缩短",
    ),
    "shown": Label(
        en="these rules show personal values, which a record must not; determine by the policy itself, not by"
        " `with_personal_shown`",
        zh="这套规则显示个人信息，不能据此记录；请用原规则认定，不要用 with_personal_shown",
    ),
    "other_question": Label(
        en="the key {key} belongs to record {id}, in which {name} is another one; ask under a new key",
        zh="键 {key} 属于记录 {id}，其中的 {name} 不同；请换用新的键",
    ),
    "other_rules": Label(
        en="record {id} answered this question, asked under the key {key}, by other rules than those of today; give out"
        " that answer, or ask under a new name",
        zh="键 {key} 所问已由记录 {id} 按另一版规则作答；请采用该结论，或换用新的名称",
    ),
    "no_transaction": Label(
        en="no transaction is open on this connection; begin one, so that the record stands or falls with the rest",
        zh="该连接上没有打开的事务；请先开始事务，使记录与其余写入同成同败",
    ),
    "no_record": Label(
        en="there is no record {name}; name one by its id or its number",
        zh="没有记录 {name}；请写出其编号或序号",
    ),
    "nothing_personal": Label(
        en="record {name} keeps no personal value of {facts}; it never did, or it is erased",
        zh="记录 {name} 中没有 {facts} 的个人信息；从未保存，或已删除",
    ),
    "no_head": Label(
        en="this is no head of a chain of records; give one that `cso-rules records head` wrote",
        zh="这不是记录链的链首；请给出由 cso-rules records head 写成的内容",
    ),
    "unsigned_head": Label(
        en="the head of the chain is not signed by a trusted key; get one that is, or trust the key after you have"
        " asked its owner",
        zh="链首没有受信任密钥的签名；请取得有签名的链首，或向密钥持有人核实后信任该密钥",
    ),
    "no_export": Label(
        en="there is no decision record in the first line; give a file that `cso-rules records export` wrote",
        zh="首行不是决定记录；请给出由 cso-rules records export 写成的文件",
    ),
    "damaged": Label(
        en="record {name} was changed; run `cso-rules records verify`",
        zh="记录 {name} 被改动；请运行 cso-rules records verify",
    ),
}


def refuse(fault: Fault, place: str, **parts: object) -> NoReturn:
    """Raise what is wrong.

    Args:
        fault: What it is.
        place: The store; empty where none is concerned.
        **parts: What the sentence names.
    """
    raise error_of(fault, place, **parts) from None


def error_of(fault: Fault, place: str, **parts: object) -> RecordsError:
    """Return what is wrong as an exception; arguments as for `refuse`."""
    said = FAULTS[fault].filled(**{name: str(part)[:200] for name, part in parts.items()})
    return RecordsError(fault, place, said.en, said.zh)
