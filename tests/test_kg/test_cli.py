"""The command as a person meets it: exit codes, messages, help; never a traceback."""

from __future__ import annotations

import io
import json
import random
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import pytest
from fake_stages import violation

from kg import cli, output
from kg.evaluation import Evaluation
from kg.summary import describe_figures
from kg.terminal import ProgressLine, Style, format_columns, pad, shorten

COMMANDS = tuple(cli._COMMANDS)
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command in this process; return exit code, stdout, stderr."""

    def call(*arguments: object) -> tuple[int, str, str]:
        try:
            code = cli.main([str(a) for a in arguments])
        except SystemExit as stop:  # argparse's --help
            code = int(stop.code or 0)
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err + captured.out
        return code, captured.out, captured.err

    return call


@pytest.fixture
def built(run: Run, stages: SimpleNamespace, texts: Path, tmp_path: Path) -> Path:
    assert run("build", texts, "--out", tmp_path / "out", "--profile", "rules")[0] == 0
    return tmp_path / "out"


# --- help -------------------------------------------------------------------------------------------------------------


def test_help_names_every_command_and_every_exit_code(run: Run) -> None:
    code, out, _ = run("--help")
    assert code == 0
    assert all(re.search(rf"^  {command}\b", out, re.M) for command in COMMANDS)
    for value in (cli.EXIT_OK, cli.EXIT_LOST, cli.EXIT_USAGE, cli.EXIT_GATE, cli.EXIT_SERVICE, cli.EXIT_LIMIT):
        assert re.search(rf"\b{value} \w+", out)
    assert "70 a mistake of ours · 130 interrupted" in out


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_each_command_shows_examples_that_it_understands(run: Run, command: str) -> None:
    code, out, _ = run(command, "--help")
    assert code == 0 and "examples:" in out
    examples = [line.strip() for line in out.split("examples:")[1].split("\n\n")[0].splitlines() if line.strip()]
    assert examples and any("kg " + command in example for example in examples)
    declare, _ = cli._COMMANDS[command]
    for example in examples:
        words = shlex.split(re.split(r" {4,}| [|<>] ", example)[0], comments=False)
        declare, _ = cli._COMMANDS[command := words[words.index("kg") + 1]]
        words = words[words.index(command) + 1 :]
        parser = cli._Parser(prog="kg", allow_abbrev=False)
        declare(parser)
        rest = words[1:] if command == "ask" and not words[0].startswith("-") else words
        _, extra = parser.parse_known_args(rest) if command == "ask" else parser.parse_known_intermixed_args(rest)
        assert command == "ask" or not extra


def test_help_comes_at_once() -> None:
    """Processor time, since the clock of a busy machine tells of others' work; 0.1 s on an idle one."""
    resource = pytest.importorskip("resource")

    def spent() -> float:
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return float(usage.ru_utime + usage.ru_stime)

    times = []
    for _ in range(3):
        before = spent()
        subprocess.run([sys.executable, "-m", "kg", "--help"], check=True, capture_output=True)
        times.append(spent() - before)
    assert min(times) < 0.3


@pytest.mark.parametrize("arguments", [["--help"], ["ask", "--list"]])
def test_what_comes_at_once_imports_no_engine(arguments: list[str]) -> None:
    late = {"rdflib", "spacy", "neo4j", "pyvis", "pydantic", "pyoxigraph", "numpy", "asyncio", "kg.assertions"}
    late |= {"queries.engine", "queries.store", "queries.guard", "kg.pipeline"}
    code = f"import sys, kg.cli; kg.cli.main({arguments}); print(sorted({late} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.splitlines()[-1] == "[]"


def test_no_command_shows_help_and_is_wrong_usage(run: Run) -> None:
    code, out, _ = run()
    assert code == 2 and "usage: kg" in out


def test_version(run: Run) -> None:
    assert run("--version")[:2] == (0, f"kg {cli.__version__}\n")


# --- wrong usage ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["biuld", "x"], "did you mean 'build'?"),
        (["build"], "required: INPUT"),
        (["build", "x", "--profile", "rulez"], "did you mean 'rules'?"),
        (["build", "x", "--pakc", "base"], "did you mean '--pack'?"),
        (["build", "no/such/folder"], "no/such/folder"),
        (["build", "{here}", "--jobs", "0"], "no number above 0"),
        (["build", "{here}", "--cache", "{here}/c", "--no-cache"], "not allowed with"),
        (["build", "{here}", "--pack", "nowhere"], "nowhere"),
        (["ask"], "kg ask --list"),
        (["ask", "no_such_question"], "no_such_question"),
        (["ask", "some_question", "--region"], "--region needs a value"),
        (["draw", "{here}", "--limit", "0"], "no number above 0"),
        (["draw", "no/such/out"], "no/such/out"),
        (["validate", "no/such.ttl"], "no/such.ttl"),
        (["eval", "{here}", "{here}"], "No gold files"),
        (["query", "ASK {}", "--graph", "no/such/out"], "kg build"),
        (["doctor", "--jsn"], "did you mean '--json'?"),
    ],
)
def test_wrong_usage_is_2_with_a_hint(run: Run, tmp_path: Path, arguments: list[str], said: str) -> None:
    (tmp_path / "a.txt").write_text("百度推出平台。", encoding="utf-8")
    code, out, err = run(*(a.replace("{here}", str(tmp_path)) for a in arguments), *_out(arguments, tmp_path))
    assert code == 2 and out == ""
    assert said in err and err.startswith("error: ")


def _out(arguments: list[str], tmp_path: Path) -> list[str]:
    return ["--out", str(tmp_path / "out")] if arguments[:1] == ["build"] and len(arguments) > 1 else []


# --- build ------------------------------------------------------------------------------------------------------------


def test_build_ends_with_a_table_that_a_person_reads(
    run: Run, stages: SimpleNamespace, texts: Path, tmp_path: Path
) -> None:
    code, out, err = run("build", texts, "--out", tmp_path / "out", "--profile", "rules")
    assert (code, err) == (0, "")
    for words in ("3 documents", "profile rules", "Firm", "企业", "develops", "建设运营", "shapes", "all hold"):
        assert words in out
    assert str(tmp_path / "out" / "graph.html") in out


def test_a_second_build_says_what_it_did_not_do_again(run: Run, built: Path, texts: Path) -> None:
    arguments = ("build", texts, "--out", built, "--profile", "rules")
    assert "reused      nothing has changed" in run(*arguments)[1]
    (texts / "new.txt").write_text("中兴 新支点平台", encoding="utf-8")
    assert "reused      3 documents" in run(*arguments)[1]
    assert "reused" not in run(*arguments, "--no-cache")[1]


def test_the_table_says_that_decisions_were_replayed(run: Run, built: Path, texts: Path, tmp_path: Path) -> None:
    arguments = ("build", texts, "--out", built, "--profile", "rules")
    assert "decisions" not in run(*arguments)[1]
    decision = {"action": "reject", "by": "me", "reason": "no", "subject": "id:Firm_无", "relation": "develops"}
    file = tmp_path / "decisions.jsonl"
    file.write_text(json.dumps(decision | {"object": "id:Platform_无"}) + "\n", encoding="utf-8")
    out = run(*arguments, "--decisions", file)[1]
    assert "decisions   1 replayed" in out and "decision-stale 1" in out


def test_quiet_build_says_nothing_when_all_is_well(
    run: Run, stages: SimpleNamespace, texts: Path, tmp_path: Path
) -> None:
    assert run("build", texts, "--out", tmp_path / "out", "--profile", "rules", "--quiet") == (0, "", "")


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("empty.txt", b""),
        ("blank.txt", b" \n\t\n"),
        ("image.txt", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8),
        ("noise.txt", random.Random(7).randbytes(4000)),
        ("bug.txt", b"BUG"),
    ],
)
def test_a_lost_document_is_named_the_rest_is_built_exit_1(
    run: Run, stages: SimpleNamespace, texts: Path, tmp_path: Path, name: str, data: bytes
) -> None:
    (texts / name).write_bytes(data)
    code, out, err = run("build", texts, "--out", tmp_path / "out", "--profile", "rules")
    assert code == 1
    assert err.startswith("lost: ") and name in err
    assert "3 documents" in out and output.read_manifest(tmp_path / "out").lost == (name,)


def test_a_question_in_words_says_what_was_understood(run: Run) -> None:
    small = Path(__file__).parent / "small.ttl"
    code, out, err = run("ask", "云帆开发了哪些平台?", "--graph", small, "--format", "json")
    assert code == 0 and json.loads(out), "the rows alone go to standard output"
    assert err.startswith("understood") and "platforms_of_firm" in err and "云帆" in err


def test_a_store_is_written_beside_and_asked_in_place(
    run: Run, stages: SimpleNamespace, texts: Path, tmp_path: Path
) -> None:
    out, store = tmp_path / "out", tmp_path / "store"
    code, said, _ = run("build", texts, "--out", out, "--store", store, "--profile", "rules")
    assert code == 0 and f"store       {store}" in said
    query = "SELECT ?s ?p ?o { ?s ?p ?o } ORDER BY ?s ?p ?o"
    rows = run("query", query, "--graph", store, "--format", "csv")
    assert rows == run("query", query, "--graph", out, "--format", "csv") and rows[0] == 0
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").touch()
    code, _, err = run("build", texts, "--out", tmp_path / "new", "--store", tmp_path / "mine", "--profile", "rules")
    assert code == 2 and "not empty" in err and not (tmp_path / "new").exists(), "said before the work begins"


def test_an_empty_folder_and_a_foreign_file_are_named(
    run: Run, stages: SimpleNamespace, texts: Path, tmp_path: Path
) -> None:
    (tmp_path / "nothing").mkdir()
    (tmp_path / "table.xlsx").write_bytes(b"PK\x03\x04")
    code, _, err = run(
        "build", texts, tmp_path / "nothing", tmp_path / "table.xlsx", "--out", tmp_path / "out", "--profile", "rules"
    )
    assert code == 1 and "nothing" in err and "table.xlsx" in err


def test_violated_shapes_exit_3_and_are_named(run: Run, stages: SimpleNamespace, texts: Path, tmp_path: Path) -> None:
    stages.violations = [violation()]
    code, out, err = run("build", texts, "--out", tmp_path / "out", "--profile", "rules")
    assert code == 3 and "id:Firm_百度" in err and "1 violated" in out


def test_a_bug_is_70_in_one_line_with_the_place_of_the_rest(
    run: Run, stages: SimpleNamespace, texts: Path, tmp_path: Path
) -> None:
    stages.page = ValueError("a bug of ours")
    code, out, err = run("build", texts, "--out", tmp_path / "out", "--profile", "rules")
    assert code == 70 and out == ""
    assert "ValueError: a bug of ours" in err
    log = Path(re.search(r"the details are in (\S+\.log)", err)[1])  # type: ignore[index]
    try:
        assert "Traceback" in log.read_text("utf-8")
    finally:
        log.unlink()


def test_interrupted_is_130(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("kg.pipeline.build", interrupt)
    assert run("build", tmp_path)[0] == 130


def test_out_of_disk_is_5(run: Run, stages: SimpleNamespace, texts: Path, tmp_path: Path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("kg.output.os.fsync", full)
    code, _, err = run("build", texts, "--out", tmp_path / "out", "--profile", "rules")
    assert code == 5 and "No space left" in err


def test_no_document_can_talk_to_the_terminal(run: Run, stages: SimpleNamespace, texts: Path, tmp_path: Path) -> None:
    (texts / "\x1b]0;title\x07.txt").write_bytes(b"")
    _, _, err = run("build", texts, "--out", tmp_path / "out", "--profile", "rules")
    assert "\x1b" not in err and "\x07" not in err


needs_load = pytest.mark.skipif(find_spec("kg.load") is None, reason="kg.load is not written yet")


# --- the other commands -----------------------------------------------------------------------------------------------


def test_draw_does_not_write_over_the_page_of_the_build(run: Run, built: Path) -> None:
    code, _, err = run("draw", built, "--out", built / "graph.html")
    assert code == 2 and "belongs to the build" in err


def test_draw_writes_a_page_and_says_where(run: Run, built: Path) -> None:
    code, out, err = run("draw", built, "--focus", "百度", "--type", "Firm", "--type", "平台")
    assert code == 0 and "nodes" in err
    assert Path(out.strip()) == built / "drawing-百度-Firm-平台.html" and Path(out.strip()).exists()
    output.read_manifest(built)


def test_a_damaged_output_is_noticed_by_every_reader(run: Run, built: Path) -> None:
    (built / "graph.ttl").write_text("", encoding="utf-8")
    for command in (["draw", built], ["query", "ASK {}", "--graph", built]):
        code, _, err = run(*command)
        assert code == 2 and "graph.ttl" in err and "build" in err


def test_doctor_tells_what_is_there(run: Run, built: Path) -> None:
    code, out, _ = run("doctor", built)
    assert code == 0 and "Python" in out and "last build" in out
    (built / f".facts.jsonl.1{output.TEMPORARY_SUFFIX}").touch()
    checks = {check["name"]: check for check in json.loads(run("doctor", built, "--json")[1])}
    assert checks["last build"]["state"] == "ok" and checks["leftovers"]["state"] == "note"


@needs_load
def test_load_checks_its_input(run: Run, built: Path) -> None:
    code, _, err = run("load", "no/such/out")
    assert code == 2 and "no/such/out" in err
    (built / "graph.ttl").write_text("", encoding="utf-8")
    code, _, err = run("load", built)
    assert code == 2 and "graph.ttl" in err


@needs_load
def test_load_without_a_server_is_4_and_keeps_the_password(
    run: Run, built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEO4J_PASSWORD", "geheim-123")
    code, out, err = run("load", built, "--neo4j", "bolt://127.0.0.1:1")
    assert code == 4 and "127.0.0.1:1" in err
    assert "geheim-123" not in out + err


def test_eval_prints_figures(run: Run, built: Path, tmp_path: Path) -> None:
    gold = tmp_path / "gold"
    gold.mkdir()
    answers = {"entities": [{"key": "e", "type": "Firm", "name": "百度"}], "facts": []}
    (gold / "b.json").write_text(json.dumps(answers), encoding="utf-8")
    code, out, _ = run("eval", gold, built, "--by-type", "--errors")
    assert code == 0 and re.search(r"all entities +0\.500 +1\.000 +0\.667 +1 +1 +0", out)
    assert "b\tspurious\tPlatform\t开物平台" in out
    figures = json.loads(run("eval", gold, built, "--json")[1])["figures"]
    assert figures["entity"]["right"] == 1


# --- the terminal -----------------------------------------------------------------------------------------------------


class Stream:
    def __init__(self, *, terminal: bool) -> None:
        self.terminal, self.text = terminal, ""

    def isatty(self) -> bool:
        return self.terminal

    def write(self, text: str) -> None:
        self.text += text

    def flush(self) -> None: ...

    def fileno(self) -> int:
        raise OSError


def test_colour_only_on_a_terminal_and_never_with_no_color(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    assert Style(Stream(terminal=True))("x", "red") == "\x1b[31mx\x1b[0m"  # type: ignore[arg-type]
    assert Style(Stream(terminal=False))("x", "red") == "x"  # type: ignore[arg-type]
    monkeypatch.setenv("NO_COLOR", "1")
    assert Style(Stream(terminal=True))("x", "red") == "x"  # type: ignore[arg-type]


def test_chinese_takes_two_columns() -> None:
    assert pad("企业", 6) == "企业  "
    assert shorten("北京市数字经济", 8) == "北京市…"
    plain = Style(Stream(terminal=False))  # type: ignore[arg-type]
    assert format_columns([("a", "n"), ("企业", 5), ("bb", 10)], style=plain).splitlines() == [
        "a      n",
        "企业   5",
        "bb    10",
    ]


def test_progress_on_a_terminal_is_one_line_that_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    stream = Stream(terminal=True)
    line = ProgressLine(stream, patience=0)  # type: ignore[arg-type]
    line("read", 1, "一\x1b[2J.txt")
    time.sleep(0.11)
    line("read", 2, "二.txt")
    line.close()
    assert "read 1  一 [2J.txt" in stream.text and "\n" not in stream.text
    assert stream.text.endswith("\r\x1b[2K")


def test_progress_in_a_log_is_a_line_now_and_then_and_short_work_is_silent() -> None:
    stream = Stream(terminal=False)
    line = ProgressLine(stream, patience=0, interval=0)  # type: ignore[arg-type]
    line("read", 1, "a.txt")
    line("assert", 0, "")
    line.close()
    assert re.fullmatch(r" *0 s  read 1  a\.txt\n *0 s  assert\n", stream.text)
    short = Stream(terminal=False)
    ProgressLine(short)("read", 1, "a.txt")  # type: ignore[arg-type]
    quiet = Stream(terminal=True)
    ProgressLine(quiet, quiet=True, patience=0)("read", 1, "a.txt")  # type: ignore[arg-type]
    assert short.text == quiet.text == ""


def test_an_empty_evaluation_prints_zeros() -> None:
    text = describe_figures(Evaluation(), by_type=True, style=Style(Stream(terminal=False)))  # type: ignore[arg-type]
    assert "all entities" in text and "0.000" in text


def test_read_shows_the_text_that_offsets_count(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "t.csv").write_text("id,text\na,百度推出平台\nb,腾讯推出平台\n", encoding="utf-8")
    assert cli.main(["read", str(tmp_path / "t.csv"), "--doc", "t.csv/b"]) == 0
    assert capsys.readouterr().out == "腾讯推出平台"
    assert cli.main(["read", str(tmp_path / "t.csv"), "--json"]) == 0
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert (first["text"], second["places"]) == ("百度推出平台", [{"start": 0, "name": "cell=3,2"}])
    assert cli.main(["read", str(tmp_path / "t.csv"), "--doc", "t.csv/c"]) == 2
    assert "did you mean 't.csv/" in capsys.readouterr().err


def test_build_reads_standard_input_and_keeps_the_place(
    stages: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("百度 开物平台\n".encode())))
    assert cli.main(["build", "-", "--out", str(tmp_path / "o"), "--profile", "rules", "-q"]) == 0
    (line,) = (tmp_path / "o" / "facts.jsonl").read_text("utf-8").splitlines()
    assert (json.loads(line)["doc"], json.loads(line)["place"]) == ("stdin", None)


def test_chinese_by_option_and_environment(
    run: Run, stages: object, texts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, _ = run("--lang", "zh", "--help")
    assert code == 0 and "用法" in out and all(f"  {name} " in out for name in COMMANDS)
    assert all(f"  {name} " in run("--help")[1] for name in COMMANDS)
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    code, out, _ = run("build", texts, "--out", tmp_path / "o", "--profile", "rules")
    assert code == 0 and "3 篇文档 → 6 个实体、3 条事实" in out and "形状约束    全部成立" in out
    code, _, err = run("biuld")
    assert code == 2 and err.startswith("错误：") and "提示：" in err
    assert run("--lang=en", "--help")[1].startswith("kg: Chinese policy prose in")
    assert run("--lang", "fr", "--help")[0] == 2
