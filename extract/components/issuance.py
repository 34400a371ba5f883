"""Find when a policy, report or initiative was issued: the date beside a verb of issuing, or that of the signature.

The verbs and what may stand between them, the date and the title are in `[issuance]` of the packs.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from spacy.language import Language

from extract.annotate import Candidate
from ontology.model import DateValue

from ..packs import load_packs
from .modality import ModalityGrammar, load_modality, read_modality
from .reading import Lexicon, Mention, load_lexicon, read_document
from .triggers import words_pattern

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from spacy.tokens import Doc

    from ontology.model import Modality

    from .dates import DateMention

_WORKS = frozenset(("Policy", "Report", "Initiative"))
_END = re.compile(r"[。；！？\n]")
_HEAD = re.compile(r"[》”]|[（(][^（）()]*[）)]$")
_NOTICES = ("的通知", "的通告", "的公告", "的批复", "的函", "的复函", "的决定", "的意见")
_TITLE_LINES = 3
"""Lines at the head of a text in which its title may stand."""
_SIGNATURE = 40
"""Characters of the longest line that signs a document."""
_FARTHEST = 60
"""Characters between a date and the verb behind it."""


class Issuance(NamedTuple):
    """The section `issuance` of the packs, compiled.

    Attributes:
        to_title: A verb and what may stand between it and the title behind it, up to the title.
        behind: A title's brackets and what may stand between them and the date or the verb behind it.
        verb: A verb of issuing.
        other: Such a verb where it may stand between a date and the verb that the date is of.
        begun: A verb of beginning a campaign.
        force: A verb of coming into force, which tells the day only where nothing else does.
        since: What makes a date the beginning of a period.
        adopted: The line under a title that says when it was adopted.
        signing: What else the line of a signature may hold.
        above: The line above a date that stands alone, when the date is that of a signature.
        short: What stands for the work that was named last, in front of its verb: 该办法, 条例由….
        said: The line under a title that says when a report was made.
    """

    to_title: re.Pattern[str]
    behind: re.Pattern[str]
    verb: re.Pattern[str]
    other: re.Pattern[str]
    begun: re.Pattern[str]
    force: re.Pattern[str]
    since: re.Pattern[str]
    adopted: re.Pattern[str]
    signing: re.Pattern[str]
    above: re.Pattern[str]
    short: re.Pattern[str]
    said: re.Pattern[str]


@lru_cache(maxsize=8)
def load_issuance(packs: tuple[str, ...], excluded: frozenset[str] = frozenset()) -> Issuance:
    """Compile the section `issuance` of the packs."""
    section: Mapping[str, Any] = load_packs(packs, exclude_sources=excluded).section("issuance")
    verbs, force = words_pattern(section["verbs"]), words_pattern(section["force"])
    title = r"[《“][^》”\n]{2,60}[》”](?:（[^）]{1,20}）)?"
    return Issuance(
        to_title=re.compile(rf"(?P<verb>{verbs})(?:{section['between']})*(?:{title}[、和及与]?)*[《“]?$"),
        behind=re.compile(section["behind"]),
        verb=re.compile(verbs),
        other=re.compile(words_pattern(set(section["verbs"]) - set(section["prepositions"]))),
        begun=re.compile(words_pattern(section["begun"])),
        force=re.compile(force),
        since=re.compile(section["since"]),
        adopted=re.compile(section["adopted"]),
        signing=re.compile(section["signing"]),
        above=re.compile(section["above"]),
        short=re.compile(section["short"]),
        said=re.compile(section["said"]),
    )


@Language.factory("jiqun_issuance", default_config={"packs": ["base"], "exclude_sources": []})
def create_issuance(nlp: Language, name: str, packs: list[str], exclude_sources: list[str]) -> IssuanceFinder:
    """Create the component with the wordings of the packs."""
    key = (tuple(packs), frozenset(exclude_sources))
    return IssuanceFinder(load_lexicon(*key), load_issuance(*key), load_modality(*key))


class _Found(NamedTuple):
    """A date of a work, the passage that tells it, and how."""

    date: DateMention
    start: int
    end: int
    rule: str
    confidence: float


class IssuanceFinder:
    """Add candidates of `issuedOn` to `doc._.candidates`."""

    def __init__(self, lexicon: Lexicon, issuance: Issuance, modality: ModalityGrammar) -> None:
        self.lexicon = lexicon
        self.issuance = issuance
        self.modality = modality

    def __call__(self, doc: Doc) -> Doc:
        """Find the dates of the works that a document names."""
        reading = read_document(doc, self.lexicon)
        text = reading.text
        mentions = [m for sentence in reading.sentences for m in sentence.mentions]
        works = [m for m in mentions if m.label in _WORKS]
        if not works:
            return doc
        dates = [
            d
            for d in doc.user_data.get("dates", ())
            if d.exact and not d.future and not any(m.start <= d.start and d.end <= m.end for m in mentions)
        ]
        dated: set[str] = set()
        later: list[tuple[Mention, _Found]] = []
        for work, first, last in self._told(text, works):
            for found in self._in_sentence(text, first, last, dates):
                if found.rule == "in-force":
                    later.append((work, found))
                    continue
                dated.add(work.text)
                doc._.candidates.append(self._candidate(text, work, found))
        for work, found in self._of_title(text, works, dates):
            dated.add(work.text)
            doc._.candidates.append(self._candidate(text, work, found))
        for work, found in later:
            if work.text not in dated:
                doc._.candidates.append(self._candidate(text, work, found))
        return doc

    def _candidate(self, text: str, work: Mention, found: _Found) -> Candidate:
        said = text[found.start : found.end].replace(work.text, "")
        # A date of issue is told of what was issued: 推动, 实施 and their like are no demands beside one.
        modality: Modality = "planned" if read_modality(said, self.modality) == "planned" else "asserted"
        value = DateValue(found.date.value)
        return Candidate(
            work.span, "issuedOn", value, found.start, found.end, modality, f"issued/{found.rule}", found.confidence
        )

    def _told(self, text: str, works: list[Mention]) -> Iterator[tuple[Mention, int, int]]:
        """Yield each work with the place of a mention, and of each word that stands for it."""
        for work in works:
            yield work, work.start, work.end
        for match in self.issuance.short.finditer(text):
            head = match["head"]
            named = [w for w in works if w.end <= match.start() and _HEAD.sub("", w.text).endswith(head)]
            if named:
                yield named[-1], match.start(), match.end("head")

    def _in_sentence(self, text: str, first: int, last: int, dates: list[DateMention]) -> Iterator[_Found]:
        """Yield the date that a sentence tells of a work: in front of verb and title, around them, or behind."""
        start = max((m.end() for m in _END.finditer(text, max(0, first - 200), first)), default=max(0, first - 200))
        stop = _END.search(text, last)
        end = stop.start() if stop else len(text)
        before = [d for d in dates if start <= d.start and d.end <= first]
        issuing = self.issuance.to_title.search(text, start, first)
        if issuing is not None:
            near = [d for d in before if d.end <= issuing.start()]
            begun = self.issuance.begun.search(issuing["verb"]) is not None
            if near and self._reaches(text[near[-1].end : issuing.start()], near[-1], text, begun=begun):
                yield _Found(near[-1], near[-1].start, end, "date-verb-title", 0.9)
                return
        behind = self.issuance.behind.match(text, last, end)
        place = behind.end() if behind else last
        if before and not issuing:
            gap = text[before[-1].end : first].strip("，,《“ ")
            verb = self.issuance.verb.match(text, place, end)
            if (
                gap in ("", "的")
                and (verb or (gap == "的" and text[before[-1].start].isdigit()))
                and not self.issuance.since.search(_words(text, before[-1]))
            ):
                yield _Found(before[-1], before[-1].start, verb.end() if verb else last, "date-title-verb", 0.85)
                return
        date = next((d for d in dates if last <= d.start and d.end <= end), None)
        if date is None or not self._leads(text[last : date.start]):
            return
        clause = re.split("[，,；。]", text[date.end : end], maxsplit=1)[0]
        if self.issuance.verb.search(clause[:40]):
            rule, confidence = ("in-force", 0.65) if self.issuance.force.search(clause) else ("title-date-verb", 0.9)
            yield _Found(date, first, date.end + len(clause), rule, confidence)

    def _leads(self, gap: str) -> bool:
        """Whether what stands between a title and the date behind it still speaks of the title."""
        if len(gap) > _FARTHEST or "《" in gap or gap.lstrip("》”")[:1] in tuple("、和与及"):
            return False
        return "）" in gap or not re.search("[，,]", gap[1:-1])

    def _reaches(self, gap: str, date: DateMention, text: str, *, begun: bool) -> bool:
        """Whether a date still speaks of a verb behind it: no title, no other verb of issuing, not since then.

        What has been done since a date was begun then, if it is a campaign.
        """
        if (
            len(gap) > _FARTHEST
            or "《" in gap
            or (not begun and self.issuance.since.search(_words(text, date) + gap[:2]))
        ):
            return False
        return not self.issuance.other.search(gap)

    def _of_title(self, text: str, works: list[Mention], dates: list[DateMention]) -> Iterator[tuple[Mention, _Found]]:
        """Yield the date of the work that a text is, from the line under its title or from its signature."""
        lines = [(m.start(), m.end()) for m in re.finditer(r"[^\n]*\S[^\n]*", text)]
        titled = [
            work
            for work in works
            for start, end in lines[:_TITLE_LINES]
            if start <= work.start and work.end <= end and _fills(text[start:end], work)
        ]
        if not titled:
            return
        found = self._under_title(text, lines, dates) or self._signature(text, lines, dates)
        if found is not None:
            for work in titled:
                yield work, found

    def _under_title(self, text: str, lines: list[tuple[int, int]], dates: list[DateMention]) -> _Found | None:
        for start, end in lines[1 : _TITLE_LINES + 3]:
            inside = [d for d in dates if start <= d.start and d.end <= end]
            if not inside:
                continue
            line = text[start:end].strip()
            if self.issuance.adopted.fullmatch(line):
                return _Found(inside[0], start, end, "adopted", 0.9)
            if self.issuance.said.fullmatch(line):
                return _Found(inside[0], start, end, "delivered", 0.85)
        return None

    def _signature(self, text: str, lines: list[tuple[int, int]], dates: list[DateMention]) -> _Found | None:
        for index in range(len(lines) - 1, 0, -1):
            start, end = lines[index]
            line = text[start:end].strip()
            if len(line) > _SIGNATURE:
                continue
            date = next((d for d in dates if start <= d.start and d.end <= end and len(d.value) == 10), None)
            if date is None:
                continue
            rest = (text[start : date.start] + text[date.end : end]).strip(" 　（）()")
            above = text[slice(*lines[index - 1])].strip()
            if self.issuance.signing.fullmatch(rest) or (not rest and self.issuance.above.fullmatch(above)):
                return _Found(date, start, end, "signature", 0.85)
        return None


def _words(text: str, date: DateMention) -> str:
    return text[date.start : date.end]


def _fills(line: str, work: Mention) -> bool:
    """Whether a title line is a work, or announces it: 关于印发《…》的通知."""
    bare = line.strip(" 　《》#*")
    if bare == work.text.strip("《》"):
        return True
    announced = "印发" in bare or (work.end - work.start) * 2 >= len(bare)
    return announced and bare.endswith(_NOTICES)
