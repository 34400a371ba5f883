"""What a build or an evaluation came to, as text that a person reads."""

from __future__ import annotations

import dataclasses
import itertools
import json
import re
import tomllib
from collections import Counter
from importlib.resources import files
from typing import TYPE_CHECKING

from queries.formats import display_width

from .confidence import describe_trade
from .language import LANGUAGE, mark, messages
from .output import PAGE
from .terminal import Style, format_columns, pad

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from .evaluation import Evaluation
    from .pipeline import BuildReport

_COLOR = re.compile(r"\x1b\[\d*m")


def describe_build(report: BuildReport, *, style: Style) -> str:
    """Return the closing table: entities beside facts, findings below, what to do next."""
    tally, manifest, counts = report.tally, report.manifest, report.manifest.counts
    said, is_english = messages()["table"][LANGUAGE.get()], LANGUAGE.get() == "en"
    names = zh_names()

    def count(number: int, noun: str, nouns: str = "") -> str:
        return _plural(number, noun, nouns or f"{noun}s") if is_english else f"{number:,}"

    left = _count_block(said["entities"], tally.classes, names, style, none=said["none"])
    right = _count_block(said["facts"], tally.relations, names, style, none=said["none"])
    for block, number in ((left, tally.known_entities), (right, tally.known_facts)):
        if number:
            block.append(style("  " + said["background"].format(n=number), "dim"))
    if tally.inferred:
        right.append(style("  " + said["inferred"].format(n=tally.inferred), "dim"))
    head = said["head"].format(
        documents=count(counts["documents"], "document"),
        entities=count(sum(tally.classes.values()), "entity", "entities"),
        facts=count(sum(tally.relations.values()), "fact"),
        evidence=counts["evidence"],
        seconds=sum(report.seconds.values()),
    )
    lines = [
        style(head, "bold"),
        said["settings"].format(profile=manifest.profile, packs=mark(", ").join(manifest.packs)),
        "",
    ]
    lines += _side_by_side(left, right)
    places = next((name.partition("/")[0] for name in manifest.sha256 if name.startswith("findings.")), "")
    lines += ["", *_finding_lines(tally.findings, report.out / places, style)]
    if manifest.min_confidence > 0.0:
        below = said["below"].format(n=count(tally.left_out, "fact"), least=manifest.min_confidence)
        lines.append(pad(said["left_out"], 12) + below)
        lines += [pad("", 12) + line for line in describe_trade(manifest.profile, manifest.min_confidence)]
    if report.decided:
        lines.append(pad(said["decisions"], 12) + said["decided"].format(n=report.decided))
    if report.violations:
        violated = said["violated"].format(n=len(report.violations), out=report.out)
        lines.append(style(pad(said["shapes"], 12) + violated, "red"))
    else:
        lines.append(pad(said["shapes"], 12) + said["hold"])
    if report.unchanged:
        lines.append(pad(said["reuse"], 12) + said["unchanged"])
    elif report.reused:
        reused = said["reused"].format(n=count(report.reused, "document"))
        lines.append(pad(said["reuse"], 12) + reused)
    lines += ["", f"{pad(said['written'], 12)}{report.out}/"]
    if PAGE in report.manifest.sha256:
        lines.append(f"{pad(said['open'], 12)}{report.out / PAGE}")
        lines.append(f"{pad(said['next'], 12)}kg ask --list · kg draw {report.out} --focus NAME")
    else:  # from Spark: quads and columns
        lines.append(f"{pad(said['next'], 12)}kg export {report.out} --format ttl --out graph.ttl")
    return "\n".join(lines)


def _count_block(title: str, counts: Counter[str], names: Mapping[str, str], style: Style, *, none: str) -> list[str]:
    rows = [
        (name, names.get(name, ""), str(count)) for name, count in sorted(counts.items(), key=lambda i: (-i[1], i[0]))
    ]
    widths = [max((display_width(row[i]) for row in rows), default=0) for i in range(3)]
    lines = [style(f"{title}{mark(' (')}{sum(counts.values())}{mark(')')}", "bold")]
    for name, zh, count in rows:
        lines.append(f"  {pad(name, widths[0])}  {pad(zh, widths[1])}  {pad(count, widths[2], align='right')}")
    return lines if rows else [*lines, f"  {none}"]


def _side_by_side(left: Sequence[str], right: Sequence[str]) -> list[str]:
    """Set two blocks of lines next to each other, six columns apart."""
    widths = [display_width(_COLOR.sub("", line)) for line in left]
    gap = max(widths) + 6
    lines = []
    for a, width, b in itertools.zip_longest(left, widths, right):
        lines.append(((a or "") + " " * (gap - (width or 0)) + (b or "")).rstrip())
    return lines


def _finding_lines(codes: Counter[tuple[str, str]], file: Path, style: Style) -> list[str]:
    said = messages()["table"][LANGUAGE.get()]
    if not codes:
        return [pad(said["findings"], 12) + said["none"]]
    order = {"error": 0, "warning": 1, "info": 2}
    colors = {"error": "red", "warning": "yellow", "info": "dim"}
    lines: list[str] = []
    for severity in sorted({severity for severity, _ in codes}, key=lambda s: order[s]):
        codes_of = " · ".join(
            f"{code} {n}" for (s, code), n in sorted(codes.items(), key=lambda i: -i[1]) if s == severity
        )
        label = pad(said["findings"] if not lines else "", 12)
        lines.append(f"{label}{style(said['severities'][severity], colors[severity])}{mark(': ')}{codes_of}")
    if any(severity != "info" for severity, _ in codes):
        lines.append(pad("", 12) + said["places"].format(path=file))
    return lines


def zh_names() -> Mapping[str, str]:
    """Return the Chinese names of classes and relations."""
    style = tomllib.loads(files("kg").joinpath("style.toml").read_text(encoding="utf-8"))
    return {name: entry["zh"] for section in ("classes", "relations") for name, entry in style[section].items()}


def describe_figures(result: Evaluation, *, by_type: bool, style: Style) -> str:
    """Return precision, recall and F1; by class and relation, with calibration, when asked."""
    names = zh_names()
    keys = ["entity", "fact"]
    if by_type:
        keys += sorted(
            (k for k in result.tallies if ":" in k), key=lambda k: (k.split(":")[0], -result.tallies[k].missed)
        )
    said = messages()["figures"][LANGUAGE.get()]
    rows: list[tuple[str | int, ...]] = [("", "", "P", "R", "F1", said["right"], said["spurious"], said["missed"])]
    for key in keys:
        tally = result.tallies[key]
        label = key.rpartition(":")[2] if ":" in key else said[key]
        figures = (f"{tally.precision:.3f}", f"{tally.recall:.3f}", f"{tally.f1:.3f}")
        rows.append((label, names.get(label, ""), *figures, tally.right, tally.spurious, tally.missed))
    text = format_columns(rows, style=style)
    if by_type:
        bins: list[tuple[str | int, ...]] = [tuple(said["calibration"])]
        for b in result.calibration():
            bins.append((f"{b.low:.2f}-{b.high:.2f}", b.count, f"{b.mean_confidence:.2f}", f"{b.accuracy:.2f}"))
        text += "\n\n" + format_columns(bins, style=style)
    return text


def describe_mistakes(result: Evaluation) -> str:
    """Return every missed, spurious, duplicate and merged item, one a line, tab-separated, with the words quoted."""
    rows = ((m.doc, m.kind, m.label, m.what, m.rule, m.evidence) for m in result.mistakes)
    return "\n".join("\t".join(" ".join(cell.split()) for cell in row).rstrip("\t") for row in rows)


def evaluation_json(result: Evaluation) -> str:
    """Return an evaluation as JSON."""
    figures = {
        key: {"p": t.precision, "r": t.recall, "f1": t.f1, "right": t.right, "spurious": t.spurious, "missed": t.missed}
        for key, t in sorted(result.tallies.items())
    }
    record = {
        "figures": figures,
        "calibration": [{**dataclasses.asdict(b), "accuracy": b.accuracy} for b in result.calibration()],
        "errors": [dataclasses.asdict(m) for m in result.mistakes],
    }
    return json.dumps(record, ensure_ascii=False, indent=2)


def _plural(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"
