"""The page of reliability leaves no test out, and is what its tool writes."""

from __future__ import annotations

import importlib.util
import re
import tomllib
from pathlib import Path

from tally import ROOT

HERE = Path(__file__).parent


def test_every_test_of_faults_is_in_the_catalogue() -> None:
    tests = set()
    for path in HERE.glob("test_*.py"):
        tests |= set(re.findall(r"^def (test_\w+)\(\s*tally", path.read_text("utf-8"), re.M))
    assert tests == tomllib.loads((HERE / "catalogue.toml").read_text("utf-8")).keys()


def test_the_page_is_what_its_tool_writes() -> None:
    spec = importlib.util.spec_from_file_location("reliability_tool", ROOT / "tools" / "reliability.py")
    assert spec is not None and spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    assert tool.PAGE.read_text("utf-8") == tool.page()
    assert all(record["violations"] == 0 for record in tool.read_results())
