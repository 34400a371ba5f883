"""Find who says what: speakers of facts, and what meetings, people, reports and bodies call for.

A call is a candidate `calledFor` from who calls to a span labelled `Statement`, the words called for; the topics in
these words hang on the statement as `about`. Facts inside the words of a speaker get that speaker.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from spacy.language import Language
from spacy.tokens import Span

from extract.annotate import Candidate
from extract.packs import load_packs

from .reading import ORGANIZATIONS, Lexicon, Mention, Reading, Sentence, load_lexicon, read_document
from .triggers import compile_words, words_pattern

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from spacy.tokens import Doc

SPEAKERS = ORGANIZATIONS | {"Event", "Person", "Report", "Policy"}
"""Classes that can say or call for something."""
_LONGEST = 200
"""Characters of a statement at most."""


class Speech(NamedTuple):
    """Somebody says something.

    Attributes:
        speaker: Who.
        verb: The saying verb.
        start: First character of what is said.
        end: End of it, exclusive.
        calls: Whether it is a demand.
    """

    speaker: Mention
    verb: str
    start: int
    end: int
    calls: bool


class SpeechGrammar(NamedTuple):
    """Compiled wordings of speech."""

    says: re.Pattern[str]
    calls: frozenset[str]
    telling: frozenset[str]
    directive: re.Pattern[str]
    reach: int
    since: re.Pattern[str]
    unsaid: re.Pattern[str]
    is_so: re.Pattern[str]
    demands: re.Pattern[str]
    modal: re.Pattern[str]

    def is_call(self, verb: str, words: str) -> bool:
        """Whether what is said with a verb is a demand."""
        if verb not in self.calls or self.since.match(words):
            return False
        if verb not in self.telling:
            return bool(self.demands.match(words) or self.modal.search(words[:40]))
        if self.directive.search(words[: self.reach]):
            return True
        return bool(self.demands.match(words)) and not self.is_so.match(words)


@lru_cache(maxsize=8)
def load_speech(packs: tuple[str, ...], excluded: frozenset[str] = frozenset()) -> SpeechGrammar:
    """Compile the section `speech` of the packs."""
    knowledge = load_packs(packs, exclude_sources=excluded)
    section: Mapping[str, Any] = knowledge.section("speech")
    return SpeechGrammar(
        says=re.compile(
            rf"(?!{section['nouns']})({words_pattern(section['says'])})(?!的)(?:了|过)?(?P<gap>[，,：:]?[“\"]?|出?[，,：:][“\"]?)"
        ),
        calls=frozenset(section["calls"]),
        telling=frozenset(section["telling"]),
        directive=re.compile(section["directive"]),
        reach=section["reach"],
        since=re.compile(section["since"]),
        unsaid=re.compile(section["unsaid"]),
        is_so=re.compile(section["is_so"]),
        demands=compile_words(section["demands"]),
        modal=re.compile(knowledge.section("modality")["words"]["modal"]),
    )


@Language.factory("jiqun_speakers", default_config={"packs": ["base"], "exclude_sources": []})
def create_speakers(nlp: Language, name: str, packs: list[str], exclude_sources: list[str]) -> SpeakerFinder:
    """Create the component with the saying verbs of the packs; it runs behind those that find facts."""
    key = (tuple(packs), frozenset(exclude_sources))
    return SpeakerFinder(load_lexicon(*key), load_speech(*key))


class SpeakerFinder:
    """Give candidates their speakers and add what is called for."""

    def __init__(self, lexicon: Lexicon, grammar: SpeechGrammar) -> None:
        self.lexicon = lexicon
        self.grammar = grammar

    def __call__(self, doc: Doc) -> Doc:
        """Find the speeches of a document."""
        reading = read_document(doc, self.lexicon)
        speeches = [s for sentence in reading.sentences for s in self._in_sentence(reading, sentence)]
        if speeches:
            doc._.candidates = [_spoken(candidate, speeches) for candidate in doc._.candidates]
            for speech in speeches:
                if speech.calls:
                    doc._.candidates.extend(_called_for(doc, reading, speech))
        return doc

    def _in_sentence(self, reading: Reading, sentence: Sentence) -> Iterator[Speech]:
        text = reading.text
        speakers = [m for m in sentence.mentions if m.label in SPEAKERS or m.as_class(SPEAKERS)]
        if not speakers:
            return
        taken = unsaid = sentence.start
        for match in self.grammar.says.finditer(text, sentence.start, sentence.end):
            before = [m for m in speakers if taken <= m.start and m.end <= match.start()]
            if not before or match.start() < max(taken, unsaid):
                continue
            if noun := self.grammar.unsaid.match(text, match.end()):
                unsaid = noun.end()
                continue
            speaker = _nearest(before, text, match.start())
            if speaker is None:
                continue
            start = match.end()
            end = self._said_until(text, start, sentence, quoted=match["gap"].endswith(("“", '"')))
            if end - start < 6:
                said = _said_before(text, speaker.start) if end <= start else None
                known = speaker.as_class(SPEAKERS)
                if said is not None and known is not None:
                    yield Speech(known, match[1], *said, calls=False)
                continue
            calls = self.grammar.is_call(match[1], text[start:end])
            known = speaker.as_class(SPEAKERS)
            if known is not None:
                yield Speech(known, match[1], start, end, calls)
                taken = end

    @staticmethod
    def _said_until(text: str, start: int, sentence: Sentence, *, quoted: bool) -> int:
        """Return where what is said ends: at the closing quotation mark, else with the sentence."""
        if quoted:
            close = text.find("”", start, start + 600)
            if close > 0:
                return close
        end = sentence.end
        while end > start and text[end - 1] in " \n。；;！!”\u3000":
            end -= 1
        return end


def _nearest(before: list[Mention], text: str, verb: int) -> Mention | None:
    """Return who stands in front of a saying verb without a full stop or another verb's object between."""
    for mention in reversed(before):
        gap = text[mention.end : verb]
        if len(gap) > 30 or _FAR.search(gap) or (mention.label != "Person" and _PRONOUN.search(gap)):
            continue
        if mention.before == "object" and not (gap.startswith(("中", "上", "》", "显示")) or mention.label == "Report"):
            continue
        return mention
    return None


def _said_before(text: str, speaker: int) -> tuple[int, int] | None:
    """Return the words in quotation marks that a speaker behind them has said (“……。”某某接受采访时说).

    Quoted terms (“东数西算”) are none: what is said ends with a mark of its own. Where the closing mark is damaged, all
    is said from the opening mark, when it begins the paragraph, to the last sentence before the speaker.
    """
    line = text.rfind("\n", 0, speaker) + 1
    close = text.rfind("”", line, speaker)
    if close < 0:
        ends = [match.start() for match in _STOP.finditer(text, line, speaker)]
        return (line + 1, ends[-1]) if text[line : line + 1] == "“" and ends and ends[-1] - line > 6 else None
    if _STOP.search(text, close, speaker) or text[close - 1] not in "。！？!?，,":
        return None
    depth, start = 0, close
    while start > line:
        start -= 1
        depth += {"”": 1, "“": -1}.get(text[start], 0)
        if depth < 0:
            return (start + 1, close) if close - start > 6 else None
    return None


_PRONOUN = re.compile("[，,时后][他她]")
_STOP = re.compile("[。！？!?；]")
_FAR = re.compile(r"[。；！？、：:]|，[^，]*，")


def _spoken(candidate: Candidate, speeches: list[Speech]) -> Candidate:
    """Return the candidate with its speaker, when its passage is somebody's words."""
    for speech in speeches:
        middle = (candidate.start + candidate.end) // 2
        if speech.start <= middle < speech.end and speech.speaker.start != candidate.subject.start:
            return replace(candidate, speaker=speech.speaker.span)
    return candidate


def _called_for(doc: Doc, reading: Reading, speech: Speech) -> Iterator[Candidate]:
    start = speech.start
    end = min(speech.end, start + _LONGEST)
    if end < speech.end:
        cut = max(reading.text.rfind(mark, start, end) for mark in "，。；、,")
        end = cut if cut > start else end
    statement = Span(doc, start, end, label="Statement")
    begin = speech.speaker.start if end - speech.speaker.start <= 230 else start
    if reading.text[max(0, begin - 1) : begin] in ("《", "“"):
        begin -= 1
    yield Candidate(speech.speaker.span, "calledFor", statement, begin, end, "proposed", "calls-for", 0.8)
    for sentence in reading.sentences:
        if sentence.start >= end:
            break
        for mention in sentence.mentions:
            for part in (mention, *mention.children):
                topic = part.as_class(_TOPIC)
                if topic is not None and start <= topic.start and topic.end <= end:
                    yield Candidate(statement, "about", topic.span, start, end, "proposed", "topic-of-call", 0.8)


_TOPIC = frozenset(("Topic",))
