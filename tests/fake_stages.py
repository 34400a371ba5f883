"""Stand-ins for the slow stages, so that the order of the stages and the command can be tested in milliseconds."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from extract.resolution.copies import fingerprint_text
from ontology.errors import EmptyDocumentError
from ontology.iri import entity_id
from ontology.model import CleanText, DocumentMetadata, DocumentRecord, Entity, Evidence, Fact, SourceText
from ontology.validation import Violation


def violation(focus: str = "id:Firm_百度", message: str = "a firm needs a name") -> Violation:
    """Return a violation that the stand-in for the shapes finds as long as its focus is there."""
    return Violation(focus, "FirmShape", "", "", message, message, "百度推出平台")


def fake_clean(source: SourceText) -> CleanText:
    places = range(len(source.text))
    return CleanText(source, source.text, tuple(places), tuple(i + 1 for i in places))


def fake_resolve(doc: object, clean: CleanText, *, packs=()) -> DocumentRecord:
    """Take each line as `firm platform`, the firm as `name` or `short≡name`; some words go wrong on purpose.

    A line `firm 呼吁 statement` is a call, `firm 或许 statement` one that is hardly there, `firm 号召 statement` one
    that does not say what it is about; `region` names one, `region 属于 region` says that it lies in another one.
    """
    text, name = clean.text, clean.source.doc
    if "BUG" in text:
        raise KeyError("a bug of ours")
    if "NAVIGATION" in text:
        raise EmptyDocumentError(f"{name}: nothing but navigation", doc=name)
    if "MEMORY" in text:
        raise MemoryError
    entities, facts = [], []
    for line in text.split("\n"):
        words = line.split()
        if len(words) == 2:
            firm, platform = (
                Entity(entity_id(k, w.split("≡")[-1]), k, w.split("≡")[-1], tuple(sorted(w.split("≡"))), (name,))
                for k, w in zip(("Firm", "Platform"), words, strict=True)
            )
            entities += [firm, platform]
            start = text.index(line)
            evidence = Evidence(name, start, start + len(line), line, "asserted", 0.9, "fake")
            facts.append(Fact(firm.id, "develops", platform.id, evidence=(evidence,)))
        places = [word for word in words if word != "属于"]
        if places and all(len(word) < 5 and word[-1] in "区市" for word in places):
            regions = [Entity(entity_id("Region", w), "Region", w, (w,), (name,)) for w in places]
            entities += regions
            start = text.index(line)
            evidence = Evidence(name, start, start + len(line), line, "asserted", 0.9, "fake")
            for one, other in itertools.pairwise(regions):
                facts.append(Fact(one.id, "partOf", other.id, evidence=(evidence,)))
        elif len(words) == 3:
            caller, how, said = words
            firm, topic, statement = (
                Entity(entity_id(k, w), k, w, (w,), (name,), attributes=(("text", w),) if k == "Statement" else ())
                for k, w in (("Firm", caller), ("Topic", "议题"), ("Statement", said))
            )
            entities += [firm, topic, statement]
            start = text.index(line)
            sure = Evidence(name, start, start + len(line), line, "proposed", 0.9, "fake")
            call = replace(sure, confidence=0.4) if how == "或许" else sure
            facts.append(Fact(firm.id, "calledFor", statement.id, evidence=(call,)))
            if how != "号召":
                facts.append(Fact(statement.id, "about", topic.id, evidence=(sure,)))
    unique = tuple({e.id: e for e in entities}.values())
    record = DocumentRecord(name, clean.source.sha256, DocumentMetadata(), unique, tuple(facts))
    return replace(record, fingerprint=fingerprint_text(text), length=len(text))


@pytest.fixture
def stages(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Stand-ins for the slow stages; what they do can be changed through the namespace."""
    state = SimpleNamespace(violations=[], page="<!doctype html>")
    monkeypatch.setattr("extract.annotate.build_nlp", lambda **_: None)
    monkeypatch.setattr("extract.annotate.annotate", lambda nlp, clean: None)
    monkeypatch.setattr("extract.annotate.release", lambda doc: None)
    monkeypatch.setattr("extract.clean.clean_text", fake_clean)
    monkeypatch.setattr("extract.resolve.resolve_document", fake_resolve)
    monkeypatch.setattr(
        "ontology.validation.validate_rows",
        lambda rows: [v for v in state.violations if any(subject == v.focus for subject, _, _ in rows)],
    )

    def draw_page(graph: Any, **_: Any) -> str:
        if isinstance(state.page, Exception):
            raise state.page
        return str(state.page)

    monkeypatch.setattr("kg.draw.draw_page", draw_page)
    return state


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    folder = tmp_path / "texts"
    (folder / "sub").mkdir(parents=True)
    (folder / "a.txt").write_text("百度 开物平台\n腾讯 觅影平台\n", encoding="utf-8")
    (folder / "b.txt").write_text("百度 开物平台\n", encoding="utf-8")
    (folder / "sub" / "a.txt").write_text("华为 盘古平台\n", encoding="utf-8")
    return folder
