"""Read sentences: who is the subject where, which verb governs which mention, what is coordinated.

A shallow reading, left to right, that relations and observations share. The subject is carried over clauses and
sentences; where a text speaks of its own region all along (a work report), that region is the subject of what has none.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from ..packs import load_packs
from .triggers import compile_words, words_pattern

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from spacy.tokens import Doc, Span

ORGANIZATIONS = frozenset(("GovernmentBody", "Firm", "ResearchOrg", "Institution"))
ACTORS = ORGANIZATIONS | {"Region", "Zone", "Cluster", "Facility", "Platform"}
"""Classes that can be what a sentence is about."""
WORKS = frozenset(("Policy", "Initiative", "Event", "Report"))
"""Classes that say or call for something."""
NAMED_WORKS = WORKS | {"Zone", "Cluster", "Facility"}
PLACES = frozenset(("Region", "Zone"))


@dataclass(slots=True, eq=False)
class Mention:
    """A mention with what stands inside it.

    Attributes:
        start: First character.
        end: End offset, exclusive.
        label: Class of the entity.
        span: The mention in the document.
        children: Mentions directly inside, in order.
        twins: Mentions of other classes over the same characters.
        before: `locative`, `agent`, `object` or nothing: what the words in front make of it.
    """

    start: int
    end: int
    label: str
    span: Span
    children: list[Mention] = field(default_factory=list)
    twins: list[Mention] = field(default_factory=list)
    before: str = ""

    def as_class(self, classes: frozenset[str] | set[str]) -> Mention | None:
        """Return the mention of one of these classes over these characters."""
        if self.label in classes:
            return self
        for twin in self.twins:
            if twin.label in classes:
                return twin
        return None


class Verb(NamedTuple):
    """A trigger in a text."""

    start: int
    end: int
    word: str


Group = list[Mention]


@dataclass(slots=True, eq=False)
class Frame:
    """A verb with its subjects and objects.

    Attributes:
        clause: Index of the clause in the sentence.
        verb: The trigger, None for what stands in front of any.
        subjects: Who does it.
        kind: `explicit`, `locative`, `pivot`, `carried` or `default`: how sure the subject is.
        theme: The policy, meeting or report that says it.
        place: The place where it is done, of a locative.
        agent: Whom a passive names.
        objects: Coordinated mentions behind the verb, in order.
        position: Where the frame begins.
    """

    clause: int
    verb: Verb | None
    subjects: Group
    kind: str
    theme: Group
    place: Group
    agent: Group
    position: int
    objects: list[Group] = field(default_factory=list)
    heads: list[Group] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Sentence:
    """A sentence with its clauses, mentions and frames."""

    index: int
    start: int
    end: int
    clauses: list[tuple[int, int]]
    mentions: list[Mention] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    paragraph: int = 0
    inherited: Group = field(default_factory=list)
    inherited_kind: str = ""

    def subject_at(self, offset: int) -> tuple[Group, str]:
        """Return the subjects in force at an offset, and how sure they are."""
        subjects, kind = self.inherited, self.inherited_kind
        for frame in self.frames:
            if frame.position > offset:
                break
            subjects, kind = frame.subjects, frame.kind
        return subjects, kind


@dataclass(slots=True, eq=False)
class Reading:
    """A document as read.

    Attributes:
        text: The clean text.
        sentences: In order.
        main: The region that the text speaks of all along, or None.
        report: Whether the text tells about that region throughout, so that it is the elided subject.
    """

    text: str
    sentences: list[Sentence]
    main: Mention | None
    report: bool


class Lexicon(NamedTuple):
    """Words that the reading needs, compiled from the packs."""

    verbs: re.Pattern[str]
    patterns: Mapping[str, tuple[int, ...]]
    before: Mapping[str, str]
    pivot: frozenset[str]
    noun_after: re.Pattern[str]
    gap: re.Pattern[str]
    self_region: re.Pattern[str]
    provinces: frozenset[str]
    world: frozenset[str]
    titles: re.Pattern[str]
    relations: tuple[Mapping[str, Any], ...]


@lru_cache(maxsize=8)
def load_lexicon(packs: tuple[str, ...], excluded: frozenset[str] = frozenset()) -> Lexicon:
    """Compile the section `relations` of the packs."""
    section = load_packs(packs, exclude_sources=excluded).section("relations")
    words: Mapping[str, list[str]] = section["words"]
    relations = tuple(section["pattern"])
    patterns: dict[str, list[int]] = {}
    for index, pattern in enumerate(relations):
        for trigger in pattern["triggers"]:
            patterns.setdefault(trigger, []).append(index)
    for word in words["pivot"]:
        patterns.setdefault(word, [])
    before = dict.fromkeys(words["not_subject"], "object")
    before.update(dict.fromkeys(words["agent"], "agent"))
    before.update(dict.fromkeys(words["locative"], "locative"))
    return Lexicon(
        verbs=compile_words(patterns),
        patterns={word: tuple(indices) for word, indices in patterns.items()},
        before=before,
        pivot=frozenset(words["pivot"]),
        noun_after=compile_words(words["noun_after"]),
        gap=re.compile(
            rf"[”》）\)\"]?\s?(?:[、]|[，,]?(?:{words_pattern(words['list_gap'])})(?:在|以|其)?|/)?\s?[“《\"]?|[”》]?[、](?:[^，。；、：和与在]{{1,8}}[、和与])[“《]?"
        ),
        self_region=compile_words(words["self_region"]),
        provinces=frozenset(words["provinces"]),
        world=frozenset(words["world"]),
        titles=re.compile(words_pattern(words["titles"])),
        relations=relations,
    )


_SUFFIX = re.compile(r"(?:特别行政区|维吾尔自治区|壮族自治区|回族自治区|自治区|自治州|地区|省|市|县|区)$")


def plain_region(name: str) -> str:
    """Return a region's name without 省, 市 and the like.

    Example:
        >>> plain_region("河北省")
        '河北'
    """
    short = _SUFFIX.sub("", name)
    return short if len(short) > 1 else name


def read_document(doc: Doc, lexicon: Lexicon) -> Reading:
    """Return the reading of a document; the second caller gets the same one."""
    reading: Reading | None = doc.user_data.get("reading")
    if reading is None:
        reading = _read(doc, lexicon)
        doc.user_data["reading"] = reading
    return reading


def _read(doc: Doc, lexicon: Lexicon) -> Reading:
    text = doc.text
    clauses = [(c.start, c.end) for c in doc.spans["clauses"]]
    starts = [c[0] for c in clauses]
    sentences: list[Sentence] = []
    paragraph = 0
    for index, span in enumerate(doc.spans["sentences"]):
        start, end = span.start, span.end
        here = clauses[bisect_right(starts, start) - 1 : bisect_right(starts, end - 1)]
        sentence = Sentence(index, start, end, here, paragraph=paragraph)
        sentences.append(sentence)
        if "\n" in text[max(start, end - 3) : end]:
            paragraph += 1
    outer = nest_mentions(doc.spans["mentions"])
    _place_mentions(outer, sentences)
    main, report = find_main_region(text, outer, lexicon)
    reading = Reading(text, sentences, main, report)
    _Reader(reading, lexicon).read()
    return reading


def nest_mentions(spans: Sequence[Span]) -> list[Mention]:
    """Return the outermost mentions in order, each with what stands inside it.

    Of mentions that overlap in part, the earlier and longer one stays.
    """
    rows = sorted(((s.start, -s.end, -s._.score, s.label_, s) for s in spans), key=lambda r: r[:4])
    outer: list[Mention] = []
    stack: list[Mention] = []
    for start, minus_end, _, label, span in rows:
        mention = Mention(start, -minus_end, label, span)
        while stack and stack[-1].end <= start:
            stack.pop()
        if stack:
            top = stack[-1]
            if top.start == start and top.end == mention.end:
                if top.label != label:
                    top.twins.append(mention)
                continue
            if top.end < mention.end:
                continue
            top.children.append(mention)
        else:
            outer.append(mention)
        stack.append(mention)
    return outer


def _place_mentions(outer: Sequence[Mention], sentences: Sequence[Sentence]) -> None:
    index = 0
    for mention in outer:
        while index < len(sentences) and sentences[index].end <= mention.start:
            index += 1
        if index == len(sentences):
            break
        if mention.start >= sentences[index].start:
            sentences[index].mentions.append(mention)


def find_main_region(text: str, outer: Sequence[Mention], lexicon: Lexicon) -> tuple[Mention | None, bool]:
    """Return the region that a text is about, and whether it is the elided subject throughout."""
    counts: Counter[str] = Counter()
    first: dict[str, Mention] = {}
    own = len(lexicon.self_region.findall(text))
    title_end = text.find("\n")
    for mention in outer:
        _count_regions(mention, 1.0, title_end, counts, first, lexicon)
    if not counts:
        return None, False
    if own:
        for name in counts:
            if name in lexicon.provinces:
                counts[name] *= 2  # type: ignore[assignment]
    ranked = counts.most_common(2)
    best, weight = ranked[0]
    share = weight / sum(counts.values())
    second = ranked[1][1] if len(ranked) > 1 else 0
    report = own >= 2 or weight >= 2 * second or share >= 0.4
    return first[best], bool(report)


def _count_regions(
    mention: Mention, weight: float, title_end: int, counts: Counter[str], first: dict[str, Mention], lexicon: Lexicon
) -> None:
    if mention.label == "Region":
        words = mention.span.text
        if words not in lexicon.world and not lexicon.self_region.fullmatch(words):
            name = mention.span._.entity or plain_region(words)
            counts[name] += weight * (3 if mention.start < title_end < 80 else 1)  # type: ignore[assignment]
            first.setdefault(name, mention)
    for child in mention.children:
        _count_regions(child, weight * 0.5, title_end, counts, first, lexicon)


class _Reader:
    """Read the sentences of a document one after the other."""

    def __init__(self, reading: Reading, lexicon: Lexicon) -> None:
        self.reading = reading
        self.lexicon = lexicon
        self.text = reading.text

    def read(self) -> None:
        carried: Group = []
        theme: Group = []
        paragraph = -1
        main = [self.reading.main] if self.reading.main is not None else []
        for sentence in self.reading.sentences:
            if sentence.paragraph != paragraph:
                paragraph = sentence.paragraph
                theme = []
                if main and self.reading.report:
                    carried = []
            if carried:
                sentence.inherited, sentence.inherited_kind = carried, "carried"
            else:
                sentence.inherited, sentence.inherited_kind = main, "default"
            if sentence.mentions:
                subject, theme = self._read_sentence(sentence, theme)
                if subject:
                    carried = subject

    def _read_sentence(self, sentence: Sentence, theme: Group) -> tuple[Group, Group]:
        """Fill the frames of a sentence; return the subject and theme that go on to the next."""
        self._classify(sentence)
        self._group(sentence)
        verbs = self._verbs(sentence)
        current, kind = sentence.inherited, sentence.inherited_kind
        place: Group = []
        told: Group = []
        groups = sentence.groups
        gi = vi = 0
        last_verb: Verb | None = None
        for clause_index, (_, clause_end) in enumerate(sentence.clauses):
            items: list[Verb | Group] = []
            while True:
                group = groups[gi] if gi < len(groups) and groups[gi][0].start < clause_end else None
                verb = verbs[vi] if vi < len(verbs) and verbs[vi].start < clause_end else None
                if group is None and verb is None:
                    break
                if verb is None or (group is not None and group[0].start < verb.start):
                    items.append(group)  # type: ignore[arg-type]
                    gi += 1
                else:
                    items.append(verb)
                    vi += 1
            has_verb = any(isinstance(item, Verb) for item in items)
            governing = None if has_verb else last_verb
            clause_subject, clause_kind = current, kind
            agent: Group = []
            explicit = False
            frame = Frame(clause_index, governing, current, kind, theme, place, agent, sentence.clauses[clause_index][0])
            sentence.frames.append(frame)
            seen_verb = False
            for number, item in enumerate(items):
                following = items[number + 1] if number + 1 < len(items) else None
                if isinstance(item, Verb):
                    seen_verb = True
                    last_verb = item
                    frame = Frame(clause_index, item, current, kind, theme, place, agent, item.start)
                    sentence.frames.append(frame)
                    continue
                head = item[0]
                if head.label in ACTORS:
                    if head.before == "agent":
                        agent = item
                        frame = Frame(clause_index, frame.verb, current, kind, theme, place, agent, head.start)
                        sentence.frames.append(frame)
                        continue
                    if head.before == "locative" and head.label in ("Region", "Zone", "Facility", "Cluster"):
                        place = item
                        if not explicit and not seen_verb:
                            current, kind = item, "locative"
                            clause_subject, clause_kind = current, kind
                            told = current
                        frame = Frame(clause_index, frame.verb, current, kind, theme, place, agent, head.start)
                        frame.heads.append(item)
                        sentence.frames.append(frame)
                        continue
                    if head.before != "object" and (not seen_verb or self._is_pivot(frame, item, following)):
                        if seen_verb:
                            frame.objects.append(item)
                            current, kind = item, "pivot"
                        else:
                            current, kind = self._chain(item), "explicit"
                            clause_subject, clause_kind = current, kind
                            explicit = True
                            told = current
                        frame = Frame(clause_index, frame.verb, current, kind, theme, place, agent, head.start)
                        frame.heads.append(item)
                        sentence.frames.append(frame)
                        continue
                elif head.label in WORKS and head.before != "object" and not seen_verb:
                    theme = item
                    frame = Frame(clause_index, frame.verb, current, kind, theme, place, agent, head.start)
                    frame.heads.append(item)
                    sentence.frames.append(frame)
                    continue
                if seen_verb or governing:
                    frame.objects.append(item)
                    if head.label in WORKS and frame.verb is not None and frame.verb.word in _ISSUING:
                        theme = item
                else:
                    frame.heads.append(item)
            if kind == "pivot":
                current, kind = clause_subject, clause_kind
        return told, theme

    def _chain(self, group: Group) -> Group:
        """Return the subjects of a group, without the places in front of 的 or of an adjacent part."""
        return group

    def _is_pivot(self, frame: Frame, group: Group, following: Verb | Group | None) -> bool:
        """Whether a place or organisation behind a verb is the subject of the next verb."""
        if not isinstance(following, Verb):
            return False
        gap = self.text[group[-1].end : following.start]
        return len(gap) <= 4 and not _BREAKS.search(gap)

    def _classify(self, sentence: Sentence) -> None:
        text, before = self.text, self.lexicon.before
        for mention in sentence.mentions:
            start = mention.start
            while start > sentence.start and text[start - 1] in "“《\"‘":
                start -= 1
            for length in (3, 2, 1):
                word = text[max(sentence.start, start - length) : start]
                kind = before.get(word)
                if kind is not None:
                    mention.before = kind
                    break

    def _group(self, sentence: Sentence) -> None:
        """Join coordinated mentions of like classes."""
        text, gap = self.text, self.lexicon.gap
        groups = sentence.groups
        previous: Mention | None = None
        for mention in sentence.mentions:
            if (
                previous is not None
                and mention.start > previous.end
                and _alike(previous.label, mention.label)
                and mention.start - previous.end <= 12
                and gap.fullmatch(text, previous.end, mention.start)
                and text[previous.end : mention.start].strip("“”《》\" ")
            ):
                groups[-1].append(mention)
                mention.before = previous.before
            else:
                groups.append([mention])
            previous = mention

    def _verbs(self, sentence: Sentence) -> list[Verb]:
        text, noun_after = self.text, self.lexicon.noun_after
        verbs: list[Verb] = []
        mentions = sentence.mentions
        index = 0
        for match in self.lexicon.verbs.finditer(text, sentence.start, sentence.end):
            start, end = match.span()
            while index < len(mentions) and mentions[index].end <= start:
                index += 1
            if index < len(mentions) and mentions[index].start <= start:
                continue
            if noun_after.match(text, end) and match[0] not in _INTRANSITIVE:
                continue
            verbs.append(Verb(start, end, match[0]))
        return verbs


_BREAKS = re.compile(r"[，。；：、,;:的和与及等]")
_ISSUING = frozenset(("出台", "发布", "印发", "制定", "编制", "公布", "启动", "实施", "提出", "开展", "推出"))
_INTRANSITIVE = frozenset(
    ("落户", "落地", "投产", "开工", "召开", "举行", "举办", "开幕", "闭幕", "揭牌", "签约", "投运", "投用", "合作", "协同", "联动", "上线", "启用", "落成")
)
_LIKE = {
    **dict.fromkeys(("Region", "Zone"), "place"),
    **dict.fromkeys(("Facility", "Cluster", "Platform"), "thing"),
    **dict.fromkeys(("Firm", "ResearchOrg", "Institution", "GovernmentBody"), "organization"),
    **dict.fromkeys(("Policy", "Initiative", "Report"), "work"),
}


def _alike(first: str, second: str) -> bool:
    return first == second or _LIKE.get(first, first) == _LIKE.get(second, second)
