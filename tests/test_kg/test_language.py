"""What errors, hints and findings say in Chinese: nothing is missing, nothing is left over, and it reads as Chinese."""

from __future__ import annotations

import argparse
import re
import string
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from error_texts import error_texts
from hypothesis import given
from hypothesis import strategies as st

import kg
from kg import cli
from kg.language import LANGUAGE, help_texts, messages, translate
from queries.catalog import load_catalog

CATALOGUE = tomllib.loads((Path(kg.__file__).parent / "messages.zh.toml").read_text("utf-8"))
PAIRS: dict[str, str] = {**CATALOGUE["said"], **CATALOGUE["parts"], **CATALOGUE["rest"]}


@pytest.fixture(autouse=True)
def chinese() -> Iterator[None]:
    token = LANGUAGE.set("zh")
    yield
    LANGUAGE.reset(token)


def values_of(template: str) -> int:
    return sum(field is not None for _, field, _, _ in string.Formatter().parse(template))


def test_all_that_our_source_says_has_chinese_words() -> None:
    known = {*PAIRS, *CATALOGUE["same"]}
    missing = [f"{where}: {template}" for template, where in error_texts().items() if template not in known]
    assert not missing, "without a line in kg/messages.zh.toml:\n" + "\n".join(missing)


def test_no_line_is_left_of_what_nothing_says() -> None:
    assert [line for line in (*CATALOGUE["said"], *CATALOGUE["same"]) if line not in error_texts()] == []


def test_what_is_cleaned_away_is_told_in_chinese() -> None:
    table = tomllib.loads(
        (Path(kg.__file__).parents[1] / "extract" / "cleaning" / "boilerplate.toml").read_text("utf-8")
    )
    told = {f"{line['name']}: {line['summary']}." for lines in table.values() for line in lines if "summary" in line}
    told |= {"byline: date, outlet and counters, lifted into the metadata."}
    assert len(told) > 20 and told - set(PAIRS) == set()


def test_each_line_keeps_its_values_and_is_found_again() -> None:
    wrong = []
    for english, chinese in PAIRS.items():
        values = [f"v{i}" for i in range(values_of(english))]
        said = translate(english.format(*values))
        whole = all(value in said for value in values)
        if said != chinese.format(*values) or not whole or all(c < "\u3000" for c in chinese):
            wrong.append(f"{english} = {chinese} → {said}")
    assert not wrong, "\n".join(wrong)


@given(st.text(max_size=40))
def test_what_has_no_line_stays_as_it_is(text: str) -> None:
    token = LANGUAGE.set("en")
    assert translate(text) == text
    LANGUAGE.set("zh")
    assert translate(f"《{text}》") == f"《{text}》"
    LANGUAGE.reset(token)


@pytest.mark.parametrize(
    ("english", "said"),
    [
        ("No command 'biuld'.", "没有“biuld”这个命令。"),
        ("cannot read a b.ttl: No such file or directory", "a b.ttl 读不了：没有这个文件或目录"),
        ("规划.pdf has 900 pages; the limit is 500.", "规划.pdf 有 900 页，上限是 500。"),
        ("documents cannot be read: disk.", "documents 读不了：disk。"),  # names of files are no words of ours
        ("limit is a number, not 'x'; q has no parameter 'y'", "limit 要一个数，而不是“x”；问题 q 没有参数“y”"),
        ("2 mistakes in the decisions:\n  d:1: accept needs 'by'\n  d:2: no relation 'x'", None),
    ],
)
def test_values_stand_in_the_sentence_as_chinese_writes_them(english: str, said: str | None) -> None:
    assert translate(english) == (said or "决定里有 2 处错误：\n  d:1: accept 需要“by”\n  d:2：没有关系“x”")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["build"], "错误：缺少参数：INPUT。\n提示：kg build --help 列出可用的选项\n"),
        (["draw"], "错误：画什么？\n提示：给出 kg build 写成的文件夹，或 --neo4j 地址\n"),
        (["ask", "--lmit"], "错误：--lmit 后面要有一个值。\n提示：kg ask NAME --lmit VALUE\n"),
        (["serve", "out", "--port", "x"], "错误：--port：“x”不是整数。\n提示：kg serve --help 列出可用的选项\n"),
        (["validate", "nix.ttl"], "错误：nix.ttl 读不了：没有这个文件或目录\n提示：`kg build` 会写出它\n"),
    ],
)
def test_the_command_complains_in_chinese(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["--lang", "zh", *arguments]) == 2
    assert capsys.readouterr().err == said


# --- help -------------------------------------------------------------------------------------------------------------

CODE = re.compile(r"%\(\w+\)\w|--[a-z][a-z-]+|\$\w+|\b[A-Z]{3,}\b|\d+(?:\.\d+)?|\w+\.(?:jsonl|toml|html|md|ttl)\b")
"""What a translation keeps: values, options, variables, names of arguments and files, numbers."""


def english_helps() -> Iterator[tuple[str, argparse.ArgumentParser]]:
    token = LANGUAGE.set("en")
    for command in cli._COMMANDS:
        yield command, cli._parser_of(command)
    LANGUAGE.reset(token)


def test_every_line_of_every_help_has_chinese_words_and_none_is_left_over() -> None:
    said = {"show this and stop", "tell on the way what is done"}
    for _, parser in english_helps():
        said |= {parser.description or "", *(action.help for action in parser._actions if action.help)}
    texts = help_texts()
    assert said - {*texts["said"], *texts["same"]} == set(), "without a line in kg/help.zh.toml"
    assert {*texts["said"], *texts["same"]} - said == set(), "said by nothing any more"
    described = {p.description for question in load_catalog().values() for p in question.parameters}
    assert described - set(texts["parameters"]) == set() == set(texts["parameters"]) - described
    assert set(texts["epilog"]) == set(cli._COMMANDS)


def test_the_chinese_help_keeps_values_options_and_numbers() -> None:
    texts = help_texts()
    wrong = [
        english
        for kind in ("said", "parameters")
        for english, chinese in texts[kind].items()
        if set(CODE.findall(english)) != set(CODE.findall(chinese)) or all(c < "\u3000" for c in chinese)
    ]
    assert wrong == []


def strings_of(table: object, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield each string of a TOML table with the names above it."""
    if isinstance(table, str):
        yield name, table
    elif isinstance(table, dict):
        for key, value in table.items():
            yield from strings_of(value, f"{name}/{key}")
    elif isinstance(table, list):
        for value in table:
            yield from strings_of(value, name)


def chinese_strings() -> Iterator[str]:
    """Yield what people read in Chinese: messages, helps, the words of the pages, and what each question asks."""
    here = Path(kg.__file__).parent
    yield from (line for text in PAIRS.values() for line in text.split("\n"))
    helps = tomllib.loads((here / "help.zh.toml").read_text("utf-8"))
    yield from (line for _, text in strings_of(helps) for line in text.split("\n"))
    tables = ("messages", "report", "style", "difference", "reviewing/words", "serving/documents")
    for name in tables:
        for where, text in strings_of(tomllib.loads((here / f"{name}.toml").read_text("utf-8"))):
            if "zh" in re.split(r"[/._]", where):
                yield from text.split("\n")
    yield from (question.summary_zh for question in load_catalog().values())


def test_chinese_sentences_have_chinese_punctuation() -> None:
    """Half-width marks stay in what is typed: after a file name (`{}:{}`), in code, in the name of a format."""
    wide = r"[\u3400-\u9fff\u3001-\u301f\uff00-\uffef\u201c\u201d]"
    typed = (
        r"`[^`]*`|<\(kg completion bash\)|{\d?}:{\d?}|\??{[^{}]*}|%\(\w+\)\w"
        r"|(?<=[ 、])(kg|id|skos|rdfs|prov|qb|xsd):|id:Firm_百度|JSONL\(relation\)"
    )
    narrow = rf"{wide} ?[,:;?!(]|[,:;?!)] ?{wide}|[A-Za-z0-9]\)? ?[,;] ?{wide}"
    lines = list(chinese_strings())
    assert len(lines) > 800
    assert [line for line in lines if re.search(narrow, re.sub(typed, "", line))] == []


def test_both_helps_show_the_same_examples() -> None:
    def examples(text: str) -> list[str]:
        lines = re.split(r"\n\n|^", text.split("examples:" if "examples:" in text else "例：")[1])[0].split("\n")
        return [re.split(r" {4,}", line.strip())[0] for line in lines if line.strip()]

    for command, parser in english_helps():
        assert parser.epilog is not None
        assert examples(parser.epilog.split("\n\nIt writes")[0]) == examples(help_texts()["epilog"][command]), command


@pytest.mark.parametrize("command", cli._COMMANDS)
def test_no_english_sentence_is_left_in_a_chinese_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["--lang", "zh", command, "--help"])
    text = capsys.readouterr().out
    assert text.startswith(f"用法： kg {command}" if command != "ask" else "用法： kg ask 问题") and "\n选项：" in text
    prose = [line for line in text.split("\n") if not re.match(r"(用法| +(kg|NEO4J|KG_TOKEN|\[|-)|  +\.txt)", line)]
    assert [line for line in prose if re.search(r"[A-Za-z]{2,} [a-z]{2,} [a-z]{2,}", re.sub("`.*?`", "", line))] == []


def test_a_question_describes_itself_in_chinese(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--lang", "zh", "ask", "roles_of_regions", "--help"]) == 0
    text = capsys.readouterr().out
    assert "参数：" in text and "列：" in text and "例：" in text and "when left out" not in text


def test_the_settings_are_listed_under_chinese_headings_for_people_only(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["--lang", "zh", "config", "--show"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("选项") and "默认" in shown and "default" not in shown and shown.endswith(" 行）\n")
    assert cli.main(["--lang", "zh", "config", "--show", "--format", "csv"]) == 0
    assert capsys.readouterr().out.startswith("option,value,from,variable,command line\r\n")


def test_what_is_said_in_both_languages_has_the_same_keys_and_values() -> None:
    for table, languages in messages().items():
        if table in ("labels", "help", "rows"):  # of labels and headings only what differs is there
            continue
        english, chinese = languages["en"], languages["zh"]
        assert english.keys() == chinese.keys(), table
        for key, text in english.items():
            if isinstance(text, str):
                names = [sorted(field or "" for _, field, _, _ in string.Formatter().parse(t) if field is not None)
                         for t in (text, chinese[key])]  # fmt: skip
                assert names[0] == names[1], f"{table}.{key}"
