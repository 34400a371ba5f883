"""Find the facts that sentences and names state, as candidates with passage, modality and confidence.

Five kinds of rule: what a name says by itself (北京市数字经济促进条例 applies to 北京市), what stands side by side
(河北省张家口市), what a verb governs (wordings of `relations.toml`), where things are told to be, and who is who.
"""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from spacy.language import Language

from extract.annotate import Candidate
from ontology.model import DateValue

from .modality import ModalityGrammar, load_modality, read_modality
from .reading import (
    ACTORS,
    ORGANIZATIONS,
    WORKS,
    Frame,
    Group,
    Lexicon,
    Mention,
    Sentence,
    find_passage,
    load_lexicon,
    plain_region,
    read_document,
)
from .triggers import compile_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from spacy.tokens import Doc

    from ontology.model import Modality

    from .reading import Reading

_SERIES = "field-in-series"
_PLACE = frozenset(("Region", "Zone"))
_SITED = frozenset(("Zone", "Cluster", "Facility", "Event", "Firm", "ResearchOrg", "Institution", "Platform"))
_ROLE = frozenset(("Role",))
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


@lru_cache(maxsize=8)
def _compiled_words(triggers: tuple[tuple[str, tuple[str, ...]], ...]) -> dict[str, re.Pattern[str]]:
    return {name: compile_words(words) for name, words in triggers}


def _relation_words(lexicon: Lexicon) -> dict[str, re.Pattern[str]]:
    """Return the triggers of all wordings of a relation as one pattern."""
    words: dict[str, tuple[str, ...]] = {}
    for row in lexicon.relations:
        words[row["relation"]] = (*words.get(row["relation"], ()), *row["triggers"])
    return _compiled_words(tuple(words.items()))


@Language.factory("jiqun_relations", default_config={"packs": ["base"], "exclude_sources": []})
def create_relations(nlp: Language, name: str, packs: list[str], exclude_sources: list[str]) -> RelationFinder:
    """Create the component with the wordings of the packs."""
    key = (tuple(packs), frozenset(exclude_sources))
    return RelationFinder(load_lexicon(*key), load_patterns(*key), load_modality(*key))


class RelationFinder:
    """Add candidates of relations to `doc._.candidates`."""

    def __init__(self, lexicon: Lexicon, patterns: tuple[Pattern, ...], modality: ModalityGrammar) -> None:
        self.lexicon = lexicon
        self.patterns = patterns
        self.modality = modality
        self.words = _relation_words(lexicon)

    def __call__(self, doc: Doc) -> Doc:
        """Find the relations of a document."""
        reading = read_document(doc, self.lexicon)
        doc._.candidates.extend(_Finder(doc, reading, self).find())
        return doc


class _Finder:
    """Find the relations of one document."""

    def __init__(self, doc: Doc, reading: Reading, grammar: RelationFinder) -> None:
        self.doc = doc
        self.modality = grammar.modality
        self.modalities: dict[tuple[int, int], Modality] = {}
        self.text = reading.text
        self.reading = reading
        self.lexicon = grammar.lexicon
        self.patterns = grammar.patterns
        self.words = grammar.words
        self.found: dict[tuple[int, int, str, str, object], tuple[float, Mention, object, Sentence, str]] = {}
        self.signed: dict[int, list[tuple[Mention, Mention]]] = {}
        self.places: dict[str, list[tuple[int, Mention]]] = defaultdict(list)
        for sentence in reading.sentences:
            for mention in sentence.mentions:
                if mention.label in _PLACE and mention.end - mention.start > 1:
                    self.places[mention.text[0]].append((sentence.index, mention))

    def find(self) -> Iterator[Candidate]:
        """Yield the candidates, best wording of each fact and sentence once."""
        self.signed = self._read_author_notes()
        for sentence in self.reading.sentences:
            if not sentence.mentions:
                continue
            self.found = {}
            if sentence.index == 0:
                self._bylines([s for s in self.reading.sentences[:14] if s.mentions])
            for person, unit in self.signed.get(sentence.index, ()):
                self._emit(person, "affiliatedWith", unit, sentence, "author-note", 0.85)
            for mention in sentence.mentions:
                self._in_name(mention, sentence)
            self._side_by_side(sentence)
            self._persons(sentence)
            for frame in sentence.frames:
                if frame.objects or frame.heads or frame.agent:
                    self._frame(frame, sentence)
            self._places(sentence)
            self._partners(sentence)
            self._counted(sentence)
            self._built(sentence)
            self._series(sentence)
            for (_, _, _, relation, _), (confidence, subject, obj, where, rule) in self.found.items():
                start, end = self._passage(subject, obj, where)
                if relation == "collaboratesWith":
                    start = self._with_means(start, end, where)
                elif rule == _SERIES:
                    end = self._with_deed(end, where)
                target = obj.span if isinstance(obj, Mention) else obj
                yield Candidate(
                    subject=subject.span,
                    relation=relation,
                    object=target,  # type: ignore[arg-type]
                    start=start,
                    end=end,
                    modality=self._modality(start, end),
                    rule=rule,
                    confidence=confidence,
                )

    def _modality(self, start: int, end: int) -> Modality:
        known = self.modalities.get((start, end))
        if known is None:
            known = self.modalities[start, end] = read_modality(self.text[start:end], self.modality)
        return known

    def _emit(
        self,
        subject: Mention,
        relation: str,
        obj: Mention | DateValue,
        sentence: Sentence,
        rule: str,
        confidence: float,
        kind: str = "",
    ) -> None:
        """Keep a fact, unless its wording is too unreliable for a subject as sure as this."""
        if kind:
            rule = f"{rule}/{kind}"
            confidence *= _SURENESS[kind]
        confidence = self.lexicon.reliability.get(f"{relation}:{rule}", confidence)
        if confidence < self.lexicon.minimum:
            return
        if isinstance(obj, Mention):
            if relation in ALLOWED:
                subjects, objects = ALLOWED[relation]
                known, target = subject.as_class(subjects), obj.as_class(objects)
                if known is None or target is None:
                    return
                subject, obj = known, target
            confidence = min(confidence, self.lexicon.ceilings.get(f"{relation}:{subject.label}", 1.0))
            if confidence < self.lexicon.minimum:
                return
            if subject.text == obj.text and subject.label == obj.label:
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
        return find_passage(self.reading, sentence, start, end, first=subject.start)

    def _with_means(self, start: int, end: int, sentence: Sentence) -> int:
        """Return where a passage begins with the clauses in front that tell by what means, if they do."""
        for begin, _ in sentence.clauses:
            if end - 200 <= begin < start and self.lexicon.means.match(self.text, begin, start):
                return begin
        return start

    def _with_deed(self, end: int, sentence: Sentence) -> int:
        """Return where a passage ends with the clause behind that tells what is done."""
        behind = next((stop for begin, stop in sentence.clauses if begin >= end), end)
        return end + len(self.text[end:behind].rstrip())

    # ---- what a name says -------------------------------------------------------------------------------------

    def _in_name(self, mention: Mention, sentence: Sentence) -> None:
        label = mention.label
        if label == "Facility":
            self._route(mention, sentence)
        if not mention.children:
            return
        for child in mention.children:
            self._name_part(mention, child, sentence)
            if child.children:
                self._in_name(child, sentence)
        for twin in mention.twins:
            if twin.label != label:
                for child in mention.children:
                    self._name_part(twin, child, sentence)
        for first, second in itertools.pairwise(mention.children):
            if first.label == second.label == "Region" and first.end == second.start and _is_written_out(first, second):
                self._emit(second, "partOf", first, sentence, "adjacent-regions", 0.8)

    def _name_part(self, whole: Mention, part: Mention, sentence: Sentence) -> None:
        label, inner = whole.label, part.label
        if inner == "Region":
            if label in ("Zone", "Cluster", "Facility", "Event"):
                self._emit(whole, "locatedIn", part, sentence, "place-in-name", 0.8)
            elif label in ("Policy", "Initiative"):
                self._emit(whole, "appliesTo", part, sentence, "place-in-title", 0.85)
            elif label == "Region" and part.end - part.start > 1:
                if _AGGLOMERATION.search(whole.text):
                    self._emit(part, "partOf", whole, sentence, "core-in-name", 0.5)
                else:
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
        elif (inner == "Firm" and label in ("Facility", "Platform", "Zone")) or (
            inner == "ResearchOrg" and label == "Platform"
        ):
            self._emit(part, "develops", whole, sentence, "maker-in-name", 0.7)
        elif inner in ORGANIZATIONS and label in ORGANIZATIONS and part.start == whole.start:
            self._emit(whole, "partOf", part, sentence, "unit-in-name", 0.6)
        elif inner == "Facility" and label == "Platform":
            pass

    def _route(self, line: Mention, sentence: Sentence) -> None:
        """Read the ends of a line from its name where the text writes them out: 石雄铁路 of 石家庄 and 雄安新区."""
        named = self.lexicon.route.match(line.text)
        if named is None:
            return
        for character in named[1]:
            words = (self.lexicon.short.get(character, character), character)
            ends = [m for m in (self._beginning_with(word, sentence) for word in words) if m is not None]
            if ends and ends[0].label == "Region":
                self._emit(line, "locatedIn", ends[0], sentence, "end-in-name", 0.6)

    def _beginning_with(self, word: str, sentence: Sentence) -> Mention | None:
        """Return the place nearest to a sentence whose name begins so, if only one name does."""
        places = [place for place in self.places.get(word[0], ()) if place[1].text.startswith(word)]
        if len({plain_region(m.text)[:2] for _, m in places}) != 1:
            return None
        return min(places, key=lambda p: (abs(p[0] - sentence.index), p[1].end - p[1].start, p[1].start))[1]

    # ---- what a count says of members --------------------------------------------------------------------------

    def _counted(self, sentence: Sentence) -> None:
        """Read 京津冀三地 as 北京, 天津 and 河北 in 京津冀, where the text names them; 三地 may stand further on."""
        for whole in (m for mention in sentence.mentions for m in (mention, *mention.children)):
            if whole.label != "Region":
                continue
            members = next((m for name, m in self.lexicon.wholes.items() if whole.text.startswith(name)), None)
            if members is None:
                continue
            if not self.lexicon.counting.search(self.text, whole.start, sentence.end):
                continue
            for name in members:
                member = self._beginning_with(name, sentence)
                if member is not None and plain_region(member.text) == name:
                    self._emit(member, "partOf", whole, sentence, "counted-member", 0.7)

    # ---- what stands side by side ------------------------------------------------------------------------------

    def _side_by_side(self, sentence: Sentence) -> None:
        text = self.text
        mentions = sentence.mentions
        for first, second in itertools.pairwise(mentions):
            if second.start - first.end > 3:
                if (
                    first.label == "Region"
                    and second.label == "Firm"
                    and second.start - first.end <= 10
                    and _COMPANY.fullmatch(text, first.end, second.start)
                ):
                    self._emit(second, "locatedIn", first, sentence, "firm-of-place", 0.65)
                continue
            gap = text[first.end : second.start].strip('“《"‘ ')
            if (
                second.label == "Region"
                and first.label in ("ResearchOrg", "Firm", "Institution")
                and gap in (",", "，", "")
            ) and _ADDRESS.match(text, second.end):
                self._emit(first, "locatedIn", second, sentence, "address", 0.8)
            if gap not in ("", "的", "市", "省"):
                continue
            a, b = first.label, second.label
            if a == "Region":
                if b == "Region" and gap != "的":
                    if _is_written_out(first, second):
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
            elif (a == "Firm" and b in ("Platform", "Facility")) or (a in ORGANIZATIONS and b == "Platform"):
                self._emit(first, "develops", second, sentence, "adjacent-maker", 0.7)
            elif a == b == "ResearchOrg":
                self._emit(second, "partOf", first, sentence, "adjacent-unit", 0.7)
            elif a == "Topic" and b in (
                "Zone",
                "Facility",
                "Cluster",
                "Platform",
                "Firm",
                "Institution",
                "ResearchOrg",
            ):
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
            for before in reversed(mentions[:index]):
                if before.end > end:
                    continue  # 院|长江|小涓: what crosses the name is no mention
                gap = text[before.end : end]
                if len(gap) > 24 or _UNIT_BREAK.search(gap):
                    break
                unit = next((m for m in (before, *before.twins) if m.label in ORGANIZATIONS), before)
                if unit.label in ORGANIZATIONS:
                    if gap and not titles.search(gap):
                        break
                    self._emit(
                        person, "affiliatedWith", unit, sentence, "title-before-name", 0.85 if not steps else 0.75
                    )
                    steps += 1
                    end = unit.start
                elif unit.label == "Person":
                    break
            if not steps and index + 1 < len(mentions):
                unit = mentions[index + 1]
                gap = text[person.end : unit.start]
                if (
                    unit.label in ORGANIZATIONS
                    and len(gap) <= 6
                    and re.match(r"[（(]|，?(?:系|任|来自|现任|是)|[:：]", gap)
                ):
                    self._emit(person, "affiliatedWith", unit, sentence, "unit-behind-name", 0.7)

    # ---- what a verb governs ------------------------------------------------------------------------------------

    def _frame(self, frame: Frame, sentence: Sentence) -> None:
        verb = frame.verb
        patterns = self.lexicon.patterns.get(verb.word, ()) if verb is not None else ()
        if frame.agent and not frame.objects and patterns:
            self._passive(frame, patterns, sentence)
        for group in frame.objects:
            for mention in group:
                self._object(frame, patterns, mention, sentence)
        for group in frame.heads:
            for mention in group:
                if mention.label == "Topic":
                    self._topic(frame, mention, sentence, "topic-in-front", 0.5)
                elif mention.as_class(_ROLE):
                    self._role(frame, mention, sentence, "role-in-front", 0.45)

    def _built(self, sentence: Sentence) -> None:
        """Read 甲高铁、乙电厂建成投用 in a work report as what its region built."""
        region = self.reading.main
        if region is None or not self.reading.report:
            return
        opening = {start for start, _ in sentence.clauses}
        for group in sentence.groups:
            if group[0].start in opening and self.lexicon.built.match(self.text, group[-1].end):
                for mention in group:
                    if mention.label in self.lexicon.buildable:
                        self._emit(region, "develops", mention, sentence, "built", 0.7, "default")

    def _field(self, sentence: Sentence) -> Group:
        """Return the topics that a sentence opens with: 在甲、乙领域，…."""
        group = sentence.groups[0] if sentence.groups else []
        if not group or any(mention.label != "Topic" for mention in group):
            return []
        lead = self.text[sentence.start : group[0].start].lstrip()
        behind = self.lexicon.series_end.match(self.text, group[-1].end, sentence.end)
        return group if behind and self.lexicon.series_begin.fullmatch(lead) else []

    def _series(self, sentence: Sentence) -> None:
        """Read sentences in a row that open with a field each as what their subject works in."""
        fields = self._field(sentence)
        if not fields:
            return
        sentences = self.reading.sentences
        beside = [s for s in sentences[max(0, sentence.index - 1) : sentence.index + 2] if s is not sentence]
        if not any(s.paragraph == sentence.paragraph and self._field(s) for s in beside):
            return
        for subject in sentence.inherited:
            if subject.label in ACTORS and subject.text not in self.lexicon.world:
                for topic in fields:
                    self._emit(subject, "specializesIn", topic, sentence, _SERIES, 0.6)

    def _passive(self, frame: Frame, patterns: tuple[int, ...], sentence: Sentence) -> None:
        """Read 甲由乙建设 as 乙 builds 甲, and 甲由乙、丙组成 as both are in 甲."""
        for index in patterns:
            pattern = self.patterns[index]
            for done in (*frame.theme, *frame.subjects):
                for agent in frame.agent:
                    if pattern.relation == "develops":
                        self._emit(agent, "develops", done, sentence, "built-by", 0.75)
                    elif pattern.relation == "issuedBy":
                        self._emit(done, "issuedBy", agent, sentence, "issued-by", 0.75)
                    elif pattern.relation == "partOf" and agent.label == done.label in ("Zone", "Region", "Cluster"):
                        self._emit(agent, "partOf", done, sentence, "made-up-of", 0.7)
                    elif pattern.relation == "memberOf" and done.label in pattern.objects:
                        self._emit(agent, "memberOf", done, sentence, "made-up-of", 0.75)

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
            if mention.as_class(pattern.objects) is None and pattern.relation not in ("issuedBy", "memberOf"):
                continue
            relation = pattern.relation
            if relation == "playsRole":
                self._role(frame, mention, sentence, pattern.name, pattern.confidence)
            elif relation in ("develops", "implements"):
                for subject in self._doers(frame, pattern.subjects) or (relation == "implements" and frame.theme) or ():
                    self._emit(subject, relation, mention, sentence, pattern.name, pattern.confidence, frame.kind)
            elif relation in ("memberOf", "partOf"):
                self._membership(relation, frame, mention, sentence, pattern)
            elif relation == "issuedBy" and mention.label in ("Policy", "Report", "Initiative"):
                if (frame.kind in ("default", "main", "far") and not frame.agent) or (
                    mention.label == "Initiative" and frame.kind == "carried"
                ):
                    continue
                for subject in self._doers(frame, pattern.objects):
                    self._emit(mention, relation, subject, sentence, pattern.name, pattern.confidence, frame.kind)
        if mention.as_class(_ROLE):
            self._role(frame, mention, sentence, "role-behind", 0.5)
        if mention.label in ("Policy", "Initiative") and frame.verb is not None:
            if frame.verb.word in self.lexicon.adopting and frame.kind == "explicit":
                for subject in frame.subjects:
                    self._emit(mention, "appliesTo", subject, sentence, "adopted-by", 0.6)
            for targets in self._targets(frame, sentence):
                for place in targets:
                    self._emit(mention, "appliesTo", place, sentence, "aimed-at", 0.7)

    def _targets(self, frame: Frame, sentence: Sentence) -> Iterator[Group]:
        """Yield the places behind 对 in the clause of a frame: 对北京、天津开展督察."""
        start, end = sentence.clauses[frame.clause]
        for group in sentence.groups:
            if start <= group[0].start < end and group[0].word == "对" and group[0].label in _PLACE:
                yield group

    def _membership(self, relation: str, frame: Frame, mention: Mention, sentence: Sentence, pattern: Pattern) -> None:
        """Read 甲加入乙 as 甲 in 乙, and 乙包括甲 or 乙聚合甲 the other way round."""
        assert frame.verb is not None
        for subject in self._doers(frame, pattern.subjects | pattern.objects):
            if relation == "memberOf":
                inward = frame.verb.word in self.lexicon.entering
                member, whole = (subject, mention) if inward else (mention, subject)
                gap = subject.end if subject.end <= mention.start else sentence.start, mention.start
                if frame.kind not in _NAMED_DOER or self.lexicon.denied.search(self.text, *gap):
                    continue
                if self.text[member.end : member.end + 1] == "的" and not inward:
                    continue
                if frame.verb.word == "成为" and not _MEMBERSHIP.match(self.text, whole.end):
                    continue
                if member.as_class(ORGANIZATIONS | {"Region"}) and whole.as_class(pattern.objects):
                    self._emit(member, relation, whole, sentence, pattern.name, pattern.confidence)
            elif frame.kind == "explicit" and mention.label == subject.label and subject.label in ("Region", "Zone"):
                inward = frame.verb.word in ("隶属于", "属于", "隶属", "纳入")
                part, whole = (subject, mention) if inward else (mention, subject)
                self._emit(part, relation, whole, sentence, pattern.name, pattern.confidence)

    def _role(self, frame: Frame, role: Mention, sentence: Sentence, rule: str, confidence: float) -> None:
        """Give a role to whom it stands beside, to the next subject behind 作为, else to the subject."""
        subjects = self._beside(role, sentence)
        if subjects:
            rule, confidence = "role-beside", 0.8
        elif frame.verb is not None and frame.verb.word == "作为":
            subjects, rule, confidence = self._next_subject(frame, sentence) or frame.subjects, "role-as", 0.7
        else:
            subjects = frame.subjects
        for subject in subjects:
            self._emit(subject, "playsRole", role, sentence, rule, confidence, frame.kind)
            for child in role.children:
                if child.label == "Topic":
                    self._emit(subject, "specializesIn", child, sentence, "topic-in-role", 0.5, frame.kind)

    def _beside(self, role: Mention, sentence: Sentence) -> Group:
        """Return the places directly in front of a role: 郑州国家中心城市, 北京研发、天津制造."""
        for group in sentence.groups:
            if group[-1].end == role.start and group[-1].label in ("Region", "Zone"):
                return group
            if group[0].start > role.start:
                break
        return []

    def _next_subject(self, frame: Frame, sentence: Sentence) -> Group:
        for other in sentence.frames:
            if other.clause > frame.clause and other.kind == "explicit" and other.subjects is not frame.subjects:
                return other.subjects
        return []

    def _doers(self, frame: Frame, classes: frozenset[str]) -> Group:
        return [m for m in (frame.agent or frame.subjects) if m.as_class(classes)]

    def _topic(self, frame: Frame, topic: Mention, sentence: Sentence, rule: str, confidence: float) -> None:
        for subject in frame.subjects:
            self._emit(subject, "specializesIn", topic, sentence, rule, confidence, frame.kind)
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
                if subject.label in _SITED and subject not in place and kind in ("explicit", "carried", "far", "pivot"):
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
                        if (
                            mention.label in _SITED
                            and mention not in place
                            and (opens or mention.label not in ORGANIZATIONS)
                        ):
                            self._emit(mention, "locatedIn", where[-1], sentence, "told-of-place", 0.6)
                if frame.verb is not None and self._has_relation(frame.verb.word, "locatedIn"):
                    for group in frame.objects:
                        for mention in group:
                            if mention.label in ("Zone", "Cluster", "Facility", "Event", "ResearchOrg", "Platform"):
                                for region in where:
                                    self._emit(mention, "locatedIn", region, sentence, "built-in-place", 0.6)

    def _opens_clause(self, mention: Mention, sentence: Sentence) -> bool:
        return any(c[0] <= mention.start <= c[0] + len(mention.word) + 3 for c in sentence.clauses)

    def _stays(self, clause: int, place: Group, sentence: Sentence) -> bool:
        """Whether the verb beside a place says that somebody settles there, rather than speaks or passes."""
        start = place[0].start - len(place[0].word)
        if _SETTLED.search(self.text, max(sentence.start, start - 4), start):
            return True
        for frame in sentence.frames:
            if frame.clause == clause and frame.verb is not None and frame.verb.start >= place[-1].end:
                return self._has_relation(frame.verb.word, "locatedIn") or self._has_relation(
                    frame.verb.word, "develops"
                )
        return False

    def _has_relation(self, word: str, relation: str) -> bool:
        return any(self.patterns[i].relation == relation for i in self.lexicon.patterns.get(word, ()))

    # ---- with whom, from where to where -------------------------------------------------------------------------

    def _partners(self, sentence: Sentence) -> None:
        """Find who works with whom, and what moves from where to where."""
        for index, group in enumerate(sentence.groups):
            head, last = group[0], group[-1]
            if head.label not in _PARTNERS:
                continue
            clause = next((c for c in sentence.clauses if c[0] <= head.start < c[1]), None)
            if clause is None:
                continue
            tail = self.text[last.end : min(clause[1], last.end + 24)]
            before = sentence.groups[index - 1] if index else None
            joint = _JOINT.search(self.text, max(clause[0], head.start - 5), head.start)
            if joint and joint.end() == head.start:
                strong = joint[1] in _STRONG
                if strong or self.words["collaboratesWith"].search(tail):
                    partner = (
                        before if before and before[-1].start >= clause[0] and before[0].label in _PARTNERS else None
                    )
                    subjects = partner or self._subject_before(head, sentence)
                    for subject in subjects:
                        for other in group:
                            if subject.start != other.start:
                                self._emit(
                                    subject, "collaboratesWith", other, sentence, "with", 0.75 if strong else 0.65
                                )
            if len(group) > 1 and not head.before and _TOGETHER.match(tail):
                for i, one in enumerate(group):
                    for other in group[i + 1 :]:
                        self._emit(one, "collaboratesWith", other, sentence, "together", 0.6)
            if head.label in _PLACE:
                self._centre(index, group, sentence)
                self._transfer(index, sentence, clause)

    def _subject_before(self, mention: Mention, sentence: Sentence) -> Group:
        subjects, _ = sentence.subject_at(mention.start - 1)
        return [s for s in subjects if s.label in _PARTNERS]

    def _centre(self, index: int, group: Group, sentence: Sentence) -> None:
        """Read 以甲为核心的乙 as 乙 in 甲, and 以甲为节点城市 as the role of 甲."""
        if group[0].word != "以" or index + 1 >= len(sentence.groups):
            return
        following = sentence.groups[index + 1]
        gap = self.text[group[-1].end : following[0].start]
        if len(gap) > 14:
            return
        if _AS_CENTRE.search(gap):
            for thing in following:
                for place in group:
                    if thing.label in ("Zone", "Facility", "Cluster"):
                        self._emit(thing, "locatedIn", place, sentence, "centred-on", 0.65)
        elif gap.endswith("为") and following[0].as_class(_ROLE):
            for place in group:
                self._emit(place, "playsRole", following[0], sentence, "taken-as", 0.8)

    def _transfer(self, index: int, sentence: Sentence, clause: tuple[int, int]) -> None:
        group = sentence.groups[index]
        head = group[0]
        before = self._before_address(index, sentence)
        if (
            head.word in ("向", "往", "到", "至")
            and self.words["transfersTo"].search(self.text, *clause)
            and not self.lexicon.never_moved.search(self.text, *clause)
        ):
            source = before if before and before[-1].start >= clause[0] and before[0].label in _PLACE else None
            for subject in source or self._subject_before(head, sentence):
                for target in group:
                    if subject.label in _PLACE and subject.start != target.start:
                        self._emit(subject, "transfersTo", target, sentence, "moves-to", 0.6)
        taking = _TAKING.search(self.text, max(clause[0], head.start - 10), head.start)
        if taking:
            for taker in self._subject_before(head, sentence):
                for source_place in group:
                    if taker.label in _PLACE and taker.start != source_place.start:
                        self._emit(source_place, "transfersTo", taker, sentence, "takes-from", 0.7)

    def _before_address(self, index: int, sentence: Sentence) -> Group | None:
        """Return what stands before a place and the wider ones that lead to it without a gap (河北唐山曹妃甸区)."""
        groups = sentence.groups
        while index and groups[index - 1][0].label in _PLACE and groups[index - 1][-1].end == groups[index][0].start:
            index -= 1
        return groups[index - 1] if index else None

    # ---- bylines ------------------------------------------------------------------------------------------------

    def _read_author_notes(self) -> dict[int, list[tuple[Mention, Mention]]]:
        """Return who wrote the text and the unit that a note about the author gives, by sentence.

        The byline stands above the text and the note （作者单位：甲研究院） below it, so that each of the two is a
        piece of evidence. A note that names its author, or several units, is no business of this rule.
        """
        found: dict[int, list[tuple[Mention, Mention]]] = defaultdict(list)
        note = self.lexicon.author_note.search(self.text)
        if note is None:
            return found
        units, place = [], 0
        for sentence in self.reading.sentences:
            if sentence.end > note.end() and sentence.start <= note.end():
                place = sentence.index
                close = self.lexicon.author_note_end.search(self.text, note.end(), sentence.end)
                end = close.start() if close else sentence.end
                told = [m for m in sentence.mentions if note.end() <= m.start < end]
                if any(m.label == "Person" for m in told):
                    return found
                units = [m for m in told if m.as_class(ORGANIZATIONS)]
        if len(units) != 1:
            return found
        for sentence in self.reading.sentences:
            people = [m for m in sentence.mentions if m.label == "Person"]
            for person in people:
                if not self._is_byline(person, people):
                    continue
                found[sentence.index].append((person, units[0]))
                found[place].append((person, units[0]))
        return found

    def _is_byline(self, person: Mention, people: list[Mention]) -> bool:
        """Whether a name stands behind 作者： or in a line of nothing but names."""
        start = self.text.rfind("\n", 0, person.start) + 1
        end = self.text.find("\n", person.end)
        end = end if end >= 0 else len(self.text)
        if self.lexicon.author_before.search(self.text, start, person.start):
            return True
        pieces, position = [], start
        for other in people:
            if start <= other.start < end:
                pieces.append(self.text[position : other.start])
                position = other.end
        return self.lexicon.byline.fullmatch("".join((*pieces, self.text[position:end]))) is not None

    def _bylines(self, sentences: list[Sentence]) -> None:
        """Join authors and their units by the numbers behind the names and in front of the units."""
        text = self.text
        authors: list[tuple[Mention, set[str]]] = []
        for sentence in sentences:
            for mention in sentence.mentions:
                if mention.label == "Person":
                    marks = _MARKS.match(text, mention.end)
                    numbers = set(re.findall(r"\d", marks[0].translate(_SUPERSCRIPTS))) if marks else set()
                    authors.append((mention, numbers))
                elif mention.label in ORGANIZATIONS and authors:
                    mark = text[max(0, mention.start - 2) : mention.start].translate(_SUPERSCRIPTS).strip(" .．、")
                    coded = _ADDRESS_AHEAD.match(text, mention.end)
                    for person, numbers in authors:
                        if (mark and mark[-1] in numbers) or (not numbers and coded and mark.endswith(("（", "("))):
                            self._emit(person, "affiliatedWith", mention, sentence, "byline", 0.85)


_SURENESS = {"explicit": 1.0, "pivot": 1.0, "default": 1.0, "locative": 0.8, "main": 0.7, "carried": 0.65, "far": 0.5}
"""How much a subject that is not in the sentence takes from the confidence of a wording, unless it was measured."""
_NAMED_DOER = frozenset(("explicit", "pivot", "carried"))
"""How a subject is there when the text itself says who joins or is joined."""
_MEMBERSHIP = re.compile(r"[^，。；]{0,4}(?:成员|会员|理事|单位|一员|盟员)")
_AGGLOMERATION = re.compile(r"(?:都市圈|城市群|经济圈|湾区|三角洲?|经济带|走廊|流域)$")


def _is_written_out(first: Mention, second: Mention) -> bool:
    """Whether two regions side by side are a part and its whole, not members of a compressed name (京津)."""
    return first.end - first.start > 1 and second.end - second.start > 1 and first.text != second.text


_PARTNERS = ORGANIZATIONS | _PLACE
_STRONG = frozenset(("携手", "联手", "联合", "牵手", "协同", "对接", "会同"))
_JOINT = re.compile(r"(与|同|跟|和|携手|联手|联合|牵手|协同|对接|会同)(?:了)?$")
_TOGETHER = re.compile(
    r"[^，。、；]{0,10}?(?:协同|携手|联手|合作|联动|共建|签署|签约|共同|联合|一体化|融合|协作|启动重组|合资|结对)"
)
_TAKING = re.compile(r"承接(?:了|好|来自)?[^，。；]{0,4}$")
_SETTLED = re.compile(r"(?:集中|分布|设|建|布局|坐落|落户|驻|总部|扎根|生产基地|选址|落子)(?:于|主要)?$")
_CENTRED = re.compile(r"以$")
_AS_CENTRE = re.compile(r"为(?:主|核心|中心|载体|重点|依托|龙头|主体|牵引|引领)[^，。；]{0,4}的")
_MARKS = re.compile(r"[\d¹²³⁴⁵,，*＊\s]{1,6}")
_SUPERSCRIPTS = str.maketrans("¹²³⁴⁵", "12345")
_ADDRESS_AHEAD = re.compile(r"[,，\s][^\n]{0,16}\d{6}")
_COMPANY = re.compile(r"[^，。、；,;的]{0,8}(?:公司|企业|厂商|集团|巨头|品牌)")
_ADDRESS = re.compile(r"[一-鿿]{0,4}[,，]?\s?\d{6}")
_UNIT_BREAK = re.compile(r"[，。；：,;:？！]|(?:指出|强调|表示|介绍|出席|会见|主持)")
