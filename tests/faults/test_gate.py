"""The gate of `[assertions]`: texts that went missing, came twice or are blank never take the place of a good graph."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from tally import CORPUS, Tally

from kg import cli, output
from kg.configuration import FILE

FILES = (*output.FILES, output.MANIFEST)


def broken_corpora(folder: Path, trials: int) -> dict[str, Path]:
    """The sample corpus with a third of its texts gone, with all of them twice, with one blank, with one damaged."""
    names = sorted(path.name for path in CORPUS.iterdir())
    found: dict[str, Path] = {}

    def begin(name: str) -> Path:
        found[name] = Path(shutil.copytree(CORPUS, folder / name.replace(" ", "-")))
        return found[name]

    for number in range(trials):
        place = begin(f"a third gone {number}")
        for k in range(3):
            (place / names[(number + 3 * k) % len(names)]).unlink()
        (begin(f"one blank {number}") / names[number % len(names)]).write_bytes(b" \n" * 40)
        (begin(f"one damaged {number}") / names[number % len(names)]).write_bytes(bytes(range(128, 256)) * 40)
        place = begin(f"some twice {number}")
        for name in names[number % len(names) :]:
            shutil.copy(place / name, place / f"again-{name}")
    return found


@pytest.mark.integration
def test_a_bad_build_takes_no_place(
    tally: Tally,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    size: Callable[[int, int], int],
) -> None:
    """Exit 3, each number named, the files there byte for byte; the healthy texts pass."""
    monkeypatch.chdir(tmp_path)
    build = ["build", "--out", "out", "--profile", "rules", "--jobs", "1", "--cache", "cache", "-q"]
    assert cli.main([*build, str(CORPUS)]) == 0
    counts = output.read_manifest(Path("out")).counts
    lines = ["[assertions]", f"min.documents = {counts['documents']}", f"max.documents = {counts['documents']}",
             "max.lost = 0", "min.facts_per_document = 10", f"min.facts = {counts['facts'] // 2}"]  # fmt: skip
    Path(FILE).write_text("\n".join(lines), encoding="utf-8")
    assert cli.main([*build, str(CORPUS)]) == 0
    before = {name: (tmp_path / "out" / name).read_bytes() for name in FILES}
    for name, texts in broken_corpora(tmp_path / "texts", size(1, 9)).items():
        capsys.readouterr()
        code = cli.main([*build, str(texts)])
        said = capsys.readouterr().err
        after = {name: (tmp_path / "out" / name).read_bytes() for name in FILES}
        is_right = code == 3 and "wanted" in said and "hint:" in said and after == before
        tally.tried(is_right and not output.leftovers(Path("out")), f"{name}: exit {code}, {said!r}")
    manifest = json.loads((tmp_path / "out" / output.MANIFEST).read_text("utf-8"))
    tally.tried(manifest["counts"] == dict(counts), "the manifest is of another build")
