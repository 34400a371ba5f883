"""Find what is measured of whom: (place or organisation, measure × value × unit × comparison × period).

The subject is the place, organisation or named thing that the sentence is about (see `reading`); an industry goes into
the measure. Growth behind a level takes the level's measure with it: 增加值2万亿元，同比增长7.5% is
增加值同比增长 7.5 %.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from spacy.language import Language

from extract.annotate import Candidate
from ontology.model import Observation

from ..packs import load_packs
from .modality import ModalityGrammar, load_modality, read_modality
from .reading import ACTORS, Group, Lexicon, Mention, Reading, Sentence, load_lexicon, read_document
from .respectively import NOBODY, OWNERS, Owners, Share, Wording, figures_of_all, figures_of_each, load_wording
from .triggers import words_pattern

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from spacy.tokens import Doc

    from .dates import DateMention
    from .quantities import Quantity

_HOLDERS = frozenset(("Facility", "Cluster", "Zone", "Platform"))
"""Classes whose names hold figures of their own: 若羌400万千瓦光伏项目."""


class MeasureGrammar(NamedTuple):
    """Compiled wordings of measures."""

    leading: re.Pattern[str]
    trailing: re.Pattern[str]
    at_end: re.Pattern[str]
    only_growth: re.Pattern[str]
    stop: re.Pattern[str]
    stop_behind: re.Pattern[str]
    into: re.Pattern[str]
    yearly: re.Pattern[str]
    works: re.Pattern[str]
    yearly_measure: str
    place_measure: str
    heads: re.Pattern[str]
    implied: Mapping[str, str]
    scope: re.Pattern[str]
    within: re.Pattern[str]
    reach: re.Pattern[str]
    reach_measure: str
    named: re.Pattern[str]
    of_people: re.Pattern[str]
    source: re.Pattern[str]
    sources: frozenset[str]
    lasting: frozenset[str]


@lru_cache(maxsize=8)
def load_measures(packs: tuple[str, ...], excluded: frozenset[str] = frozenset()) -> MeasureGrammar:
    """Compile the wordings of measures."""
    section: Mapping[str, Any] = load_packs(packs, exclude_sources=excluded).section("quantities")
    measure = section["measure"]
    growth = words_pattern(measure["growth"])
    return MeasureGrammar(
        leading=re.compile(f"(?!{words_pattern(measure['whole'])}){words_pattern(measure['leading'])}"),
        trailing=re.compile(words_pattern(w[::-1] for w in measure["trailing"])),
        at_end=re.compile(rf"(?:同比|环比|年均|平均|累计|实际|名义|分别|均)*(?:{growth})(?:了|约|超)?$"),
        only_growth=re.compile(
            rf"(?:同比|环比|较?上?年?均|年均|实际|名义|平均|累计|分别|预计|比上年|比去年|增速|两年|五年|其|约|再|均|将)*(?:{growth}).{{0,10}}"
        ),
        stop=re.compile(words_pattern(measure["stop"])),
        stop_behind=re.compile(words_pattern(measure["stop_behind"])),
        into=re.compile(words_pattern(measure["into"])),
        yearly=re.compile(rf"(?:{words_pattern(measure['yearly'])})$"),
        works=re.compile(measure["works"]),
        yearly_measure=measure["yearly_measure"],
        place_measure=section["rank"]["measure"],
        heads=re.compile(rf"(?:{words_pattern(measure['heads'])})$"),
        implied=section["implied"],
        scope=re.compile(rf"(?:{words_pattern(measure['scope'])})$"),
        within=re.compile(words_pattern(measure["within"])),
        reach=re.compile(measure["reach"]),
        reach_measure=measure["reach_measure"],
        named=re.compile("|".join(measure["named"])),
        of_people=re.compile(rf"(?:{words_pattern(measure['of_people'])})$"),
        source=re.compile(measure["source"]),
        sources=frozenset(measure["sources"]),
        lasting=frozenset(measure["lasting"]),
    )


@Language.factory("jiqun_observations", default_config={"packs": ["base"], "exclude_sources": []})
def create_observations(nlp: Language, name: str, packs: list[str], exclude_sources: list[str]) -> ObservationFinder:
    """Create the component with the wordings of the packs."""
    key = (tuple(packs), frozenset(exclude_sources))
    return ObservationFinder(load_lexicon(*key), load_measures(*key), load_modality(*key), load_wording(*key))


class ObservationFinder:
    """Add candidates of `observed` to `doc._.candidates`, and all that is measured to `doc.user_data["measured"]`.

    What counts nothing since its number belongs to a name is left in `doc.user_data["unmeasured"]`: the linker has
    learned with it, and what it accepts of it is taken back in the end.
    """

    def __init__(
        self, lexicon: Lexicon, grammar: MeasureGrammar, modality: ModalityGrammar, respectively: Wording
    ) -> None:
        self.lexicon = lexicon
        self.respectively = respectively
        self.modality = modality
        self.grammar = grammar

    def __call__(self, doc: Doc) -> Doc:
        """Find the observations of a document."""
        quantities: Sequence[Quantity] = doc.user_data.get("quantities", ())
        if quantities:
            reading = read_document(doc, self.lexicon)
            measured = doc.user_data["measured"] = []
            owners = doc.user_data[OWNERS] = {}
            dates = doc.user_data.get("dates", ())
            doc._.candidates.extend(self._find(reading, quantities, dates, measured, owners))
            doc.user_data["unmeasured"] = [
                seen for quantity, seen in measured if self.grammar.named.match(reading.text, quantity.start)
            ]
        return doc

    def _find(
        self,
        reading: Reading,
        quantities: Sequence[Quantity],
        dates: Sequence[DateMention],
        measured: list[tuple[Quantity, Observation]],
        owners: Owners,
    ) -> Iterator[Candidate]:
        index = 0
        for sentence in reading.sentences:
            here: list[Quantity] = []
            while index < len(quantities) and quantities[index].number < sentence.end:
                if quantities[index].number >= sentence.start:
                    here.append(quantities[index])
                index += 1
            if here:
                told = [d for d in dates if d.start < sentence.end and d.end > sentence.start]
                yield from self._in_sentence(reading, sentence, here, told, measured, owners)

    def _in_sentence(
        self,
        reading: Reading,
        sentence: Sentence,
        quantities: list[Quantity],
        dates: list[DateMention],
        measured: list[tuple[Quantity, Observation]],
        owners: Owners,
    ) -> Iterator[Candidate]:
        text = reading.text
        base = ""
        shares = figures_of_each(text, sentence, quantities, self.respectively, self.grammar.only_growth)
        alike = figures_of_all(text, sentence, quantities, self.respectively, self.grammar.only_growth)
        everybody = {(s.subject.start, s.subject.end) for s in shares.values() if s.subject is not None}
        told: list[tuple[Group, str, str]] = []
        for number, quantity in enumerate(quantities):
            holder = _holder(sentence, quantity)
            clause = next(
                (c for c in sentence.clauses if c[0] <= quantity.number < c[1]), (sentence.start, sentence.end)
            )
            if holder is not None:
                if holder.label not in _HOLDERS:
                    told.append(([], "", ""))
                    continue
                subjects: Group = [holder]
                kind = "explicit"
                measure = self.grammar.implied.get(quantity.unit) or _right(text, quantity, holder.end, self.grammar)
            else:
                subjects, kind = _subjects(sentence, quantity, clause)
                subjects = [s for s in subjects if not self._is_source(text, s) and not self._is_past(s, kind)]
                before = quantities[number - 1] if number else None
                last = _series(text, quantities, number)
                measure, base = self._measure(text, sentence, quantity, last, clause, before, base, subjects, dates)
                if (share := shares.get(number)) is not None:
                    subjects, kind, measure = self._share(share, told, subjects, kind)
            if quantity.among and measure:
                measure = f"{measure}{quantity.among}{self.grammar.place_measure}"
            told.append((subjects, kind, measure))
            if not measure or (quantity.bare and _numbers_a_line(text, quantity, sentence)):
                continue
            period = _period(dates, quantity, clause)
            unit = "人" if quantity.bare and self.grammar.of_people.search(measure) else quantity.unit
            seen = [
                Observation(words, quantity.value, quantity.factor, unit, quantity.comparison, period)
                for words in dict.fromkeys(map(self._strip, alike[number]) if number in alike else [measure])
            ]
            measured.extend((quantity, observation) for observation in seen)
            if number in shares and everybody:
                own, all_of_them = owners.get(seen[0], NOBODY)
                owners[seen[0]] = (own | {(s.start, s.end) for s in subjects}, all_of_them | everybody)
            start, end = _trim(text, clause[0], clause[1])
            rule = f"measured/{kind}"
            confidence = self.lexicon.reliability.get(f"observed:{rule}", _CONFIDENCE.get(kind, 0.5))
            if confidence < self.lexicon.minimum or not subjects:
                continue
            modality = read_modality(text[start:end], self.modality)
            for subject in subjects:
                begin = start
                if sentence.start <= subject.start < start and end - subject.start <= 200:
                    begin = next(c[0] for c in sentence.clauses if c[0] <= subject.start < c[1])
                for observation in seen:
                    yield Candidate(
                        subject=subject.span,
                        relation="observed",
                        object=observation,
                        start=begin,
                        end=end,
                        modality=modality,
                        rule=rule,
                        confidence=confidence,
                    )

    def _is_source(self, text: str, subject: Mention) -> bool:
        """Whether a subject only tells a figure: 国家统计局公布，工业增加值增长5%."""
        return subject.label in self.grammar.sources and bool(self.grammar.source.match(text, subject.end))

    def _is_past(self, subject: Mention, kind: str) -> bool:
        """Whether the text went on from a subject of sentences before."""
        return kind == "far" and subject.label not in self.grammar.lasting

    def _share(
        self, share: Share, told: Sequence[tuple[Group, str, str]], subjects: Group, kind: str
    ) -> tuple[Group, str, str]:
        """Return whom and what a number is about that belongs to one of a list."""
        if share.base is not None:
            subjects, kind, measure = told[share.base]
            return subjects, kind, f"{measure}{share.measure}" if measure else ""
        if share.subject is not None:
            subjects, kind = [share.subject], "explicit"
        toward = self.respectively.toward.match(share.measure)  # 对东盟出口 keeps its 对
        kept = toward[0] if toward else ""
        measure = self._strip(share.measure[len(kept) :])
        return subjects, kind, kept + measure if measure else share.measure

    def _measure(
        self,
        text: str,
        sentence: Sentence,
        quantity: Quantity,
        last: Quantity,
        clause: tuple[int, int],
        before: Quantity | None,
        base: str,
        subjects: Group,
        dates: list[DateMention],
    ) -> tuple[str, str]:
        """Return the measure of a quantity, and the base that growth behind it refers to."""
        grammar = self.grammar
        limit = clause[0]
        if before is not None:
            limit = max(limit, before.end)
        for subject in subjects:
            if subject.end <= quantity.start:
                limit = max(limit, subject.end)
        for date in dates:
            if limit <= date.start < quantity.start and date.start - limit < 3:
                limit = max(limit, date.end)
        stop = quantity.start
        for date in dates:
            if limit < date.start and date.end <= stop and stop - date.end < 4:
                stop = date.start
        before_it = text[limit : max(limit, stop)]
        if _NUMBERS.search(before_it):
            return "", ""
        is_second = base and before is not None and clause[0] <= before.start
        if is_second and grammar.into.fullmatch(before_it):
            return base, base
        left = self._strip(before_it)
        if grammar.yearly.search(before_it):
            made = grammar.works.sub("", _right(text, last, clause[1], grammar))
            if made:
                return f"{made}{grammar.yearly_measure}", ""
        if quantity.counted:
            right = _right(text, last, sentence.end if last is not quantity else clause[1], grammar)
            if right:
                return right, right
        implied = grammar.implied.get(quantity.unit, "")
        if implied and grammar.scope.search(left):
            return implied, implied
        if not left:
            right = _right(text, quantity, clause[1], grammar)
            if implied and not base and (within := _within(text, quantity, clause[1], grammar)):
                return f"{within}{grammar.reach_measure}", base
            if not base and (not right or grammar.within.fullmatch(right)):
                return implied, base
            return (base, base) if base else (right, base)
        if grammar.only_growth.fullmatch(left) and base:
            return base + _share(left), base
        return _share(left), grammar.at_end.sub("", left) or base

    def _strip(self, words: str) -> str:
        leading, trailing = self.grammar.leading, self.grammar.trailing
        begin = 0
        while match := leading.match(words, begin):
            begin = match.end()
        reverse = words[begin:][::-1]
        end = 0
        while match := trailing.match(reverse, end):
            end = match.end()
        return _without_lone_marks(reverse[end:][::-1].strip('《》" 的'))


_CONFIDENCE = {"explicit": 0.8, "locative": 0.6, "pivot": 0.6, "carried": 0.5, "default": 0.8}
"""How sure a figure is of a subject that is as sure as this, unless it was measured."""


def _numbers_a_line(text: str, quantity: Quantity, sentence: Sentence) -> bool:
    """Whether a number without unit counts nothing: a note in front of a name, a postcode, the end of a line."""
    if quantity.factor > 1:
        return False
    if any(m.start <= quantity.unit_end + 1 < m.end and m.label != "Topic" for m in sentence.mentions):
        return True
    return quantity.value >= 100000 or not text[quantity.unit_end : quantity.unit_end + 1].strip("，。；、,;）) \n")


_NUMBERS = re.compile(r"\d[、和与及]$")
"""In front of the last of numbers that share its unit (分别提高20.9、36.2、54个百分点): whose each is, is not read."""
_JOINTS = re.compile(r"[、和与及]?")
_DIGIT = re.compile(r"\d")


def _series(text: str, quantities: Sequence[Quantity], number: int) -> Quantity:
    """Return the last of the numbers that count one noun together: 256类、3158项数据."""
    last = quantities[number]
    for following in quantities[number + 1 :]:
        if not (last.counted and following.counted and _JOINTS.fullmatch(text, last.end, following.start)):
            break
        last = following
    return last


def _without_lone_marks(words: str) -> str:
    """Drop quotation marks that have no partner, with what stands behind a lone closing one, and a pair around all."""
    opened = words.find("“")
    closed = words.find("”")
    if closed >= 0 and (opened < 0 or closed < opened):
        return _without_lone_marks(words[closed + 1 :] if closed == 0 else words[:closed])
    if opened >= 0 and closed < 0:
        return words.replace("“", "")
    if opened == 0 and closed == len(words) - 1:
        return words[1:-1]
    return words


def _share(words: str) -> str:
    """占全国 becomes 占全国比重."""
    if words.endswith(("比重", "比例", "份额", "占比")):
        return words
    return f"{words}比重" if _OF_ALL.search(words) else words


_OF_ALL = re.compile(r"占(?!比|地|用|据)[^占]*$")


def _holder(sentence: Sentence, quantity: Quantity) -> Mention | None:
    for mention in sentence.mentions:
        if mention.start <= quantity.number < mention.end:
            return mention
        if mention.start > quantity.number:
            break
    return None


def _subjects(sentence: Sentence, quantity: Quantity, clause: tuple[int, int]) -> tuple[Group, str]:
    """Return who the number is about: the works or actors in force in front of it."""
    subjects, kind = sentence.subject_at(quantity.number)
    frame = None
    for candidate in sentence.frames:
        if candidate.position > quantity.number:
            break
        frame = candidate
    if frame is not None and frame.theme:
        theme = frame.theme[-1]
        last = max((s.start for s in subjects if s.start >= sentence.start), default=-1)
        if (
            theme.start >= clause[0]
            and theme.start > last
            and theme.end <= quantity.number
            and theme.label != "Initiative"
        ):
            return frame.theme, "explicit"
    return [s for s in subjects if s.label in ACTORS], kind


def _right(text: str, quantity: Quantity, limit: int, grammar: MeasureGrammar) -> str:
    """Return the noun that a classifier counts."""
    start = quantity.end
    if text[start : start + 1] == "的":
        start += 1
    changed = grammar.into.match(text, start, limit)
    if changed and text[changed.end() : changed.end() + 1].isdigit():
        return ""
    match = grammar.stop.search(text, start, limit)
    end = match.start() if match else limit
    if match and match[0] == "“" and end - start < 12:
        close = text.find("”", end)
        if 0 < close < limit:
            match = grammar.stop.search(text, close, limit)
            end = match.start() if match else limit
    if behind := grammar.stop_behind.search(text, start + 2, end):
        end = behind.start()
    elif grammar.stop_behind.match(text, start, end):
        return ""
    noun = _without_lone_marks(text[start:end].strip('《》" \n'))
    if digit := _DIGIT.search(noun):
        noun = noun[: digit.start()]
    return noun if len(noun) >= 2 else ""


def _within(text: str, quantity: Quantity, limit: int, grammar: MeasureGrammar) -> str:
    """Return what a clause says of all within an area or a distance: 设备部署 of 600平方公里范围内的设备部署."""
    reach = grammar.reach.match(text, quantity.end, limit)
    if reach is None:
        return ""
    noun = _right(text, quantity._replace(end=reach.end()), limit, grammar)
    return noun if text[reach.end() + len(noun) : limit].strip(" \n，,。；;") == "" else ""


def _period(dates: list[DateMention], quantity: Quantity, clause: tuple[int, int]) -> str | None:
    """Return the date in the clause, else the nearest one in front within the sentence."""
    nearest = None
    for date in dates:
        if date.start < quantity.number or (date.end <= clause[1] and nearest is None):
            nearest = date
    return nearest.value if nearest else None


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while end > start and text[end - 1].isspace():
        end -= 1
    while start < end and text[start].isspace():
        start += 1
    return start, end
