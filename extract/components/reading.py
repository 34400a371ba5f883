"""Read sentences: who is the subject where, which verb governs which mention, what is coordinated.

A shallow reading, left to right, that relations and observations share. The subject is carried over clauses and
sentences; where a text speaks of its own region all along (a work report), that region is the subject of what has none.
"""

from __future__ import annotations

import itertools
import re
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from extract.annotate import add_mention, mentions_of, text_of

from ..packs import load_packs
from .triggers import compile_words, words_pattern

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from spacy.tokens import Doc, Span

    from extract.annotate import Mention as Marked

    from ..packs import Region

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
        text: Its words.
        children: Mentions directly inside, in order.
        twins: Mentions of other classes over the same characters.
        before: `locative`, `agent`, `object` or nothing: what the words in front make of it.
        word: Those words.
    """

    start: int
    end: int
    label: str
    span: Span
    text: str
    children: list[Mention] = field(default_factory=list)
    twins: list[Mention] = field(default_factory=list)
    before: str = ""
    word: str = ""

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
        kind: How sure the subject is: `explicit` in the sentence, `pivot` (told to do it), `locative` (it happens
            there), `carried` from the sentence before, `far` from further back, `default` (the region that a report
            tells about) or `main` (the region that a text is mostly about).
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
    """A sentence with its clauses, mentions and frames.

    `places` holds each place where something is told to be: clause, place, who was the subject in front, how sure.
    """

    index: int
    start: int
    end: int
    clauses: list[tuple[int, int]]
    mentions: list[Mention] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    places: list[tuple[int, Group, Group, str]] = field(default_factory=list)
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
    describing: frozenset[str]
    described: re.Pattern[str]
    gap: re.Pattern[str]
    self_region: re.Pattern[str]
    provinces: frozenset[str]
    world: frozenset[str]
    short: Mapping[str, str]
    province_of: Mapping[str, str]
    news: re.Pattern[str]
    titles: re.Pattern[str]
    entering: frozenset[str]
    adopting: frozenset[str]
    issuing: frozenset[str]
    denied: re.Pattern[str]
    intransitive: frozenset[str]
    relations: tuple[Mapping[str, Any], ...]
    anaphor: re.Pattern[str]
    anaphors: Mapping[str, str]
    reliability: Mapping[str, float]
    minimum: float
    ceilings: Mapping[str, float]
    built: re.Pattern[str]
    means: re.Pattern[str]
    never_moved: re.Pattern[str]
    series_begin: re.Pattern[str]
    series_end: re.Pattern[str]
    assured: frozenset[str]
    buildable: frozenset[str]
    counting: re.Pattern[str]
    wholes: Mapping[str, list[str]]
    route: re.Pattern[str]
    byline: re.Pattern[str]
    author_before: re.Pattern[str]
    author_note: re.Pattern[str]
    author_note_end: re.Pattern[str]


@lru_cache(maxsize=8)
def load_lexicon(packs: tuple[str, ...], excluded: frozenset[str] = frozenset()) -> Lexicon:
    """Compile the section `relations` of the packs."""
    knowledge = load_packs(packs, exclude_sources=excluded)
    section = knowledge.section("relations")
    words: Mapping[str, list[str]] = section["words"]
    relations = tuple(section["pattern"])
    patterns: dict[str, list[int]] = {}
    for index, pattern in enumerate(relations):
        for trigger in pattern["triggers"]:
            patterns.setdefault(trigger, []).append(index)
    for word, indices in patterns.items():
        for cut in range(1, len(word)):
            indices.extend(i for i in patterns.get(word[cut:], ()) if i not in indices)
    for word in (*words["pivot"], *words["verbs"]):
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
        describing=frozenset(words["describing"]),
        described=re.compile(rf"(?:{words_pattern(words['described'])})*"),
        gap=re.compile(
            rf"[”》）\)\"]?\s?(?:[、]|[，,]?(?:{words_pattern(words['list_gap'])})(?:在|以|其)?|/)?\s?[“《\"]?|[”》]?[、](?:[^，。；、：和与在]{{1,8}}[、和与])[“《]?"
        ),
        self_region=compile_words(words["self_region"]),
        provinces=frozenset(words["provinces"]),
        world=frozenset(words["world"]),
        short=section["short"],
        province_of=_provinces_of(knowledge.regions),
        news=compile_words(words["news"]),
        titles=re.compile(words_pattern(words["titles"])),
        entering=frozenset(words["entering"]),
        adopting=frozenset(words["adopting"]),
        issuing=frozenset(words["issuing"]),
        denied=compile_words(words["denied"]),
        intransitive=frozenset(words["intransitive"]),
        relations=relations,
        anaphor=re.compile(
            rf"(?:{words_pattern(words['openers'])}|[，、：])*(?P<word>{words_pattern(section['anaphors'])})(?![的一-龥]{{0,2}}[区市县])"
        ),
        anaphors=section["anaphors"],
        reliability=section.get("reliability", {}),
        minimum=section.get("minimum", 0.0),
        ceilings=section.get("ceilings", {}),
        built=re.compile(section.get("built", {}).get("pattern", "(?!)")),
        series_begin=re.compile(section.get("series", {}).get("begin", "(?!)")),
        series_end=re.compile(section.get("series", {}).get("end", "(?!)")),
        assured=frozenset(section.get("assured", {}).get("rules", ())),
        never_moved=re.compile(section.get("moved", {}).get("never", "(?!)")),
        means=re.compile(section.get("means", {}).get("pattern", "(?!)")),
        buildable=frozenset(section.get("built", {}).get("classes", ())),
        counting=compile_words(section["wholes"]["words"]),
        wholes=section["wholes"]["members"],
        byline=re.compile(rf"(?:{knowledge.section('people').get('byline', '')})(?:[\\d\\s，、,]|$)*"),
        author_before=re.compile(rf"(?:{section['author_note']['before']})$"),
        author_note=re.compile(section["author_note"]["begin"]),
        author_note_end=re.compile(section["author_note"]["end"]),
        route=re.compile(
            rf"([一-鿿]{{2,4}}?)(?:{words_pattern(section['routes']['between'])})?(?:{words_pattern(section['routes']['kinds'])})"
        ),
    )


def _provinces_of(regions: Sequence[Region]) -> dict[str, str]:
    """Return the province of each city and county whose name is unique."""
    above = {region.id: region for region in regions}
    found: dict[str, str] = {}
    ambiguous: set[str] = set()
    for region in regions:
        top = region
        while top.kind != "province" and top.parent in above:
            top = above[top.parent]
        if top.kind == "province" and top is not region:
            name, province = plain_region(region.name), plain_region(top.name)
            if found.setdefault(name, province) != province:
                ambiguous.add(name)
    return {name: province for name, province in found.items() if name not in ambiguous}


_CERTAIN = 0.8
_DOUBTFUL, _MUCH_BETTER = 0.7, 0.29
"""As `nested_margin` of the resolution."""
_LONGEST_TITLE = 80
_SUFFIX = re.compile(r"(?:特别行政区|维吾尔自治区|壮族自治区|回族自治区|自治区|自治州|地区|省|市|县|区)$")


@lru_cache(maxsize=16384)
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
    text = text_of(doc)
    clauses: list[tuple[int, int]] = doc.user_data["clauses"]
    starts = [c[0] for c in clauses]
    sentences: list[Sentence] = []
    paragraph = 0
    for index, (start, end) in enumerate(doc.user_data["sentences"]):
        here = clauses[bisect_right(starts, start) - 1 : bisect_right(starts, end - 1)]
        sentence = Sentence(index, start, end, here, paragraph=paragraph)
        sentences.append(sentence)
        if text.find("\n", max(start, end - 3), end) >= 0:
            paragraph += 1
    clean = doc._.clean
    title = clean.metadata.title if clean is not None else ""
    outer = nest_mentions(mentions_of(doc).values(), text)
    _place_mentions(outer, sentences)
    main, report = find_main_region(text, outer, sentences, lexicon, title=title or "")
    if main is not None and report and main.span._.score < _CERTAIN:
        # A report is about its region even where it names it only inside other names.
        add_mention(doc, main.start, main.end, main.label, source="main-region", score=_CERTAIN)
    reading = Reading(text, sentences, main, report)
    _Reader(reading, lexicon).read()
    return reading


def find_passage(
    reading: Reading, sentence: Sentence, start: int, end: int, *, first: int | None = None
) -> tuple[int, int]:
    """Return the shortest run of whole clauses that holds what is said: two sentences and 200 characters at most.

    Args:
        reading: The document.
        sentence: The sentence that says it.
        start: First character of what must be held, in the sentence.
        end: Its end, exclusive.
        first: Where the subject or the object stands when it is in the sentence before.
    """
    first = start if first is None else first
    anchor = min(first, start)
    clauses = [c for c in sentence.clauses if c[0] < end and c[1] > start]
    start, end = clauses[0][0], clauses[-1][1]
    if sentence.index and first < sentence.start:
        before = reading.sentences[sentence.index - 1]
        if before.start <= first and end - before.start <= 200:
            start = next(c[0] for c in before.clauses if c[1] > first)
    while end - start > 200 and len(clauses) > 1:
        clauses.pop(0 if clauses[0][1] <= anchor else -1)
        start, end = clauses[0][0], clauses[-1][1]
    text = reading.text
    while end > start and text[end - 1].isspace():
        end -= 1
    while start < end and text[start].isspace():
        start += 1
    return start, min(end, start + 200)


def nest_mentions(marked: Iterable[Marked], text: str) -> list[Mention]:
    """Return the outermost mentions in order, each with what stands inside it.

    Of mentions that overlap in part, the earlier and longer one stays; one that holds a much better name of
    its class (山东港口集团加入东北亚港口联盟) is none.

    Args:
        marked: Mentions in any order.
        text: The text they are in.
    """
    rows = sorted(marked, key=lambda mention: (mention.start, -mention.end, mention.label))
    outer: list[Mention] = []
    stack: list[Mention] = []
    for row in _without_swallowing(rows):
        start, label = row.start, row.label
        mention = Mention(start, row.end, label, row.span, text[start : row.end])
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


def _without_swallowing(ordered: Sequence[Marked]) -> list[Marked]:
    """Leave out each mention that holds one of its class that is much better."""
    kept = []
    for index, own in enumerate(ordered):
        swallows = False
        if own.score < _DOUBTFUL:
            for other in itertools.islice(ordered, index + 1, None):
                if other.start >= own.end:
                    break
                is_inside = other.end <= own.end and (other.start > own.start or other.end < own.end)
                if other.label == own.label and is_inside:
                    swallows = swallows or other.score >= own.score + _MUCH_BETTER
        if not swallows:
            kept.append(own)
    return kept


def _place_mentions(outer: Sequence[Mention], sentences: Sequence[Sentence]) -> None:
    index = 0
    for mention in outer:
        while index < len(sentences) and sentences[index].end <= mention.start:
            index += 1
        if index == len(sentences):
            break
        if mention.start >= sentences[index].start:
            sentences[index].mentions.append(mention)


def find_main_region(
    text: str, outer: Sequence[Mention], sentences: Sequence[Sentence], lexicon: Lexicon, *, title: str = ""
) -> tuple[Mention | None, bool]:
    """Return the region that a text is about, and whether it is the elided subject throughout.

    A work report names its own province seldom and begins few sentences with a subject; there the province that it
    names most often is meant, however often its cities are named. News tells who does what; there a region must
    stand out and be in the headline.
    """
    counts: Counter[str] = Counter()
    votes: Counter[str] = Counter()
    first: dict[str, Mention] = {}
    title_end = text.find("\n")
    for mention in outer:
        _count_regions(mention, 1.0, title_end, counts, votes, first, lexicon)
    ruled = _ruled_zone(text, outer, title_end)
    if ruled is not None or not counts:
        return ruled, False
    own = len(lexicon.self_region.findall(text))
    share = _opening_share(sentences)
    news = lexicon.news.search(text, 0, 400)
    told = {name: n + votes[name] for name, n in counts.items() if name in lexicon.provinces}
    best = max(told, key=lambda name: (told[name], -first[name].start)) if told else ""
    if news:
        report = own >= 3 and share < 0.25
    else:
        stands_out = told and told[best] >= 0.5 * sum({**votes, **told}.values())
        report = share < (0.5 if own or stands_out else 0.35) and (own > 1 or bool(stands_out))
    if best and (report or (own and told[best] * 2 >= max(counts.values()))):
        named = sum(_names_region(sentence, best, lexicon) for sentence in sentences)
        return first[best], report and named <= 0.15 * len(sentences) + 1
    zones = Counter(m.text for m in outer if m.label == "Zone")
    for name, n in zones.most_common(1):
        if n >= 4 and n >= 2 * max(counts.values()):
            return next(m for m in outer if m.label == "Zone" and m.text == name), report
    ranked = counts.most_common(2)
    best, weight = ranked[0]
    if news and best not in text[:title_end] and best not in title:
        return None, False
    is_in_title = best in text[: max(0, title_end)] or best in title
    if not is_in_title and _is_only_told_to(text, outer, best, lexicon):
        return None, False
    if report or len(ranked) == 1 or weight >= 2 * ranked[1][1] or weight >= 0.4 * sum(counts.values()):
        return first[best], report
    return None, False


def _is_only_told_to(text: str, outer: Sequence[Mention], name: str, lexicon: Lexicon) -> bool:
    """Whether a text names a region only as the one that somebody else is to help: 支持甘州市开展试点."""
    places = [m for m in outer if m.label == "Region" and plain_region(m.text) == name]
    return bool(places) and all(text[max(0, m.start - 2) : m.start] in lexicon.pivot for m in places)


def _ruled_zone(text: str, outer: Sequence[Mention], title_end: int) -> Mention | None:
    """Return the zone in the title of a rule that later speaks of 示范区, 合作区 and the like only."""
    if title_end > _LONGEST_TITLE:
        return None  # a text without a title begins with a paragraph
    for mention in outer:
        if mention.start > title_end:
            return None
        for part in (mention, *mention.children):
            if part.label == "Zone" and text.count(part.text[-3:]) >= 5:
                return part
    return None


def _names_region(sentence: Sentence, name: str, lexicon: Lexicon) -> bool:
    for mention in sentence.mentions:
        if mention.label == "Region":
            plain = plain_region(mention.text)
            if lexicon.short.get(plain, plain) == name:
                return True
    return False


def _opening_share(sentences: Sequence[Sentence]) -> float:
    """Return the share of sentences that begin with somebody who does something."""
    told = opened = 0
    for sentence in sentences:
        if sentence.end - sentence.start < 15:
            continue
        told += 1
        for mention in sentence.mentions[:2]:
            if mention.start - sentence.start > 10:
                break
            if mention.label in ACTORS:
                opened += 1
                break
    return opened / told if told else 1.0


def _count_regions(
    mention: Mention,
    weight: float,
    title_end: int,
    counts: Counter[str],
    votes: Counter[str],
    first: dict[str, Mention],
    lexicon: Lexicon,
) -> None:
    if mention.label == "Region":
        words = mention.text
        if words not in lexicon.world and not lexicon.self_region.fullmatch(words):
            name = plain_region(words)
            name = lexicon.short.get(name, name)
            counts[name] += weight * (3 if mention.start < title_end < _LONGEST_TITLE else 1)  # type: ignore[assignment]
            first.setdefault(name, mention)
            province = lexicon.province_of.get(name)
            if province:
                votes[province] += weight  # type: ignore[assignment]
    for child in mention.children:
        _count_regions(child, weight * 0.5, title_end, counts, votes, first, lexicon)


class _Reader:
    """Read the sentences of a document one after the other."""

    def __init__(self, reading: Reading, lexicon: Lexicon) -> None:
        self.reading = reading
        self.lexicon = lexicon
        self.text = reading.text
        self.latest: dict[str, Group] = {}

    def read(self) -> None:
        carried: Group = []
        theme: Group = []
        paragraph = told_at = -1
        main = [self.reading.main] if self.reading.main is not None else []
        for sentence in self.reading.sentences:
            if sentence.paragraph != paragraph:
                paragraph = sentence.paragraph
                theme = []
                if main:
                    carried = []
            if theme and not _GOES_ON.match(self.text, sentence.start):
                theme = []
            if carried and not self.reading.report:
                sentence.inherited = carried
                sentence.inherited_kind = "carried" if sentence.index - told_at < 2 else "far"
            else:
                sentence.inherited, sentence.inherited_kind = main, "default" if self.reading.report else "main"
            if sentence.mentions:
                subject, theme = self._read_sentence(sentence, theme)
                if subject:
                    goes_on = subject[0].label != "GovernmentBody"
                    carried, told_at = subject if goes_on else [], sentence.index

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
            has_verb = False
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
                    has_verb = True
            governing = None if has_verb else last_verb
            opening = sentence.clauses[clause_index][0]
            if self.reading.report and kind != "default" and not _COMPARES.match(self.text, opening):
                current, kind = sentence.inherited, sentence.inherited_kind
            anaphor = self.lexicon.anaphor.match(self.text, opening, clause_end)
            if anaphor and not (items and not isinstance(items[0], Verb) and items[0][0].start < anaphor.end()):
                meant = self.latest.get(self.lexicon.anaphors[anaphor["word"]])
                if meant:
                    current, kind = meant, "carried"
                    told = meant
            clause_subject, clause_kind = current, kind
            agent: Group = []
            explicit = False
            frame = Frame(
                clause_index, governing, current, kind, theme, place, agent, sentence.clauses[clause_index][0]
            )
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
                self._remember(item)
                if head.label in ACTORS:
                    if head.before == "agent":
                        agent = item
                        frame = Frame(clause_index, frame.verb, current, kind, theme, place, agent, head.start)
                        sentence.frames.append(frame)
                        continue
                    if head.before == "locative" and head.label in ("Region", "Zone", "Facility", "Cluster"):
                        place = item
                        here = [m for m in theme if m.label == "Event" and m.start >= sentence.start]
                        sentence.places.append((clause_index, item, here or current, "explicit" if here else kind))
                        if not explicit and not seen_verb:
                            current, kind = item, "locative"
                            clause_subject, clause_kind = current, kind
                            if item[0].start - sentence.start < 12:
                                told = current
                        frame = Frame(clause_index, frame.verb, current, kind, theme, place, agent, head.start)
                        frame.heads.append(item)
                        sentence.frames.append(frame)
                        continue
                    if current and head.label == "Region" and self.text[current[-1].end : head.start] == "等":
                        continue
                    if head.text in self.lexicon.world and (seen_verb or explicit):
                        frame.objects.append(item)
                        continue
                    if (head.before != "object" or head.word in self.lexicon.pivot) and (
                        not seen_verb or self._is_pivot(frame, item, following)
                    ):
                        if seen_verb:
                            frame.objects.append(item)
                            current, kind = item, "pivot"
                        else:
                            current, kind = item, "explicit"
                            clause_subject, clause_kind = current, kind
                            explicit = True
                            if head.text not in self.lexicon.world or head.start - sentence.start < 6:
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
                    if head.label in WORKS and frame.verb is not None and frame.verb.word in self.lexicon.issuing:
                        theme = item
                else:
                    frame.heads.append(item)
            if kind == "pivot":
                current, kind = clause_subject, clause_kind
        return told, theme

    def _remember(self, group: Group) -> None:
        """Keep the last thing of each class, which 该公司, 项目 or 三地 will mean."""
        head = group[0]
        self.latest[head.label] = group
        if head.label == "Region" and (len(group) > 1 or all(c in self.lexicon.short for c in plain_region(head.text))):
            self.latest["places"] = group

    def _is_pivot(self, frame: Frame, group: Group, following: Verb | Group | None) -> bool:
        """Whether a place or organisation behind a verb is the subject of the next verb."""
        if not isinstance(following, Verb):
            return False
        gap = self.text[group[-1].end : following.start]
        return len(gap) <= 8 and not _BREAKS.search(gap)

    def _classify(self, sentence: Sentence) -> None:
        text, before = self.text, self.lexicon.before
        previous: Mention | None = None
        for mention in sentence.mentions:
            if mention.label == "Policy" and _PERIOD.match(text, mention.end):
                mention.before = "object"
                continue
            start = mention.start
            while start > sentence.start and text[start - 1] in '“《"‘':
                start -= 1
            for length in (3, 2, 1):
                word = text[max(sentence.start, start - length) : start]
                kind = before.get(word)
                if kind is not None:
                    mention.before, mention.word = kind, word
                    break
            else:
                if previous is not None and previous.end == mention.start and previous.label == "Region":
                    mention.before, mention.word = previous.before, previous.word
            previous = mention

    def _group(self, sentence: Sentence) -> None:
        """Join coordinated mentions of like classes."""
        text, gap = self.text, self.lexicon.gap
        groups = sentence.groups
        previous: Mention | None = None
        for mention in sentence.mentions:
            if (
                previous is not None
                and previous.label == mention.label == "Region"
                and previous.end == mention.start
                and previous.end - previous.start == mention.end - mention.start == 1
            ) or (
                previous is not None
                and mention.start > previous.end
                and _alike(previous.label, mention.label)
                and mention.start - previous.end <= 12
                and gap.fullmatch(text, previous.end, mention.start)
                and text[previous.end : mention.start].strip('“”《》" ')
                and not (mention.label in ACTORS and _WITH.search(text, previous.end, mention.start))
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
            word = match[0]
            if noun_after.match(text, end) and word not in self.lexicon.intransitive:
                following = mentions[index].start if index < len(mentions) else sentence.end
                passive = index and mentions[index - 1].before == "agent" and start - mentions[index - 1].end < 12
                if not passive and (text[end] != "的" or following - end > 10):
                    continue
            if verbs and word in self.lexicon.describing and self._describes(verbs[-1], (start, end), sentence):
                continue
            verbs.append(Verb(start, end, word))
        return verbs

    def _describes(self, verb: Verb, word: tuple[int, int], sentence: Sentence) -> bool:
        """Whether a word right behind a verb begins what describes the verb's object: 打造具有国际影响力的科学城."""
        start, end = word
        described = self.lexicon.described.fullmatch(self.text, verb.end, start)
        return described is not None and _DESCRIPTION.match(self.text, end, sentence.end) is not None


_BREAKS = re.compile(r"[，。；：、,;:的和与及]|等.*[^等地市区县省企业单位方]")
_WITH = re.compile(r"[与同跟]")
_DESCRIPTION = re.compile(r"[^，。；：、,;:]{1,16}?的(?![，。；、,;])")
_PERIOD = re.compile(r"[”\"]?(?:时期|期间|以来|开局|末|收官|之年|第一年|首年)")
_GOES_ON = re.compile(
    r"[“《]?(?:其中|该|本|这|方案|规划|条例|意见|计划|纲要|通知|会议|大会|论坛|峰会|提出|明确|要求|强调|指出|报告|活动)"
)
_COMPARES = re.compile(r"(?:其中|同比|环比|增长|增幅|增速|下降|占|达|居|位居|均|年均|较|比)")
_LIKE = {
    **dict.fromkeys(("Region", "Zone"), "place"),
    **dict.fromkeys(("Facility", "Cluster", "Platform"), "thing"),
    **dict.fromkeys(("Firm", "ResearchOrg", "Institution", "GovernmentBody"), "organization"),
    **dict.fromkeys(("Policy", "Initiative", "Report"), "work"),
}


def _alike(first: str, second: str) -> bool:
    return first == second or _LIKE.get(first, first) == _LIKE.get(second, second)
