"""What the tagger component does with a span before it becomes a mention."""

from __future__ import annotations

import pytest

from extract.annotate import build_nlp, mentions_of, start_doc
from extract.clean import clean_text
from extract.components.tagger import TaggerComponent, _without_lone_bracket
from extract.learning.name_features import NameCandidate, TaggedSpan
from ontology.model import SourceText


@pytest.mark.parametrize(
    ("text", "name", "kept"),
    [
        ("承接布(棉布)、线(棉线)", "棉布)", "棉布"),
        ("承接布（棉布）、线（棉线）", "（棉线", "棉线"),
        ("承接布(棉布)、线(棉线)", "布(棉布)", "布(棉布)"),
        ("东湖科学城（西区）扩建", "东湖科学城（西区）", "东湖科学城（西区）"),
        ("棉布与棉线", "棉布", "棉布"),
    ],
)
def test_a_bracket_without_partner_is_no_part_of_a_name(text: str, name: str, kept: str) -> None:
    start = text.index(name)
    first, last = _without_lone_bracket(text, start, start + len(name))
    assert text[first:last] == kept


@pytest.mark.parametrize(("name", "kept"), [("棉布）", {"棉布"}), ("）", set())])
def test_what_stays_is_marked_without_it(name: str, kept: set[str]) -> None:
    text = "承接布（棉布）。"
    doc = start_doc(build_nlp(profile="rules"), clean_text(SourceText("a.txt", text)))
    start = text.index(name)
    tagged = TaggedSpan(start, start + len(name), "Topic", 2.0)
    TaggerComponent._keep(doc, NameCandidate("Topic", name, tagged=[tagged]), 0.9)
    assert {text[start:end] for start, end, _ in mentions_of(doc)} == kept
