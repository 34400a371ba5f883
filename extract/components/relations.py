"""Find the facts that sentences and names state, as candidates with passage, modality and confidence.

Five kinds of rule: what a name says by itself (北京市数字经济促进条例 applies to 北京市), what stands side by side
(河北省张家口市), what a verb governs (wordings of `relations.toml`), where things are told to be, and who is who.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from spacy.language import Language

from ontology.model import DateValue

from .modality import read_modality
from .reading import ACTORS, ORGANIZATIONS, WORKS, Frame, Group, Lexicon, Mention, Sentence, load_lexicon, read_document

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from spacy.tokens import Doc

    from .reading import Reading, Verb

_PLACE = frozenset(("Region", "Zone"))
_SITED = frozenset(("Zone", "Cluster", "Facility", "Event", "Firm", "ResearchOrg", "Institution", "Platform"))
_BUILT = frozenset(("Platform", "Zone", "Facility", "Institution", "Cluster"))
ALLOWED: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "partOf": (
        frozenset(("Region", "Zone", "Cluster", "Policy")) | ORGANIZATIONS,
        frozenset(("Region", "Zone", "Cluster", "Policy")) | ORGANIZATIONS,
    ),
    "locatedIn": (frozenset(("Zone", "Cluster", "Facility", "Platform", "Event")) | ORGANIZATIONS, _PLACE),
    "issuedBy": (frozenset(("Policy", "Report", "Initiative")), ORGANIZATIONS | {"Region", "Event", "Person"}),
    "appliesTo": (frozenset(("Policy", "Initiative")), _PLACE),
    "addresses": (WORKS, frozenset(("Topic",))),
    "implements": (frozenset(("Policy", "Initiative", "Zone", "Platform")), frozenset(("Policy", "Initiative"))),
    "develops": (ORGANIZATIONS | {"Region", "Zone", "Policy", "Initiative"}, _BUILT | {"ResearchOrg"}),
    "specializesIn": (ACTORS, frozenset(("Topic",))),
    "playsRole": (frozenset(("Region", "Zone", "Cluster")), frozenset(("Role",))),
    "collaboratesWith": (ORGANIZATIONS | _PLACE, ORGANIZATIONS | _PLACE),
    "transfersTo": (_PLACE, _PLACE),
    "memberOf": (ORGANIZATIONS | {"Region"}, frozenset(("Cluster", "Institution", "Platform"))),
    "affiliatedWith": (frozenset(("Person",)), ORGANIZATIONS),
}
"""Classes that the contract allows as subject and object of each relation."""


class Pattern(NamedTuple):
    """A wording of `relations.toml`, compiled."""

    name: str
    relation: str
    subjects: frozenset[str]
    objects: frozenset[str]
    confidence: float


@lru_cache(maxsize=8)
def load_patterns(packs: tuple[str, ...], excluded: frozenset[str] = frozenset()) -> tuple[Pattern, ...]:
    """Compile the patterns of the packs, in the order in which the lexicon counts them."""
    patterns = []
    for row in load_lexicon(packs, excluded).relations:
        subjects, objects = ALLOWED[row["relation"]]
        patterns.append(
            Pattern(
                row["name"],
                row["relation"],
                frozenset(row["subject"]) if "subject" in row else subjects,
                frozenset(row["object"]) if "object" in row else objects,
                float(row["confidence"]),
            )
        )
    return tuple(patterns)


@Language.factory("jiqun_relations", default_config={"packs": ["base"], "exclude_sources": []})
def create_relations(nlp: Language, name: str, packs: list[str], exclude_sources: list[str]) -> RelationFinder:
    """Create the component with the wordings of the packs."""
    key = (tuple(packs), frozenset(exclude_sources))
    return RelationFinder(load_lexicon(*key), load_patterns(*key))


class RelationFinder:
    """Add candidates of relations to `doc._.candidates`."""

    def __init__(self, lexicon: Lexicon, patterns: tuple[Pattern, ...]) -> None:
        self.lexicon = lexicon
        self.patterns = patterns

    def __call__(self, doc: Doc) -> Doc:
        """Find the relations of a document."""
        reading = read_document(doc, self.lexicon)
        doc._.candidates.extend(_Finder(doc, reading, self.lexicon, self.patterns).find())
        return doc


class _Finder:
    """Find the relations of one document."""

    def __init__(self, doc: Doc, reading: Reading, lexicon: Lexicon, patterns: tuple[Pattern, ...]) -> None:
        self.doc = doc
        self.text = reading.text
        self.reading = reading
        self.lexicon = lexicon
        self.patterns = patterns
        self.found: dict[tuple[int, int, str, str, object], tuple[float, Mention, object, Sentence, str]] = {}

    def find(self) -> Iterator[Any]:
        """Yield the candidates, best wording of each fact and sentence once."""
        from ..annotate import Candidate

        for sentence in self.reading.sentences:
            if not sentence.mentions:
                continue
            self.found = {}
            for mention in sentence.mentions:
                self._in_name(mention, sentence)
            self._side_by_side(sentence)
            self._persons(sentence)
            for frame in sentence.frames:
                self._frame(frame, sentence)
            self._places(sentence)
            self._partners(sentence)
            for (_, _, _, relation, _), (confidence, subject, obj, where, rule) in self.found.items():
                start, end = self._passage(subject, obj, where)
                target = obj.span if isinstance(obj, Mention) else obj
                yield Candidate(
                    subject=subject.span,
                    relation=relation,
                    object=target,  # type: ignore[arg-type]
                    start=start,
                    end=end,
                    modality=read_modality(self.text[start:end]),
                    rule=rule,
                    confidence=confidence,
                )

    def _emit(self, subject: Mention, relation: str, obj: Mention | DateValue, sentence: Sentence, rule: str, confidence: float) -> None:
        if isinstance(obj, Mention):
            if relation in ALLOWED:
                subjects, objects = ALLOWED[relation]
                known, target = subject.as_class(subjects), obj.as_class(objects)
                if known is None or target is None:
                    return
                subject, obj = known, target
            if subject.span.text == obj.span.text and subject.label == obj.label:
                return
            key = (subject.start, subject.end, subject.label, relation, (obj.start, obj.end, obj.label))
        else:
            key = (subject.start, subject.end, subject.label, relation, obj.value)  # type: ignore[assignment]
        old = self.found.get(key)
        if old is None or old[0] < confidence:
            self.found[key] = (confidence, subject, obj, sentence, rule)

    def _passage(self, subject: Mention, obj: object, sentence: Sentence) -> tuple[int, int]:
        """Return the shortest run of whole clauses that holds both ends: two sentences and 200 characters at most."""
        start, end = sentence.end, sentence.start
        for mention in (subject, obj):
            if isinstance(mention, Mention) and sentence.start <= mention.start < sentence.end:
                start, end = min(start, mention.start), max(end, mention.end)
        if start >= end:
            start, end = sentence.start, sentence.start + 1
        clauses = [c for c in sentence.clauses if c[0] < end and c[1] > start]
        start, end = clauses[0][0], clauses[-1][1]
        if sentence.index and subject.start < sentence.start:
            before = self.reading.sentences[sentence.index - 1]
            if before.start <= subject.start and end - before.start <= 200:
                start = next(c[0] for c in before.clauses if c[1] > subject.start)
        while end - start > 200 and len(clauses) > 1:
            clauses.pop(0 if clauses[0][1] <= min(subject.start, getattr(obj, "start", subject.start)) else -1)
            start, end = clauses[0][0], clauses[-1][1]
        text = self.text
        while end > start and text[end - 1].isspace():
            end -= 1
        while start < end and text[start].isspace():
            start += 1
        return start, min(end, start + 200)

    # ---- what a name says -------------------------------------------------------------------------------------

    def _in_name(self, mention: Mention, sentence: Sentence) -> None:
        label = mention.label
        for child in mention.children:
            self._name_part(mention, child, sentence)
            if child.children:
                self._in_name(child, sentence)
        for twin in mention.twins:
            if twin.label != label:
                for child in mention.children:
                    self._name_part(twin, child, sentence)
        for first, second in zip(mention.children, mention.children[1:], strict=False):
            if first.label == second.label == "Region" and first.end == second.start:
                self._emit(second, "partOf", first, sentence, "adjacent-regions", 0.8)

    def _name_part(self, whole: Mention, part: Mention, sentence: Sentence) -> None:
        label, inner = whole.label, part.label
        if inner == "Region":
            if label in ("Zone", "Cluster", "Facility", "Event"):
                self._emit(whole, "locatedIn", part, sentence, "place-in-name", 0.8)
            elif label in ("Policy", "Initiative"):
                self._emit(whole, "appliesTo", part, sentence, "place-in-title", 0.85)
            elif label == "Region":
                self._emit(whole, "partOf", part, sentence, "region-in-region", 0.7)
        elif inner == "Topic":
            if label in WORKS:
                self._emit(whole, "addresses", part, sentence, "topic-in-title", 0.8)
            else:
                self._emit(whole, "specializesIn", part, sentence, "topic-in-name", 0.8)
        elif inner == "Zone":
            if label in ("Facility", "Cluster", "Event", "Platform", "Zone") or label in ORGANIZATIONS:
                self._emit(whole, "locatedIn", part, sentence, "zone-in-name", 0.6)
            elif label in ("Policy", "Initiative"):
                self._emit(whole, "appliesTo", part, sentence, "zone-in-title", 0.7)
        elif inner == "Firm" and label in ("Facility", "Platform", "Zone") or inner == "ResearchOrg" and label == "Platform":
            self._emit(part, "develops", whole, sentence, "maker-in-name", 0.7)
        elif inner == label and label in ("ResearchOrg",) and part.start == whole.start:
            self._emit(whole, "partOf", part, sentence, "unit-in-name", 0.6)
        elif inner == "Facility" and label == "Platform":
            pass

    # ---- what stands side by side ------------------------------------------------------------------------------

    def _side_by_side(self, sentence: Sentence) -> None:
        text = self.text
        mentions = sentence.mentions
        for first, second in zip(mentions, mentions[1:], strict=False):
            if second.start - first.end > 3:
                if (
                    first.label == "Region"
                    and second.label == "Firm"
                    and second.start - first.end <= 10
                    and _COMPANY.fullmatch(text, first.end, second.start)
                ):
                    self._emit(second, "locatedIn", first, sentence, "firm-of-place", 0.65)
                continue
            gap = text[first.end : second.start].strip("“《\"‘ ")
            if second.label == "Region" and first.label in ("ResearchOrg", "Firm", "Institution") and gap in (",", "，", ""):
                if _ADDRESS.match(text, second.end):
                    self._emit(first, "locatedIn", second, sentence, "address", 0.8)
            if gap not in ("", "的", "市", "省"):
                continue
            a, b = first.label, second.label
            if a == "Region":
                if b == "Region" and gap != "的":
                    self._emit(second, "partOf", first, sentence, "adjacent-regions", 0.8)
                elif b in ("Zone", "Cluster", "Facility", "Event") or b in ORGANIZATIONS:
                    self._emit(second, "locatedIn", first, sentence, "adjacent-place", 0.75)
                elif b in ("Policy", "Initiative"):
                    self._emit(second, "appliesTo", first, sentence, "adjacent-territory", 0.5)
            elif a == "Zone":
                if b == "Zone":
                    self._emit(second, "locatedIn", first, sentence, "adjacent-place", 0.6)
                elif b in ("Cluster", "Facility", "Event") or b in ORGANIZATIONS:
                    self._emit(second, "locatedIn", first, sentence, "adjacent-place", 0.75)
            elif a == "Firm" and b in ("Platform", "Facility") or a in ORGANIZATIONS and b == "Platform":
                self._emit(first, "develops", second, sentence, "adjacent-maker", 0.7)
            elif a == b == "ResearchOrg":
                self._emit(second, "partOf", first, sentence, "adjacent-unit", 0.7)
            elif a == "Topic" and b in ("Zone", "Facility", "Cluster", "Platform", "Firm", "Institution", "ResearchOrg"):
                self._emit(second, "specializesIn", first, sentence, "adjacent-topic", 0.7)

    # ---- who is who -------------------------------------------------------------------------------------------

    def _persons(self, sentence: Sentence) -> None:
        text, titles = self.text, self.lexicon.titles
        mentions = sentence.mentions
        for index, person in enumerate(mentions):
            if person.label != "Person":
                continue
            end = person.start
            steps = 0
            for unit in reversed(mentions[:index]):
                gap = text[unit.end : end]
                if len(gap) > 24 or _UNIT_BREAK.search(gap):
                    break
                if unit.label in ORGANIZATIONS:
                    if gap and not titles.search(gap):
                        break
                    self._emit(person, "affiliatedWith", unit, sentence, "title-before-name", 0.85 if not steps else 0.75)
                    steps += 1
                    end = unit.start
                elif unit.label == "Person":
                    break
            if not steps and index + 1 < len(mentions):
                unit = mentions[index + 1]
                gap = text[person.end : unit.start]
                if unit.label in ORGANIZATIONS and len(gap) <= 6 and re.match(r"[（(]|，?(?:系|任|来自|现任|是)|[:：]", gap):
                    self._emit(person, "affiliatedWith", unit, sentence, "unit-behind-name", 0.7)

    # ---- what a verb governs ------------------------------------------------------------------------------------

    def _frame(self, frame: Frame, sentence: Sentence) -> None:
        verb = frame.verb
        patterns = self.lexicon.patterns.get(verb.word, ()) if verb is not None else ()
        for group in frame.objects:
            for mention in group:
                self._object(frame, patterns, mention, sentence)
        for group in frame.heads:
            for mention in group:
                if mention.label == "Topic":
                    self._topic(frame, mention, sentence, "topic-in-front", 0.5)

    def _object(self, frame: Frame, patterns: tuple[int, ...], mention: Mention, sentence: Sentence) -> None:
        if mention.label == "Topic":
            rule, confidence = "topic-behind", 0.5
            for index in patterns:
                pattern = self.patterns[index]
                if pattern.relation == "specializesIn":
                    rule, confidence = pattern.name, pattern.confidence
                    break
            self._topic(frame, mention, sentence, rule, confidence)
            return
        for index in patterns:
            pattern = self.patterns[index]
            if mention.as_class(pattern.objects) is None and pattern.relation != "issuedBy":
                continue
            relation = pattern.relation
            if relation in ("develops", "playsRole", "implements"):
                for subject in self._doers(frame, pattern.subjects):
                    self._emit(subject, relation, mention, sentence, pattern.name, pattern.confidence)
            elif relation == "issuedBy" and mention.label in ("Policy", "Report", "Initiative"):
                if frame.kind == "default" and not frame.agent or mention.label == "Initiative" and frame.kind == "carried":
                    continue
                for subject in self._doers(frame, pattern.objects):
                    self._emit(mention, relation, subject, sentence, pattern.name, pattern.confidence)
        if mention.as_class(frozenset(("Role",))):
            for subject in frame.subjects:
                self._emit(subject, "playsRole", mention, sentence, "role-behind", 0.5)
            for child in mention.children:
                if child.label == "Topic":
                    self._topic(frame, child, sentence, "topic-in-role", 0.5)

    def _doers(self, frame: Frame, classes: frozenset[str]) -> Group:
        return [m for m in (frame.agent or frame.subjects) if m.as_class(classes)]

    def _topic(self, frame: Frame, topic: Mention, sentence: Sentence, rule: str, confidence: float) -> None:
        for subject in frame.subjects:
            self._emit(subject, "specializesIn", topic, sentence, rule, confidence)
        for work in frame.theme:
            if work.start < topic.start:
                self._emit(work, "addresses", topic, sentence, "subject-matter", 0.5)

    # ---- where ------------------------------------------------------------------------------------------------

    def _places(self, sentence: Sentence) -> None:
        """Say where things are: who is told to be in a place, and what is told of a place."""
        for clause, place, subjects, kind in sentence.places:
            where = [m for m in place if m.label in _PLACE]
            if not where:
                continue
            opens = self._opens_clause(place[0], sentence)
            stays = place[0].word not in ("在", "于") or self._stays(clause, place, sentence)
            for subject in subjects:
                if subject.label in _SITED and subject not in place and kind in ("explicit", "carried", "pivot"):
                    if opens and (subject.start < sentence.start or place[0].word == "在"):
                        continue
                    if not stays and subject.label in ORGANIZATIONS:
                        continue
                    for region in where:
                        confidence = 0.7 if kind == "explicit" or subject.start >= sentence.start else 0.5
                        self._emit(subject, "locatedIn", region, sentence, "subject-in-place", confidence)
            for frame in sentence.frames:
                if frame.clause < clause or frame.place is not place:
                    continue
                for group in frame.heads:
                    for mention in group:
                        if mention.label in _SITED and mention not in place and (opens or mention.label not in ORGANIZATIONS):
                            self._emit(mention, "locatedIn", where[-1], sentence, "told-of-place", 0.6)
                if frame.verb is not None and self._has_relation(frame.verb.word, "locatedIn"):
                    for group in frame.objects:
                        for mention in group:
                            if mention.label in ("Zone", "Cluster", "Facility", "Event", "ResearchOrg", "Platform"):
                                self._emit(mention, "locatedIn", where[-1], sentence, "built-in-place", 0.6)

    def _opens_clause(self, mention: Mention, sentence: Sentence) -> bool:
        return any(c[0] <= mention.start <= c[0] + len(mention.word) + 3 for c in sentence.clauses)

    def _stays(self, clause: int, place: Group, sentence: Sentence) -> bool:
        """Whether the verb behind a place says that somebody settles there, rather than speaks or passes."""
        for frame in sentence.frames:
            if frame.clause == clause and frame.verb is not None and frame.verb.start >= place[-1].end:
                return self._has_relation(frame.verb.word, "locatedIn") or self._has_relation(frame.verb.word, "develops")
        return False

    def _has_relation(self, word: str, relation: str) -> bool:
        return any(self.patterns[i].relation == relation for i in self.lexicon.patterns.get(word, ()))

    # ---- with whom, from where to where -------------------------------------------------------------------------

    def _partners(self, sentence: Sentence) -> None:
        return


_COMPANY = re.compile(r"[^，。、；,;的]{0,8}(?:公司|企业|厂商|集团|巨头|品牌)")
_ADDRESS = re.compile(r"[一-鿿]{0,4}[,，]?\s?\d{6}")
_UNIT_BREAK = re.compile(r"[，。；：,;:？！]|(?:指出|强调|表示|介绍|出席|会见|主持)")
