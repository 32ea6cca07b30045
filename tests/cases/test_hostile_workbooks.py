"""Workbooks that were made to do harm, or are broken: refused by file, sheet and cell, or answered rightly."""

import zipfile
from pathlib import Path

import pytest

from tests.cases.hostile_files import TABLE, book, cell, refused, relations, row, run, sheet, workbook

REFERENCES = {
    "A0": "名册!A0", "ZZZZ1": "名册!ZZZZ1", "A99999999999": "名册!A99999999999", "XFE3": "16,384 columns",
    "A1048577": "not of its row", "$A$3": "名册!$A$3", "A": "名册!A", "3": "名册!3", "": "no such cell",
    "A-3": "名册!A-3", "B2": "not of its row",
}  # fmt: skip


@pytest.mark.parametrize("reference", REFERENCES, ids=lambda text: text or "empty")
def test_a_reference_that_no_cell_has_refuses_the_file(tmp_path: Path, reference: str) -> None:
    rows = TABLE + row(3, cell(reference, "x"))
    refused(workbook(tmp_path / "in.xlsx", sheet(rows)), "in.xlsx", REFERENCES[reference])


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (row(1048576, cell("XFD1048576", "x")), "reach to XFD1048576"),
        (row(1048576, cell("T1048576", "x")), "reach to T1048576"),
        (row("0", cell(None, "x")), "rows 1 to 1,048,576"),
        (row("99999999999", cell(None, "x")), "rows 1 to 1,048,576"),
        (row("three", cell(None, "x")), "rows 1 to 1,048,576"),
        (row(2, cell("A2", "B")), "stands twice"),
        (row(3, cell("A3", "B"), cell("A3", "C")), "stands twice"),
        (row(3, cell("B3", "B"), cell("A3", "C")), "out of order"),
        (row(3, "<c r='A3' t='s'><v>7</v></c>"), "名册"),
    ],
    ids=["far", "gap", "zero", "huge", "word", "row twice", "cell twice", "disorder", "no such text"],
)
def test_cells_where_none_can_be_refuse_the_file(tmp_path: Path, rows: str, words: str) -> None:
    refused(workbook(tmp_path / "in.xlsx", sheet(TABLE + rows)), "in.xlsx", words)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_refusal_says_the_same_in_both_languages(tmp_path: Path, lang: str) -> None:
    path = workbook(tmp_path / "in.xlsx", sheet(TABLE + row(1048576, cell("XFD1048576", "x"))))
    words = {"zh": ("单元格延伸到 XFD1048576", "请拆分"), "en": ("reach to XFD1048576", "Split it")}[lang]
    refused(path, *words, lang=lang)


@pytest.mark.parametrize("command", ["area", "impact"])
def test_other_commands_survive_too(tmp_path: Path, command: str) -> None:
    path = workbook(tmp_path / "in.xlsx", sheet(TABLE + row(1048576, cell("XFD1048576", "x"))))
    assert "Traceback" not in run(path, commands=[command])[command].text


ANSWERED = {
    "a false dimension": sheet(TABLE, before='<dimension ref="A1:XFD1048576"/>'),
    "formatted cells without content": sheet(TABLE + row(1048576, '<c r="XFD1048576" s="0"/>')),
    "no references": sheet(
        row(None, cell(None, "编号"), cell(None, "个人会员数")) + row(None, cell(None, "A"), cell(None, 5))
    ),
    "lower case": sheet(TABLE.replace("A2", "a2")),
    "rows far below": sheet(TABLE + row(1000000, cell("A1000000", "B"), cell("B1000000", 6))),
    "merged beyond the content": sheet(TABLE, after='<mergeCells><mergeCell ref="A3:B1048576"/></mergeCells>'),
    "prefixes": sheet(TABLE)
    .replace("<", "<x:").replace("<x:/", "</x:").replace("xmlns=", "xmlns:x="),
}  # fmt: skip


@pytest.mark.parametrize("content", ANSWERED.values(), ids=ANSWERED)
def test_what_a_sheet_says_of_itself_does_not_matter(tmp_path: Path, content: str) -> None:
    for name, said in run(workbook(tmp_path / "in.xlsx", content)).items():
        assert said.code == 0, (name, said)
        assert name == "explain" or "answered" in said.text


def test_merged_cells_that_overlap_refuse_the_file_by_cell(tmp_path: Path) -> None:
    areas = "".join(f'<mergeCell ref="A1:B{number}"/>' for number in range(1000, 50_000))
    refused(
        workbook(tmp_path / "in.xlsx", sheet(TABLE, after=f"<mergeCells>{areas}</mergeCells>")), "名册!A1", "overlap"
    )


@pytest.mark.parametrize("area", ["A2:ZZZZZ9", "A2:A9999999", "A2:", "A2:A3:A4", ""])
def test_merged_cells_that_cannot_be_refuse_the_file(tmp_path: Path, area: str) -> None:
    content = sheet(TABLE, after=f'<mergeCells><mergeCell ref="{area}"/></mergeCells>')
    refused(workbook(tmp_path / "in.xlsx", content), "no such merged cells")


def test_a_document_type_is_refused_before_its_entities_are_read(tmp_path: Path) -> None:
    laughs = "".join(f'<!ENTITY e{at} "{f"&e{at - 1};" * 10 if at else "ha"}">' for at in range(20))
    for start in (f"<!DOCTYPE x [{laughs}]>", '<!DOCTYPE x [<!ENTITY e19 SYSTEM "file:///etc/passwd">]>'):
        rows = TABLE + row(3, cell("A3", "&e19;"))
        refused(workbook(tmp_path / "in.xlsx", sheet(rows, start=start)), "a document type is not read")
    texts = f'<!DOCTYPE x><sst xmlns="{"x"}"><si><t>A</t></si></sst>'
    refused(workbook(tmp_path / "in.xlsx", sheet(TABLE), {"xl/texts.xml": texts}), "texts.xml", "document type")


def test_a_file_that_unpacks_to_far_more_is_refused_by_its_directory(tmp_path: Path) -> None:
    path = workbook(tmp_path / "in.xlsx", sheet(TABLE), {"xl/media/x.bin": b"\0" * (20 << 20)})
    refused(path, "unpacked it has", "are read")
    path = workbook(tmp_path / "in.xlsx", sheet(TABLE), {f"x{number}": "" for number in range(10_001)})
    refused(path, "parts, at most 10,000")


def test_a_directory_that_lies_about_sizes_is_found_out(tmp_path: Path) -> None:
    path = workbook(tmp_path / "in.xlsx", sheet(TABLE + row(3, cell("A3", "x" * 3_000_000))))
    size = len(sheet(TABLE + row(3, cell("A3", "x" * 3_000_000))).encode())
    path.write_bytes(path.read_bytes().replace(size.to_bytes(4, "little"), (4096).to_bytes(4, "little")))
    refused(path, "not a readable workbook")


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"../../evil.xml": "x"}, "lies outside"),
        ({"XL/Sheet1.xml": sheet(TABLE)}, "stands twice"),
        ({"xl/workbook.xml": book("名册", "名册")}, "several sheets are called 名册"),
        ({"xl/workbook.xml": book()}, "no sheet with cells"),
        ({"xl/_rels/workbook.xml.rels": relations(("worksheet", "other.xml"))}, "no such part"),
        ({"_rels/.rels": relations(("officeDocument", "word/document.xml"))}, "no workbook of .xlsx"),
        ({"_rels/.rels": "<Relationships"}, "_rels/.rels"),
        ({"xl/sheet1.xml": sheet(TABLE)[:-30]}, "xl/sheet1.xml"),
        ({"xl/sheet1.xml": sheet(TABLE).encode("utf-16")}, "xl/sheet1.xml"),
    ],
    ids=["outside", "twice", "same names", "no sheet", "no part", "a letter", "no relations", "cut off", "utf-16"],
)
def test_parts_that_do_not_fit_refuse_the_file(tmp_path: Path, parts: dict[str, str | bytes], words: str) -> None:
    two = {"xl/_rels/workbook.xml.rels": relations(("worksheet", "sheet1.xml"), ("worksheet", "sheet2.xml"))}
    given = {**two, "xl/sheet2.xml": sheet(""), **parts}
    refused(workbook(tmp_path / "in.xlsx", sheet(TABLE), given), "in.xlsx", words)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (bytes.fromhex("D0CF11E0A1B11AE1") + bytes(600), "password"),
        (b"a,b\n1,2\n", "another kind of file"),
        (b"PK\3\4" + bytes(100), "not a readable workbook"),
    ],
    ids=["encrypted", "csv", "cut off"],
)
def test_files_of_another_kind_are_named(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "in.xlsx"
    path.write_bytes(content)
    refused(path, "in.xlsx", words)


def test_a_workbook_that_was_cut_off_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "in.xlsx", sheet(TABLE))
    path.write_bytes(path.read_bytes()[:-40])
    refused(path, "not a readable workbook")


def test_a_sheet_without_data_has_no_header(tmp_path: Path) -> None:
    for said in run(workbook(tmp_path / "in.xlsx", sheet(""))).values():
        assert said.code in {2, 4}
        assert "no row holds a known column name" in said.text


def test_days_are_counted_from_1904_where_the_workbook_says_so(tmp_path: Path) -> None:
    rows = row(1, cell("A1", "编号"), cell("B1", "登记日期")) + row(2, cell("A2", "A"), cell("B2", 40000, ' s="1"'))
    parts = {
        "xl/workbook.xml": book("名册", settings='<workbookPr date1904="1"/>'),
        "xl/_rels/workbook.xml.rels": relations(("worksheet", "sheet1.xml"), ("styles", "styles.xml")),
        "xl/styles.xml": '<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>',
    }
    path = workbook(tmp_path / "in.xlsx", sheet(rows), parts)
    assert {said.code for said in run(path).values()} == {0}
    with zipfile.ZipFile(path) as archive:
        assert len(archive.namelist()) == 5
    out = path.with_name("out.csv").read_text("utf-8-sig")
    assert "2013-07-07" in out
