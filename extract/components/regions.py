"""Mark regions: provinces, cities and counties of China, countries, agglomerations, new areas.

Long lists go through one automaton. Full names and clear short forms count wherever they stand;
a short form that is shared or an ordinary word (朝阳, 和平) counts only where the text also names
the region in full, names what it lies in, or puts it in a row with another region.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from spacy.language import Language

from extract.annotate import add_mention, text_of
from extract.components.names import is_across
from extract.packs import load_packs
from extract.segmentation import cut_words
from ontology.iri import entity_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spacy.tokens import Doc

    from extract.packs import Region

_ROW = re.compile(r"[、和与及至到—－/]|以及|[—-]{2}")
_STRONG, _WEAK, _ORDINARY = 0.95, 0.75, 0.6


@dataclass(slots=True)
class _Found:
    """A form of a region in a text, with the regions it may mean."""

    start: int
    end: int
    strong: list[Region]
    weak: list[Region]
    ordinary: list[Region]
    kept: bool = False
    region: Region | None = None
    score: float = _STRONG


@Language.factory("jiqun_regions", default_config={"packs": ["base"], "exclude_sources": []})
class RegionMarker:
    """Mark the regions of a document."""

    tail: re.Pattern[str]
    town: re.Pattern[str]
    area: re.Pattern[str]
    lone: re.Pattern[str]
    anaphora: re.Pattern[str]
    nation: re.Pattern[str]

    def __init__(self, nlp: Language, name: str, packs: list[str], exclude_sources: list[str]) -> None:
        """Build the automaton from the regions of the packs."""
        import ahocorasick_rs

        knowledge = load_packs(packs, exclude_sources=exclude_sources)
        wording = knowledge.section("regions")
        self.by_id = {region.id: region for region in knowledge.regions}
        self.forms: dict[str, tuple[list[Region], list[Region], list[Region]]] = {}
        for region in knowledge.regions:
            for form in region.names:
                self.forms.setdefault(form, ([], [], []))[0].append(region)
            for form in region.weak:
                rank = 2 if form.endswith("?") else 1
                self.forms.setdefault(form.rstrip("?"), ([], [], []))[rank].append(region)
        keys = list(self.forms)
        self.keys = keys
        self.automaton = ahocorasick_rs.AhoCorasick(
            [*keys, *wording.get("blockers", [])], matchkind=ahocorasick_rs.MatchKind.LeftmostLongest
        )
        self.letters = {letter: entity_id("Region", full) for letter, full in wording.get("letters", {}).items()}
        compressed = sorted(wording.get("compressed", []), key=len, reverse=True)
        self.compressed = re.compile("|".join(map(re.escape, compressed)) or r"(?!)")
        self.scores: dict[str, float] = wording.get("scores", {})
        for kind in ("tail", "town", "area", "lone", "anaphora", "nation"):
            setattr(self, kind, re.compile(wording.get(kind, r"(?!)")))
        self.heads = self._split_forms()

    def __call__(self, doc: Doc) -> Doc:
        """Return the document with its regions marked."""
        text = text_of(doc)
        words = cut_words(doc)
        found = [item for item in self._find(text) if not is_across(item.start, item.end, words)]
        self._decide(text, found)
        kept = [item for item in found if item.kept]
        for before, item in zip([None, *kept], kept, strict=False):
            form = text[item.start : item.end]
            entity = item.region.id if item.region else ""
            tail = self.tail.match(text, item.end)
            score = 0.4 if tail and tail["land"] else self.scores.get(form, item.score)
            add_mention(doc, item.start, item.end, "Region", source="region:admin", score=score, entity=entity)
            for head, region in self.heads.get(form, ()):
                end = item.start + len(head)
                add_mention(doc, item.start, end, "Region", source="region:admin", score=_WEAK, entity=region.id)
            if tail:
                joined = before is not None and before.end == item.start - 1 and text[item.start - 1] in "—-"
                start = before.start if before is not None and joined else item.start
                add_mention(doc, start, tail.end(), "Region", source="region:tail", score=0.8)
            town = self.town.match(text, item.end) if item.region and item.region.kind in ("city", "county") else None
            if town:
                add_mention(doc, *town.span(), "Region", source="region:town", score=0.7)
        self._patterns(doc, text, {i for item in kept for i in range(item.start, item.end)})
        return doc

    def _patterns(self, doc: Doc, text: str, covered: set[int]) -> None:
        """Mark what has no name of its own: rows of one-letter names, 全省, 我国, 在湘."""
        for match in (*self.compressed.finditer(text), *self.lone.finditer(text)):
            for i in range(*match.span()):
                if i not in covered and text[i] in self.letters:
                    entity = self.letters[text[i]]
                    add_mention(doc, i, i + 1, "Region", source="region:abbreviation", score=0.6, entity=entity)
        for match in self.area.finditer(text):
            add_mention(doc, *match.span(), "Region", source="region:area", score=0.7)
        for match in self.anaphora.finditer(text):
            add_mention(doc, *match.span(), "Region", source="anaphora", score=0.5)
        china = entity_id("Region", "中国")
        for match in self.nation.finditer(text):
            score = self.scores.get(match.group(), 0.6)
            add_mention(doc, *match.span(), "Region", source="region:nation", score=score, entity=china)

    def _split_forms(self) -> dict[str, list[tuple[str, Region]]]:
        """Find the forms that begin with another region (上海浦东新区), so that both are marked."""
        heads: dict[str, list[tuple[str, Region]]] = {}
        for form, (strong, _, _) in self.forms.items():
            for cut in range(2, len(form) - 1):
                above = self.forms.get(form[:cut])
                if strong and above and len(above[0]) == 1 and above[0][0].kind in ("province", "city"):
                    heads.setdefault(form, []).append((form[:cut], above[0][0]))
        return heads

    def _find(self, text: str) -> list[_Found]:
        found = []
        for index, start, end in self.automaton.find_matches_as_indexes(text):
            if index < len(self.keys):
                strong, weak, ordinary = self.forms[self.keys[index]]
                found.append(_Found(start, end, strong, weak, ordinary))
        return found

    def _decide(self, text: str, found: list[_Found]) -> None:
        """Choose what each form means; ancestors named in the text decide between namesakes."""
        present: set[str] = set()
        for item in found:
            if len(item.strong) == 1:
                present.add(item.strong[0].id)
        for item in found:
            if item.strong:
                item.kept = True
                item.region = self._choose(item.strong, present)
                if item.region:
                    present.add(item.region.id)
        for item in found:
            if not item.kept and item.weak:
                item.region = self._known(item.weak, present)
                item.kept, item.score = item.region is not None, _WEAK
        for neighbours in (found, found[::-1]):
            self._rows(text, neighbours, present)

    def _rows(self, text: str, items: list[_Found], present: set[str]) -> None:
        """Accept a doubtful form in a row with an accepted region of the same province, or right behind its parent."""
        for before, item in pairwise(items):
            if item.kept or not before.kept or before.region is None:
                continue
            forward = before.end <= item.start
            gap = text[before.end : item.start] if forward else text[item.end : before.start]
            if gap and not _ROW.fullmatch(gap):
                continue
            doubtful = (*item.weak, *item.ordinary)
            around = {before.region.id, *self._ancestors(before.region)}
            if gap:
                near = [region for region in doubtful if around.intersection(self._ancestors(region))]
            else:
                near = [region for region in doubtful if forward and before.region.id in self._ancestors(region)]
            choice = self._highest(near)
            if choice:
                item.kept, item.region, item.score = True, choice, _WEAK if item.weak else _ORDINARY
                present.add(choice.id)

    def _ancestors(self, region: Region) -> Iterator[str]:
        while region.parent:
            region = self.by_id[region.parent]
            if region.kind != "country":
                yield region.id

    def _choose(self, regions: list[Region], present: set[str]) -> Region | None:
        if len(regions) == 1:
            return regions[0]
        return self._highest([region for region in regions if present.intersection(self._ancestors(region))])

    def _known(self, regions: list[Region], present: set[str]) -> Region | None:
        named = [region for region in regions if region.id in present]
        return self._highest(named or [region for region in regions if present.intersection(self._ancestors(region))])

    def _highest(self, regions: list[Region]) -> Region | None:
        """Return the one region that all others lie in, if there is one: a city before its district of that name."""
        for region in regions:
            if all(other is region or region.id in self._ancestors(other) for other in regions):
                return region
        return None
