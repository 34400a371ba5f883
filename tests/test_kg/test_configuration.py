"""Options come from the file, the environment and the command line, in that order of weight."""

from __future__ import annotations

import json
import os
import socket
import threading
import tomllib
from pathlib import Path

import pytest

from kg import Assertions, cli, doctor
from kg.assertions import BREAKDOWNS, NUMBERS
from kg.configuration import FILE, OPTIONS, load_configuration, write_configuration
from ontology.errors import ConfigurationError, OutputError


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for option in OPTIONS:
        monkeypatch.delenv(option.variable, raising=False)


def test_nothing_said_is_default() -> None:
    assert {setting.origin for setting in load_configuration().values()} == {"default"}


@pytest.mark.parametrize("text", ["a." * 3000 + "a = 1\n", "# " + "x" * 70_000])
def test_a_file_that_would_take_all_memory_is_refused(text: str) -> None:
    Path(FILE).write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match="too long"):
        load_configuration()


def test_the_environment_outweighs_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(FILE).write_text('out = "from-file"\npacks = ["gba"]\n[neo4j]\nuser = "reader"\n', encoding="utf-8")
    monkeypatch.setenv("KG_OUT", "from-environment")
    settings = load_configuration()
    found = {name: (s.value, s.origin) for name, s in settings.items() if s.origin != "default"}
    assert found == {
        "out": ("from-environment", "$KG_OUT"), "packs": (("gba",), FILE), "neo4j.user": ("reader", FILE),
    }  # fmt: skip


@pytest.mark.parametrize("value", [f"a{os.pathsep}b", "a"])
def test_lists_in_the_environment_are_separated_as_paths_are(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("KG_INPUTS", value)
    assert load_configuration()["inputs"].value == tuple(value.split(os.pathsep))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("otu = 'x'", "did you mean 'out'?"),
        ("[neo4j]\nurl = 'x'", "did you mean 'neo4j.uri'?"),
        ("packs = 'gba'", "a list of texts"),
        ("min_confidence = 2", "from 0 to 1"),
        ("min_confidence = true", "from 0 to 1"),
        ("profile = 'fast'", "rules, full"),
        ("out = ", FILE),
    ],
)
def test_a_wrong_file_is_named_with_what_to_do(text: str, said: str) -> None:
    Path(FILE).write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load_configuration()
    assert FILE in str(caught.value) and said in str(caught.value)


def test_a_wrong_variable_and_a_missing_file_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KG_MIN_CONFIDENCE", "much")
    with pytest.raises(ConfigurationError, match="KG_MIN_CONFIDENCE"):
        load_configuration()
    monkeypatch.setenv("KG_CONFIG", "nowhere.toml")
    with pytest.raises(ConfigurationError, match=r"KG_CONFIG names nowhere\.toml"):
        load_configuration()


def test_the_first_file_says_nothing_and_names_every_option() -> None:
    write_configuration(Path(FILE))
    assert {setting.origin for setting in load_configuration().values()} == {"default"}
    text = Path(FILE).read_text("utf-8")
    said = tomllib.loads("\n".join(line.removeprefix("# ") if " = " in line else line for line in text.splitlines()
                                   if " = " in line or line.startswith("[")))  # fmt: skip
    bounds = said.pop("assertions")
    assert set(bounds["min"]) | set(bounds["max"]) == {*NUMBERS, *BREAKDOWNS}
    assert Assertions.read(bounds).most == {"lost": 2, "classes.Policy": 1000}
    named = {f"neo4j.{key}" for key in said.pop("neo4j")} | set(said)
    assert named == {option.name for option in OPTIONS}
    with pytest.raises(OutputError, match="already"):
        write_configuration(Path(FILE))


def test_a_build_takes_what_is_set_and_the_command_line_outweighs_it(
    stages: object, texts: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [f"inputs = [{json.dumps(str(texts))}]", 'out = "one"', 'profile = "rules"', "min_confidence = 0.5"]
    Path(FILE).write_text("\n".join(lines), encoding="utf-8")
    assert cli.main(["build", "-q"]) == 0
    manifest = json.loads(Path("one/manifest.json").read_text("utf-8"))
    assert (manifest["counts"]["documents"], manifest["min_confidence"]) == (3, 0.5)
    monkeypatch.setenv("KG_OUT", "two")
    assert cli.main(["build", str(texts / "b.txt"), "--min-confidence", "0.1", "-q"]) == 0
    manifest = json.loads(Path("two/manifest.json").read_text("utf-8"))
    assert (manifest["counts"]["documents"], manifest["min_confidence"]) == (1, 0.1)
    assert cli.main(["build", "-q", "--out", "three"]) == 0 and Path("three/manifest.json").is_file()
    capsys.readouterr()


def test_config_shows_where_each_came_from(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert cli.main(["init"]) == 0
    assert cli.main(["init"]) == 2
    monkeypatch.setenv("NEO4J_USER", "reader")
    capsys.readouterr()
    assert cli.main(["config", "--show", "--json"]) == 0
    rows = {row["option"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows["neo4j.user"]["from"] == "$NEO4J_USER" and rows["neo4j.user"]["value"] == "reader"
    assert set(rows) == {*(option.name for option in OPTIONS), "assertions.min.evidence"}


def serve_once(answer: bytes) -> str:
    """Listen on loopback, give one answer, and return the address."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with server, server.accept()[0] as connection:
            connection.recv(64)
            connection.sendall(answer)

    threading.Thread(target=serve, daemon=True).start()
    return f"bolt://127.0.0.1:{server.getsockname()[1]}"


@pytest.mark.parametrize(
    ("answer", "state", "said"),
    [(b"\0\0\4\5", "ok", "Bolt 5.4"), (b"HTTP", "note", "no Neo4j server"), (b"", "note", "no Neo4j server")],
)
def test_doctor_knows_a_neo4j_server_from_what_else_listens(
    monkeypatch: pytest.MonkeyPatch, answer: bytes, state: str, said: str
) -> None:
    monkeypatch.setenv("NEO4J_URI", serve_once(answer))
    monkeypatch.delenv("NEO4J_PASSWORD", raising=False)
    check = next(check for check in doctor.examine() if check.name == "Neo4j")
    assert check.state == state and said in check.found


def test_doctor_names_what_is_missing_and_what_mends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    monkeypatch.setattr(doctor, "DOCUMENT_PACKAGES", ("no-such-package",))
    monkeypatch.setattr(doctor, "_free_memory", lambda: 1 << 20)
    Path(FILE).write_text("otu = 1", encoding="utf-8")
    checks = {check.name: check for check in doctor.examine()}
    assert {name for name, check in checks.items() if check.state != "ok"} >= {
        "documents", "Java", "memory", "browser", "settings",
    }  # fmt: skip
    assert "jiqun[documents]" in checks["documents"].remedy and "apt-get install" in checks["Java"].remedy
    assert checks["settings"].state == "bad"
    assert all(check.remedy for check in checks.values() if check.state != "ok")
