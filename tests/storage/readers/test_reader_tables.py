"""CSV, TSV and JSON Lines."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.readers import delimited, jsonl
from storage.readers.parsed import Parsed, ParseOptions, ReadError

OPTIONS = ParseOptions(".csv")


def rows(parsed: Parsed) -> list[tuple[int, str]]:
    return [(m["row"], parsed.text[start:end]) for start, end, m in parsed.sections]


def read_csv(text: str | bytes) -> Parsed:
    return delimited.parse(text.encode() if isinstance(text, str) else text, OPTIONS)


def read_jsonl(text: str | bytes) -> Parsed:
    return jsonl.parse(text.encode() if isinstance(text, str) else text, OPTIONS)


def test_a_record_becomes_lines_of_column_and_value() -> None:
    parsed = read_csv('名前,個数,備考\r\nりんご,1,"赤い, 甘い"\r\nみかん,2,\r\n'.encode("cp932"))
    assert rows(parsed) == [
        (1, "名前: りんご\n個数: 1\n備考: 赤い, 甘い"),
        (2, "名前: みかん\n個数: 2"),
    ]
    assert parsed.encoding == "cp932"
    assert parsed.text.startswith("名前: りんご\n")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(delimiter: str) -> None:
    text = "\n".join(delimiter.join(row) for row in (["a", "b"], ["1, 2", "x"], ["3", "y"]))
    quoted = text.replace("1, 2", '"1, 2"')
    assert rows(read_csv(quoted)) == [(1, "a: 1, 2\nb: x"), (2, "a: 3\nb: y")]


def test_a_tsv_file_is_split_at_tabs_only() -> None:
    parsed = delimited.parse("題,名\t値\nあ,い\t1\n".encode(), OPTIONS)
    assert rows(delimited.parse_tsv("題,名\t値\nあ,い\t1\n".encode(), OPTIONS)) == [
        (1, "題,名: あ,い\n値: 1")
    ]
    assert parsed.sections


def test_a_table_without_a_header_gets_numbered_columns() -> None:
    assert rows(read_csv("1,りんご\n2,みかん\n")) == [
        (1, "column 1: 1\ncolumn 2: りんご"),
        (2, "column 1: 2\ncolumn 2: みかん"),
    ]


def test_rows_of_other_lengths_are_read_and_named() -> None:
    parsed = read_csv("a,b\n1\n1,2\n1,2,3\n")
    assert rows(parsed) == [(1, "a: 1"), (2, "a: 1\nb: 2"), (3, "a: 1\nb: 2\ncolumn 3: 3")]
    assert parsed.warnings == ["2 of 3 rows do not have 2 fields as the header has: rows 1, 3"]


def test_a_header_alone_is_kept_as_text() -> None:
    assert read_csv("名前,個数\n").text == "名前\n個数"


cells = st.text(st.sampled_from('ab,;"\n\t|日本'), max_size=6)


@given(st.lists(st.lists(cells, min_size=2, max_size=2), min_size=1, max_size=6))
def test_what_the_csv_module_writes_is_read_back(records: list[list[str]]) -> None:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\r\n").writerows([["題", "値"], *records])
    table = delimited.read_table(stream.getvalue(), ",")
    assert table.columns == ["題", "値"]
    assert table.records == [r for r in records if any(cell.strip() for cell in r)]


def test_a_field_of_a_megabyte_is_read() -> None:
    assert len(read_csv("a,b\nx," + "y" * 1_000_000 + "\n").text) > 1_000_000


def test_json_lines_with_text_give_that_text_below_its_title() -> None:
    lines = [
        {"_id": "d1", "title": "梅雨", "text": "雨の季節。"},
        {"id": 7, "content": "本文のみ", "lang": "ja"},
        {"body": "第三"},
    ]
    parsed = read_jsonl("\n".join(json.dumps(line) for line in lines) + "\n")
    assert rows(parsed) == [(1, "梅雨\n雨の季節。"), (2, "本文のみ"), (3, "第三")]
    assert [m.get("record_id") for _, _, m in parsed.sections] == ["d1", "7", None]


def test_other_json_lines_give_a_line_a_key() -> None:
    parsed = read_jsonl(
        '{"名": "山田", "年": 30, "印": ["a", {"b": "い"}], "無": null}\n[1, 2]\n"素"\n'
    )
    assert rows(parsed) == [
        (1, '名: 山田\n年: 30\n印: ["a", {"b": "い"}]'),
        (2, "[1, 2]"),
        (3, "素"),
    ]


def test_lines_that_are_not_json_are_left_out_and_named() -> None:
    parsed = read_jsonl('{"text": "一"}\n{"text": "二\n\n{"text": "四"}\n')
    assert rows(parsed) == [(1, "一"), (4, "四")]
    assert len(parsed.warnings) == 1
    assert parsed.warnings[0].startswith("line 2: not JSON (")


def test_a_file_without_json_is_damaged() -> None:
    with pytest.raises(ReadError) as caught:
        read_jsonl("これは普通の文章です。\n次の行です。\n")
    assert (caught.value.kind, "line 1" in caught.value.reason) == ("damaged", True)


@pytest.mark.parametrize(
    "line",
    [
        "[" * 100_000,
        '{"a":' * 50_000 + "1" + "}" * 50_000,
        "9" * 5000,
        '{"n": 1' + "0" * 5000 + "}",
    ],
)
def test_hostile_json_is_left_out(line: str) -> None:
    parsed = read_jsonl(f'{{"text": "前"}}\n{line}\n{{"text": "後"}}\n')
    assert rows(parsed)[0] == (1, "前")
    assert rows(parsed)[-1] == (3, "後")
    assert parsed.warnings[0].startswith("line 2")


def test_what_a_database_cannot_hold_is_replaced() -> None:
    assert read_jsonl('{"text": "a\\ud800b\\u0000c\\r\\nd"}\n').text.strip() == "a\ufffdb\ufffdc\nd"
