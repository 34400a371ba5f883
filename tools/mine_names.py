"""Collect terms from annotated texts with the texts that speak for and against each.

    python tools/mine_names.py GOLD/dev=TEXTS/dev GOLD/train=TEXTS/train > extract/packs/base/lexicon.jsonl

A row says in which texts annotators marked the term (`sources`), marked it as a matter of taste
(`optional`), or let it stand unmarked (`misses`), so that a text can be judged without its own rows.
Only classes whose names are not local to one place are collected; terms that the pack knows from
elsewhere get rows too when texts speak against them.
"""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import ahocorasick_rs

from extract.clean import clean_text
from extract.packs import load_packs
from ontology.model import SourceText

CLASSES = (
    "Topic", "Initiative", "Role", "Firm", "ResearchOrg", "Institution", "GovernmentBody", "Platform", "Event",
    "Report", "Policy", "Zone", "Facility", "Cluster",
)  # fmt: skip
SPECIFIC = re.compile(
    r"[0-9０-９]{2}|^[市省县区]|(?:省|市|区|县)$|项目$|^国家级|^省级|^示范区$|^合作区$|^开发区$|^园区$|精神$|^以"
)
SHORTEST = {"Topic": 2, "Firm": 2, "Role": 2, "Zone": 4, "Facility": 4, "Cluster": 5, "Platform": 3, "Institution": 3}
LONGEST = {"Topic": 12, "Role": 12}


def read_gold(pair: str) -> list[tuple[str, str, dict[str, Any]]]:
    """Return (stem, clean text, annotation) of the texts of a `GOLD=TEXTS` pair."""
    gold, _, texts = pair.partition("=")
    rows = []
    for path in sorted(Path(gold).glob("*.json")):
        raw = Path(texts, path.stem + ".txt").read_text(encoding="utf-8")
        clean = clean_text(SourceText(doc=path.stem + ".txt", text=raw))
        rows.append((path.stem, clean.text, json.loads(path.read_text(encoding="utf-8"))))
    return rows


def main(pairs: list[str]) -> None:
    """Write the rows of all texts to standard output, most frequent first."""
    texts = [row for pair in pairs for row in read_gold(pair)]
    known = [(entry.entity_class, entry.name) for entry in load_packs().lexicon if not entry.sources]
    marked: dict[tuple[str, str], set[str]] = defaultdict(set)
    optional: dict[tuple[str, str], set[str]] = defaultdict(set)
    tolerated: dict[tuple[str, str], set[str]] = defaultdict(set)
    for stem, text, gold in texts:
        for key, into in (("entities", marked), ("optional_entities", optional)):
            for entity in gold.get(key, []):
                for name in (entity["name"], *entity.get("aliases", [])):
                    if name in text:
                        into[entity["type"], name].add(stem)
                        for entity_class in entity.get("also", []):
                            tolerated[entity_class, name].add(stem)
    misses: dict[tuple[str, str], set[str]] = defaultdict(set)
    rows: dict[tuple[str, str], None] = {}
    for entity_class in CLASSES:
        shortest, longest = SHORTEST.get(entity_class, 3), LONGEST.get(entity_class, 16)
        terms = {name for c, name in (*marked, *optional) if c == entity_class and shortest <= len(name) <= longest}
        terms = {term for term in terms if not SPECIFIC.search(term)}
        terms |= {name for c, name in known if c == entity_class}
        ordered = sorted(terms)
        rows.update(dict.fromkeys((entity_class, term) for term in ordered))
        automaton = ahocorasick_rs.AhoCorasick(ordered, matchkind=ahocorasick_rs.MatchKind.LeftmostLongest)
        for stem, text, _ in texts:
            for index, _, _ in automaton.find_matches_as_indexes(text):
                found = (entity_class, ordered[index])
                if stem not in marked[found] | optional[found] | tolerated[found]:
                    misses[found].add(stem)
    known_pairs = set(known)
    for pair in sorted(rows, key=lambda pair: (-len(marked[pair]), pair)):
        entity_class, name = pair
        if not (marked[pair] or optional[pair] or (pair in known_pairs and misses[pair])):
            continue
        row = {"name": name, "class": entity_class, "sources": sorted(marked[pair])}
        row |= {"optional": sorted(optional[pair]), "misses": sorted(misses[pair])}
        print(json.dumps(row, ensure_ascii=False))


if __name__ == "__main__":
    main(sys.argv[1:])
