"""What errors, hints and findings say in Chinese: nothing is missing, nothing is left over, and it reads as Chinese."""

from __future__ import annotations

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
from kg.language import LANGUAGE, translate

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
        ("cannot read a b.ttl: No such file or directory", "a b.ttl 读不了:没有这个文件或目录"),
        ("规划.pdf has 900 pages; the limit is 500.", "规划.pdf 有 900 页,上限是 500。"),
        ("documents cannot be read: disk.", "documents 读不了:disk。"),  # names of files are no words of ours
        ("limit is a number, not 'x'; q has no parameter 'y'", "limit 要一个数,而不是“x”;问题 q 没有参数“y”"),
        ("2 mistakes in the decisions:\n  d:1: accept needs 'by'\n  d:2: no relation 'x'", None),
    ],
)
def test_values_stand_in_the_sentence_as_chinese_writes_them(english: str, said: str | None) -> None:
    assert translate(english) == (said or "决定里有 2 处错误:\n  d:1: accept 需要“by”\n  d:2:没有关系“x”")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["build"], "错误: 缺少参数:INPUT。\n提示: kg build --help 列出可用的选项\n"),
        (["draw"], "错误: 画什么?\n提示: 给出 kg build 写成的文件夹,或 --neo4j 地址\n"),
        (["ask", "--lmit"], "错误: --lmit 后面要有一个值。\n提示: kg ask NAME --lmit VALUE\n"),
        (["serve", "out", "--port", "x"], "错误: --port:“x”不是整数。\n提示: kg serve --help 列出可用的选项\n"),
        (["validate", "nix.ttl"], "错误: nix.ttl 读不了:没有这个文件或目录\n提示: `kg build` 会写出它\n"),
    ],
)
def test_the_command_complains_in_chinese(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["--lang", "zh", *arguments]) == 2
    assert capsys.readouterr().err == said
