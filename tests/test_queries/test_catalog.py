"""The canned questions keep the rules of their format, in both languages."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest

from kg.projection import RELATIONSHIP_TYPES
from ontology.errors import ConfigurationError
from queries.catalog import CLASS_NAMES, LANGUAGES, Question, load_catalog, read_catalog, returned_columns
from queries.engine import iri_term, literal_term
from queries.rows import EVIDENCE_COLUMNS
from queries.store import KnowledgeGraph

CATALOG = load_catalog()
WITHOUT_EVIDENCE = {
    "common_ground", "coverage", "documents", "entities", "modality_overview", "named_sets", "neighbours",
}  # fmt: skip
"""Overviews: their rows sum up many pieces of evidence."""

RQ = """# summary: Which?
# summary zh: 哪些?
# param region (Region): the place
# columns: name
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT ?name WHERE {
# given region: VALUES ?place { $region }
  ?place skos:prefLabel ?name
}
"""
CYPHER = """// summary: Which?
// summary zh: 哪些?
// param region (Region): the place
// columns: name
MATCH (n:Region)
// given region: WHERE n.uri = $region
RETURN n.name AS name
"""


def _write(folder: Path, rq: str | None = RQ, cypher: str | None = CYPHER) -> Path:
    for (directory, suffix, _), text in zip(LANGUAGES.values(), (rq, cypher), strict=True):
        (folder / directory).mkdir()
        if text is not None:
            (folder / directory / f"places{suffix}").write_text(text, encoding="utf-8")
    return folder


def test_there_are_forty_questions_or_more() -> None:
    assert len(CATALOG) >= 40


@pytest.mark.parametrize("question", CATALOG.values(), ids=list(CATALOG))
def test_rows_end_with_their_evidence(question: Question) -> None:
    shown = [column for column in question.columns if column in EVIDENCE_COLUMNS]
    if question.name in WITHOUT_EVIDENCE:
        assert "quote" not in question.columns
    else:
        assert tuple(shown) == EVIDENCE_COLUMNS


@pytest.mark.parametrize("question", CATALOG.values(), ids=list(CATALOG))
def test_descriptions_are_in_both_languages(question: Question) -> None:
    assert re.search(r"[一-龥]", question.summary_zh)
    assert not re.search(r"[一-龥]", question.summary.replace("三城一区", ""))
    assert question.triggers, "questions in words need an `ask:` line"


@pytest.mark.parametrize("question", CATALOG.values(), ids=list(CATALOG))
def test_order_is_complete(question: Question) -> None:
    """Two rows that differ are told apart by the order, so the answer has one order only."""
    for language, text in question.texts.items():
        order = text.rsplit("ORDER BY", 1)[1]
        words = set(re.findall(r"\w+", order))
        assert set(question.columns) - {"complete"} <= words or question.name in WITHOUT_EVIDENCE, language


@pytest.mark.parametrize("question", CATALOG.values(), ids=list(CATALOG))
def test_every_choice_of_parameters_runs(question: Question, small_graph: KnowledgeGraph) -> None:
    values = {"number": literal_term(2), "count": "2", "class": iri_term("https://w3id.org/jiqun/ontology#Firm")}
    terms = {}
    for parameter in question.parameters:
        entity = iri_term("https://w3id.org/jiqun/id/Region_x")
        terms[parameter.name] = entity if parameter.is_entity else values.get(parameter.types[0], literal_term("x"))
    for size in range(len(terms) + 1):
        for names in itertools.combinations(terms, size):
            statement = question.statement("sparql", {name: terms[name] for name in names})
            assert small_graph.run(statement, {}).columns == question.columns


@pytest.mark.parametrize(
    "question", [q for q in CATALOG.values() if not any(p.required for p in q.parameters)], ids=lambda q: q.name
)
def test_everything_is_found_in_the_small_graph(question: Question, small_graph: KnowledgeGraph) -> None:
    rows = small_graph.ask(question.name)
    assert rows.columns == question.columns
    assert rows, "the small graph has something for each question"
    assert len(set(rows.records)) == len(rows)
    assert rows.records == small_graph.ask(question.name).records


@pytest.mark.parametrize("question", [q for q in CATALOG.values() if "quote" in q.columns], ids=lambda q: q.name)
def test_a_file_runs_as_it_is_and_shows_no_passage_twice(question: Question, small_graph: KnowledgeGraph) -> None:
    rows = small_graph.run(question.texts["sparql"], {})
    assert rows and len(set(rows.records)) == len(rows)


@pytest.mark.parametrize("question", CATALOG.values(), ids=list(CATALOG))
def test_cypher_keeps_to_what_is_read_only_and_known(question: Question) -> None:
    text = "\n".join(line for line in question.texts["cypher"].splitlines() if not line.startswith("// "))
    without_names = re.sub(r"'[^']*'|\bAS \w+|ORDER BY .*", "", text)
    assert not re.search(r"(?i)\b(create|merge|delete|set|remove|load|foreach|drop|apoc)\b", without_names)
    assert all(text.count(opening) == text.count(closing) for opening, closing in ("()", "[]", "{}"))
    types = {name for group in re.findall(r"\[\w*:([A-Z_|]+)", text) for name in group.split("|")}
    assert types <= {*RELATIONSHIP_TYPES.values(), "ABOUT", "IN_DOCUMENT"}
    labels = set(re.findall(r"\(\w*:([A-Za-z]+)", text))
    assert labels <= {*CLASS_NAMES, "Resource", "Evidence", "Observation"}


def test_a_given_line_is_switched_on(tmp_path: Path) -> None:
    question = read_catalog(_write(tmp_path))["places"]
    assert "VALUES" not in question.statement("sparql", {})
    assert "VALUES ?place { <urn:x> }" in question.statement("sparql", {"region": "<urn:x>"})
    assert "WHERE n.uri = $region" in question.statement("cypher", {"region": "<urn:x>"})
    assert "WHERE" not in question.statement("cypher", {})


def test_a_given_line_replaces_code_before_it(tmp_path: Path) -> None:
    rq = RQ.replace("?name\n}", "?name\n  FILTER (?name != 'a')  # given region: FILTER (?place = $region)\n}")
    question = read_catalog(_write(tmp_path, rq=rq))["places"]
    assert "!= 'a'" in question.statement("sparql", {})
    given = question.statement("sparql", {"region": "<urn:x>"})
    assert "!= 'a'" not in given
    assert "FILTER (?place = <urn:x>)" in given


@pytest.mark.parametrize(
    ("rq", "cypher", "message"),
    [
        (RQ, None, "no cypher file"),
        (None, CYPHER, "no sparql file"),
        (RQ.replace("Which?", "What?"), CYPHER, "heads"),
        (RQ.replace("# columns: name\n", ""), CYPHER.replace("// columns: name\n", ""), "columns"),
        (RQ.replace(": name\n", ": name, year\n"), CYPHER.replace(": name\n", ": name, year\n"), "returns name"),
        (RQ.replace("# given region: VALUES ?place { $region }\n", ""), CYPHER, "never used"),
        (RQ.replace("$region", "$place"), CYPHER, "another value"),
        (RQ.replace("SELECT ?name", "SELECT $name"), CYPHER, "outside a line"),
        (RQ.replace("(Region)", "(Regoin)"), CYPHER.replace("(Region)", "(Regoin)"), "Regoin"),
        (RQ.replace("(Region)", "Region"), CYPHER.replace("(Region)", "Region"), "PARAM|param"),
        (RQ.replace("# summary zh", "# sumary zh"), CYPHER.replace("// summary zh", "// sumary zh"), "expected one of"),
        (RQ, CYPHER.replace("AS name", "AS nom"), "returns nom"),
    ],
)
def test_mistakes_are_told(rq: str | None, cypher: str | None, message: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=message):
        read_catalog(_write(tmp_path, rq, cypher))


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_catalog(_write(tmp_path, RQ.replace("# columns: name\n", ""), CYPHER.replace("AS name", "AS nom")))
    assert str(caught.value).count("\n  places") >= 2


def test_columns_are_read_off_nested_expressions() -> None:
    text = "SELECT ?a (COUNT(DISTINCT ?x) AS ?n) (IF(?n > 1, STR(?y), ?z) AS ?m) WHERE { SELECT ?q WHERE {} }"
    assert returned_columns("sparql", text) == ("a", "n", "m")
    assert returned_columns("cypher", "MATCH (n) RETURN n.a AS a, count(n) AS n\nORDER BY a AS b") == ("a", "n")


def test_the_page_lists_every_question() -> None:
    page = (Path(__file__).parents[2] / "docs" / "questions.md").read_text(encoding="utf-8")
    missing = [question.name for question in CATALOG.values() if f"| `{question.name}` |" not in page]
    assert not missing
    assert all(question.summary_zh in page for question in CATALOG.values())
