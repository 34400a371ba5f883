"""A build on Spark finds what one on this machine finds, byte for byte once sorted; what is missing is said."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import fields
from io import BytesIO, StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import fake_processors
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import kg
from extract.read import PlannedFile, plan_documents
from extract.resolution.knowledge import gazetteer
from extract.resolution.merge import EntityGroup, EntityMerge, group_entities, naming_key
from kg import output
from kg.cli import main
from kg.exporting.formats import FORMATS
from kg.exporting.sources import FolderSource
from kg.processing.batches import answer_batch
from kg.processing.records import encode_result, encode_value
from kg.spark import session
from kg.summary import describe_build
from kg.terminal import Style
from ontology.errors import ConfigurationError, OutputError, QualityGateError, UsageError
from ontology.iri import fact_id
from ontology.model import Entity, Fact, Finding, Observation, SourceText

CORPUS = Path(__file__).parents[2] / "examples" / "corpus"
RULES = kg.Settings(profile="rules", min_confidence=0.85)


@pytest.fixture(scope="module")
def pyarrow() -> Any:
    return pytest.importorskip("pyarrow")


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some sample texts, a copy, documents in an archive, one that is lost, one that holds nothing to find."""
    folder = tmp_path_factory.mktemp("texts")
    samples = sorted(CORPUS.glob("*.txt"))[:4]
    for sample in samples:
        shutil.copy(sample, folder)
    (folder / "again.txt").write_bytes(samples[0].read_bytes() + "\n转载。".encode())
    (folder / "empty.txt").write_bytes(b"")
    with zipfile.ZipFile(folder / "more.zip", "w") as archive:
        archive.writestr("a.txt", "商汤科技推出“日日新”大模型。北京市重点发展人工智能产业。专家建议上海市发展氢能。")
        archive.writestr("b.txt", "百度在北京市推出Apollo自动驾驶平台。规上企业突破150家。")
    return folder


@pytest.fixture(scope="module")
def both(texts: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[kg.BuildReport, kg.BuildReport]]:
    """One corpus, built here and on a Spark with two workers."""
    try:
        session.check_spark("local[2]")
    except ConfigurationError as error:
        pytest.skip(f"{error} (make spark installs it and runs this)")
    folder = tmp_path_factory.mktemp("both")
    here = kg.build([texts], out=folder / "here", settings=RULES, jobs=1, cache=False)
    there = kg.build([texts], out=folder / "there", settings=RULES, engine="spark", master="local[2]")
    yield here, there


def exported(out: Path, form: str) -> bytes:
    write, data = FORMATS[form].write, BytesIO()
    assert write is not None
    write(FolderSource(out), data)
    return data.getvalue()


def records_of(out: Path, name: str) -> list[dict[str, Any]]:
    """Return the rows of a folder of Parquet as the records of the JSON lines."""
    import pyarrow.parquet

    rows = pyarrow.parquet.read_table(out / f"{name}.parquet").to_pylist()
    if name == "entities":
        return [{**row, "attributes": dict(row["attributes"])} for row in rows]
    if name == "facts":
        for row in rows:
            date, seen = row.pop("date_value"), row.pop("observation")
            if seen is not None:
                for key in ("value", "factor"):
                    seen[key] = int(seen[key]) if seen[key].is_integer() else seen[key]
            row["object"] = row["object"] or seen or {"value": date}
    return rows


@pytest.mark.integration
@pytest.mark.parametrize("name", ["entities", "facts", "findings"])
def test_entities_facts_and_findings_are_those_of_a_local_build(
    both: tuple[kg.BuildReport, kg.BuildReport], name: str
) -> None:
    here, there = both
    lines = (here.out / f"{name}.jsonl").read_text("utf-8").splitlines()
    expected = sorted(json.dumps(json.loads(line), sort_keys=True, ensure_ascii=False) for line in lines)
    found = sorted(json.dumps(r, sort_keys=True, ensure_ascii=False) for r in records_of(there.out, name))
    assert len(expected) >= 3 and found == expected


@pytest.mark.integration
def test_the_graph_is_that_of_a_local_build_in_every_format(both: tuple[kg.BuildReport, kg.BuildReport]) -> None:
    here, there = both
    lines = [line for part in sorted((there.out / output.QUADS).iterdir()) for line in part.read_bytes().splitlines()]
    assert sorted(lines) == sorted(exported(here.out, "nq").splitlines())
    assert exported(there.out, "ttl") == (here.out / output.GRAPH).read_bytes()


@pytest.mark.integration
def test_the_importer_of_neo4j_gets_the_same_files(both: tuple[kg.BuildReport, kg.BuildReport], tmp_path: Path) -> None:
    for report, name in zip(both, ("here", "there"), strict=True):
        assert main(["export", str(report.out), "--format", "neo4j-csv", "--out", str(tmp_path / name)]) == 0
    files = {path.name for path in (tmp_path / "here").iterdir()}
    assert files == {path.name for path in (tmp_path / "there").iterdir()}
    assert all((tmp_path / "here" / name).read_bytes() == (tmp_path / "there" / name).read_bytes() for name in files)


@pytest.mark.integration
def test_the_report_says_the_same(both: tuple[kg.BuildReport, kg.BuildReport]) -> None:
    here, there = both
    assert dict(there.manifest.counts) == dict(here.manifest.counts)
    assert there.manifest.counts["left_out"] > 0, "the texts are to hold facts below the least confidence"
    assert (there.tally, there.violations, there.lost) == (here.tally, here.violations, here.lost)
    assert there.exit_code == 1


@pytest.mark.integration
def test_the_closing_table_names_only_what_is_there(both: tuple[kg.BuildReport, kg.BuildReport]) -> None:
    for report in both:
        named = re.findall(rf"{re.escape(str(report.out))}/?\S*", describe_build(report, style=Style(StringIO())))
        assert len(named) > 1 and all(Path(name).exists() for name in named)


@pytest.mark.integration
def test_a_build_that_misses_what_is_asserted_leaves_everything_as_it_was(
    both: tuple[kg.BuildReport, kg.BuildReport], texts: Path
) -> None:
    here, there = both
    gate = kg.Assertions.read({"min": {"facts": 10**6}})
    before = {path: path.stat().st_mtime_ns for path in there.out.rglob("*")}
    said = []
    for report, options in ((here, {"cache": False}), (there, {"engine": "spark", "master": "local[2]"})):
        with pytest.raises(QualityGateError) as caught:
            kg.build([texts], out=report.out, settings=RULES, assertions=gate, **options)
        said.append(caught.value.message.replace(str(report.out), "OUT"))
    assert said[0] == said[1]
    after = {path: path.stat().st_mtime_ns for path in there.out.rglob("*")}
    assert before == {path: after.get(path) for path in before}


@pytest.mark.integration
def test_what_asks_for_turtle_says_how_to_get_it(
    both: tuple[kg.BuildReport, kg.BuildReport], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    out = str(both[1].out)
    for command in (["ask", "platforms_of_firm", "--graph", out], ["draw", out, "--out", str(tmp_path / "page.html")]):
        assert main(command) == 2
        assert f"kg export {out} --format ttl --out graph.ttl" in capsys.readouterr().err


@pytest.mark.integration
def test_its_folder_is_whole_and_says_so(both: tuple[kg.BuildReport, kg.BuildReport]) -> None:
    out = both[1].out
    names = {"entities.parquet", "facts.parquet", "findings.parquet", output.QUADS}
    assert {path.name for path in out.iterdir()} == {*names, output.MANIFEST, output.LOCK}
    assert {name.partition("/")[0] for name in output.read_manifest(out).sha256} == names
    part = min((out / output.QUADS).iterdir())
    data = part.read_bytes()
    try:
        part.write_bytes(data[:-10])
        with pytest.raises(OutputError, match=r"part-00000\.nq"):
            exported(out, "ttl")
    finally:
        part.write_bytes(data)


# --- tasks, without Spark ---------------------------------------------------------------------------------------------


def test_a_batch_is_answered_as_each_of_its_texts_is() -> None:
    process = fake_processors.make_echo()
    sources = [SourceText(f"{n}.txt", text) for n, text in enumerate(["百度", "LOST", "文" * 9])]
    answers = list(answer_batch(process, map(encode_value, sources)))
    assert answers == [encode_result(process(source)) for source in sources]


def test_files_become_rows_of_texts_and_findings(pyarrow: Any, texts: Path) -> None:
    from kg.processing.records import decode_value
    from kg.spark import tasks

    planned = [item for item in plan_documents([texts]) if isinstance(item, PlannedFile)]
    values = [json.dumps((item.doc, str(item.path), item.is_found)).encode() for item in planned]
    arrays = [pyarrow.array([word] * len(values)) for word in ("file", b"", b"")]
    batch = pyarrow.RecordBatch.from_arrays([*arrays, pyarrow.array(values)], names=list(tasks.Row._fields))
    rows = [row for found in tasks.read_files(iter([batch])) for row in found.to_pylist()]
    found = [decode_value(row["value"]) for row in rows]
    assert {s.doc for s in found if isinstance(s, SourceText)} >= {"again.txt", "more.zip/a.txt", "more.zip/b.txt"}
    assert [f.doc for f in found if isinstance(f, Finding)] == ["empty.txt"]


def test_quads_of_parts_come_to_the_quads_of_the_whole(
    pyarrow: Any, stages: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What documents, entities and facts say apart is what a local build exports; a refused fact says nothing."""
    from kg.spark import tasks

    (tmp_path / "texts").mkdir()
    for name, text in {"a.txt": "百度 开物平台\n腾讯 觅影平台", "b.txt": "百度 开物平台"}.items():
        (tmp_path / "texts" / name).write_text(text, "utf-8")
    report = kg.build([tmp_path / "texts"], out=tmp_path / "out", settings=kg.Settings(), jobs=1, cache=False)
    documents = {record.doc.encode(): record for record in report.corpus.documents}
    monkeypatch.setattr(tasks, "_lookup", lambda: SimpleNamespace(get=lambda name, key: documents[key]))

    def lines(task: Any, values: Any, *more: Any) -> list[str]:
        rows = [tasks.Row("", b"", b"", encode_value(value)) for value in values]
        return [row["value"] for batch in task(tasks._batches(rows), None, *more) for row in batch.to_pylist()]

    heads = list(tasks._batches(tasks.Row(tasks.HEAD, doc, b"", b"") for doc in documents))
    said = [row["value"] for batch in tasks.quads_of_documents(iter(heads), None) for row in batch.to_pylist()]
    said += lines(tasks.quads_of_entities, report.corpus.entities)
    facts = lines(tasks.quads_of_facts, report.corpus.facts, frozenset())
    said += lines(tasks.quads_of_observations, report.corpus.facts, frozenset())
    run = [line for line in exported(report.out, "nq").decode().splitlines() if "id/Run>" in line.split()[0]]
    assert sorted({*said, *facts, *run}) == exported(report.out, "nq").decode().splitlines()
    refused = frozenset({fact_id(f.subject, f.relation, f.object) for f in report.corpus.facts[:1]})
    assert len(lines(tasks.quads_of_facts, report.corpus.facts, refused)) < len(facts)
    assert lines(tasks.quads_of_facts, report.corpus.facts[:1], refused) == []


def test_an_observation_that_two_relations_state_stands_once_in_the_graph(pyarrow: Any) -> None:
    """Both facts describe it, so it is left to a pass of its own, whose lines are then made distinct."""
    from kg.spark import tasks

    seen = Observation("产值", 3.0, 1e8, "元", "=", "2024")
    facts = [Fact("id:Firm_百度", relation, seen, source="https://example.org") for relation in ("observed", "plans")]
    rows = [tasks.Row("", b"", b"", encode_value(fact)) for fact in facts]
    batches = tasks.quads_of_observations(iter(list(tasks._batches(rows))), None, frozenset())
    said = [row["value"] for batch in batches for row in batch.to_pylist()]
    assert len(said) == 2 * len(set(said)) and any("amount" in line for line in said)


@pytest.mark.parametrize(("engine", "gone"), [("local", output.FOLDERS), ("spark", output.FILES)])
def test_what_the_other_engine_wrote_goes(tmp_path: Path, engine: str, gone: tuple[str, ...]) -> None:
    out, work = tmp_path / "out", tmp_path / "work"
    for folder in (*(out / name for name in output.FOLDERS), *(work / name for name in output.FOLDERS)):
        folder.mkdir(parents=True)
        (folder / "part-00000").write_text("x")
    for name in output.FILES:
        (out / name).write_text("x")
    manifest = output.Manifest("1", "rules", ("base",), {}, {})
    if engine == "local":
        output.write_output(out, dict.fromkeys(output.FILES, b"new"), manifest)
    else:
        output.write_folders(out, {name: work / name for name in output.FOLDERS}, manifest)
        output.remove_leftovers(out)
    there = {path.name for path in out.iterdir()}
    assert there == {*output.FILES, *output.FOLDERS, output.MANIFEST} - set(gone)


names = st.sampled_from(["百度", "百度公司", "百度集团", "Baidu", "中关村论坛", "“十四五”规划", "规划"])
entities = st.builds(
    lambda kind, name, others, local, subtype: Entity(
        f"id:{kind}_{name}", kind, name, tuple(sorted({name, *others})), (), subtype,
        attributes=tuple(("localName", other) for other in sorted(local & others)),
    ),
    st.sampled_from(["Firm", "Policy", "Event"]), names, st.frozensets(names, max_size=2),
    st.frozensets(names, max_size=2), st.sampled_from(["", "A", "B"]),
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(entities, max_size=4), max_size=5), st.randoms(use_true_random=False))
def test_entities_in_groups_come_to_what_entities_by_document_come_to(corpus: list[list[Entity]], random: Any) -> None:
    docs = [f"{number}.txt" for number in range(len(corpus))]
    by_document, by_key = EntityMerge(), EntityMerge()
    mentions: dict[Any, list[tuple[str, int, Entity]]] = {}
    for doc, found in zip(docs, corpus, strict=True):
        by_document.add(doc, found)
        for number, entity in enumerate(found):
            mentions.setdefault(naming_key(entity), []).append((doc, number, entity))
    groups = [group_entities(key, found) for key, found in mentions.items()]
    random.shuffle(groups)
    by_key.add_groups(docs, [EntityGroup(*(getattr(g, f.name) for f in fields(g))) for g in groups])
    known = gazetteer(("base",))
    assert by_key.finish(known) == by_document.finish(known)
    for group in groups:
        members = mentions[group.key]
        assert {by_document.id_of(entity) for _, _, entity in members} == {by_key.id_of_group(group)}
        assert set(group.ids) == {entity.id for _, _, entity in members}


# --- what is missing --------------------------------------------------------------------------------------------------


def test_without_pyspark_the_extra_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(session, "find_spec", lambda name: None if name == "pyspark" else object())
    with pytest.raises(ConfigurationError, match="not installed: pyspark") as caught:
        kg.build([CORPUS], out=tmp_path / "out", settings=RULES, engine="spark")
    assert caught.value.hint == "pip install 'jiqun[spark]'" and not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("java", "said"), [("", "there is no Java"), ("11.0.2", "java is version 11"), ("broken", "java does not start")]
)
def test_without_a_java_that_fits_the_package_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, java: str, said: str
) -> None:
    if java:
        told = f"echo 'openjdk version \"{java}\"' >&2" if java != "broken" else "exit 1"
        (tmp_path / "java").write_text(f"#!/bin/sh\n{told}\n")
        (tmp_path / "java").chmod(0o755)
    monkeypatch.setattr(session, "find_spec", lambda name: object())
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(ConfigurationError, match=said) as caught:
        session.check_spark("local[2]")
    assert "apt-get install openjdk-17-jre-headless" in caught.value.hint


def test_a_java_home_without_java_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(session, "find_spec", lambda name: object())
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(ConfigurationError, match=r"JAVA_HOME is .* no bin/java"):
        session.check_spark("local")


@pytest.mark.parametrize("master", ["locl[2]", "local[two]", "spark:", "http://host", ""])
def test_a_master_that_is_none_is_refused(master: str) -> None:
    with pytest.raises(UsageError, match="No master") as caught:
        session.check_spark(master)
    assert "local[2]" in caught.value.hint


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--engine", "spark", "--jobs", "2"], "no use for jobs"),
        (["--engine", "spark", "--cache", "kept"], "no use for cache"),
        (["--engine", "spark", "--infer"], "no use for infer"),
        (["--engine", "spark", "--store", "kept"], "no page and no store"),
        (["--engine", "spark", "--pack", "nowhere"], "nowhere"),
        (["--engine", "sprak"], "did you mean 'spark'"),
        (["--master", "local[2]"], "A master is for the engine 'spark'"),
    ],
)
def test_options_that_do_not_go_together_are_refused(
    options: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["build", str(CORPUS), "--out", str(tmp_path / "out"), "--profile", "rules", *options]) == 2
    assert said in capsys.readouterr().err and not (tmp_path / "out").exists()


def test_importing_the_engine_needs_no_spark() -> None:
    """Neither PySpark nor Arrow is imported before somebody builds with them."""
    code = "import sys, kg.cli, kg.spark.build; print({'pyspark', 'pyarrow'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
