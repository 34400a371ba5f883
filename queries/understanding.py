"""Which canned question a question in words asks for: names of the graph, trigger words of the files, no guessing."""

from __future__ import annotations

import difflib
import itertools
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from ontology.errors import UsageError

from .catalog import Parameter, Question, find_question, load_catalog
from .resolve import Mention, Named, fits, load_wordings, normalize

if TYPE_CHECKING:
    from .engine import Engine

_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_MEASURE = "measure"
_TELLING = 4
"""Characters of a measure that say enough of what a question is about."""
_QUOTED = re.compile(r"[“\"「『]([^”\"」』]{2,60})[”\"」』]")


@dataclass(frozen=True, slots=True)
class Understanding:
    """What was understood of a question in words.

    Attributes:
        question: The canned question that fits best.
        params: Its parameters, as IRIs and values.
        shown: The same for people.
        keywords: Words that led to the question.
        unused: Names and words that have no part in it.
        score: How well it fits; more is better.
        is_strange: Whether so much of the text is in no question's words that it must name a measure to be understood.
    """

    question: Question
    params: Mapping[str, str]
    shown: Mapping[str, str]
    keywords: tuple[str, ...]
    unused: tuple[str, ...] = ()
    score: float = 0.0
    is_strange: bool = False

    def describe(self) -> str:
        """Return one line for people: `understood: policies_by_year, topic = 数据要素 (Topic)`."""
        values = "".join(f", {name} = {value}" for name, value in self.shown.items())
        rest = f"; not used: {', '.join(self.unused)}" if self.unused else ""
        return f"understood: {self.question.name}{values}{rest}"


@dataclass(slots=True)
class _Reading:
    """A text read for questions: its names, its years, quoted words, and the rest with the trigger words in it."""

    text: str
    mentions: list[Mention]
    years: list[str]
    quoted: list[str]
    rest: str = ""
    triggers: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        characters = list(self.text)
        for mention in self.mentions:
            characters[mention.start : mention.end] = "\u0000" * (mention.end - mention.start)
        self.rest = _fold(_YEAR.sub("\u0000", _QUOTED.sub("\u0000", "".join(characters))))
        self.triggers = frozenset(_outermost(self.rest, _word_frequency()))

    def has(self, trigger: str) -> bool:
        """Tell whether a trigger is in the text: a word, or `{Class}` for a name of that class."""
        if trigger.startswith("{"):
            return any(_best(mention.things, trigger[1:-1]) for mention in self.mentions)
        return trigger in self.triggers


def _fold(text: str) -> str:
    """Fold a text for comparison; spaces stay between Latin words only."""
    folded = " ".join(map(normalize, text.split()))
    return re.sub(r"(?<=[^\x01-\x7f]) | (?=[^\x01-\x7f])", "", folded)


def _outermost(text: str, words: Iterable[str]) -> Iterator[str]:
    """Yield the words that occur in a text other than inside a longer one: no 称 in 并称."""
    places = [
        (found.start(), found.end(), word)
        for word in words
        if word in text
        for found in re.finditer(re.escape(word), text)
    ]
    for start, end, word in places:
        if not any(a <= start and end <= b and b - a > end - start for a, b, _ in places):
            yield word


def understand(engine: Engine, text: str) -> Understanding:
    """Find the canned question that a question in words asks for.

    Names are recognised among the labels of the graph, the question by the words in the `ask:` line of its
    file. Nothing is guessed beyond that: where no question has its words in the text, or a needed parameter
    is missing, that is said.

    Args:
        engine: The graph, for its names.
        text: `北京有哪些数据要素政策?`

    Raises:
        UsageError: No question fits, with those that come nearest.
    """
    reading = _Reading(text, engine.names.scan(text), _YEAR.findall(text), _QUOTED.findall(text))
    frequency = _word_frequency()
    tried = [_match(question, reading, frequency) for question in load_catalog().values()]
    found = sorted((u for u in tried if u is not None), key=lambda u: (-u.score, len(u.params), u.question.name))
    if found and found[0].score > 0:
        understood = _with_measure(engine, found[0], text)
        if not understood.is_strange:
            return understood
    if len(reading.mentions) == 1 and not _unknown_words(reading.rest, ()):
        return _about_one_thing(reading.mentions[0])
    names = ", ".join(f"{mention.text} ({mention.things[0].type})" for mention in reading.mentions)
    known = f"recognised: {names}" if names else "no name of the graph is in it"
    near = difflib.get_close_matches(
        text,
        [q.summary_zh for q in load_catalog().values()] + [q.summary for q in load_catalog().values()],
        n=3,
        cutoff=0.2,
    )
    titles = {q.summary_zh: q.name for q in load_catalog().values()} | {
        q.summary: q.name for q in load_catalog().values()
    }
    nearest = ", ".join(dict.fromkeys(titles[title] for title in near))
    hint = (
        f"nearest questions: {nearest}; `kg ask --list` shows all" if nearest else "`kg ask --list` shows all questions"
    )
    raise UsageError(f"I did not understand {text!r} ({known})", hint=hint)


def _with_measure(engine: Engine, understood: Understanding, text: str) -> Understanding:
    """Return a question about figures with what is measured, as the figures that would answer call it.

    That is the longest piece of the question that stands in the name of a measure: 算力 of 北京的算力规模是多少.
    """
    if understood.question.parameter(_MEASURE) is None or _MEASURE in understood.params:
        return understood
    rows = engine.ask(understood.question.name, understood.params)
    measures = sorted({row["measure"] for row in rows if isinstance(row["measure"], str)})
    asked = _YEAR.sub("\u0000", text)
    for shown in understood.shown.values():
        asked = asked.replace(shown.partition(" (")[0], "\u0000")
    for word, meant in load_wordings()["measures"].items():
        asked = re.sub(re.escape(word), meant, asked, flags=re.IGNORECASE)
    words = max(map(len, _unknown_words(_fold(asked), _word_frequency())), default=0)
    best = ""
    for measure in measures:
        found = difflib.SequenceMatcher(None, asked.casefold(), measure.casefold(), autojunk=False)
        match = found.find_longest_match()
        piece = measure[match.b : match.b + match.size]
        if len(piece) > max(1, len(best)) and (piece == measure or 2 * len(piece) >= words):
            best = piece
    if not best:
        return understood
    unused = tuple(word for word in understood.unused if word.casefold() not in best.casefold())
    return replace(
        understood,
        params={**understood.params, _MEASURE: best},
        shown={**understood.shown, _MEASURE: best},
        unused=unused,
        is_strange=understood.is_strange and len(best) < _TELLING,
    )


def _about_one_thing(mention: Mention) -> Understanding:
    thing = mention.things[0]
    question = find_question("evidence_for")
    return Understanding(question, {"entity": thing.iri}, {"entity": f"{thing.name} ({thing.type})"}, ())


@cache
def _word_frequency() -> Mapping[str, float]:
    """Return for each trigger how telling it is: the fewer questions have it, the more."""
    questions = load_catalog().values()
    counts: dict[str, int] = {}
    for question in questions:
        for word in {word for group in _triggers(question) for word in group}:
            counts[word] = counts.get(word, 0) + 1
    # That a name of a class is there tells little.
    return {word: 1.0 if word[0] == "{" else math.log(1 + len(questions) / count) for word, count in counts.items()}


def _triggers(question: Question) -> list[list[str]]:
    """Return the trigger words of a question in their groups, with their synonyms."""
    return [list(dict.fromkeys(same for word in group for same in _synonyms(word))) for group in question.triggers]


@cache
def _synonyms(word: str) -> tuple[str, ...]:
    """Return a trigger word and the words that count as it does."""
    if word.startswith("{"):
        return (word,)
    return tuple(map(_fold, (word, *load_wordings()["synonyms"].get(word, ()))))


def _match(question: Question, reading: _Reading, weights: Mapping[str, float]) -> Understanding | None:
    """Score a question; None when it cannot be meant: its first group of words says what it is about."""
    groups = _triggers(question)
    keywords: list[str] = []
    score = 0.0
    for number, group in enumerate(groups):
        words = [word for word in group if reading.has(word)]
        if words:
            best = max(words, key=lambda word: (weights[word], len(word)))
            keywords.append(best)
            score += weights[best] + 0.3 * sum(weights[word] for word in words if word != best)
        elif number == 0:
            return None
    if all(word.startswith("{") for word in keywords):
        return None
    score *= 0.5 + 0.5 * len(keywords) / len(groups)
    params: dict[str, str] = {}
    shown: dict[str, str] = {}
    open_mentions = list(reading.mentions)
    years = list(reading.years)
    for parameter in sorted(question.parameters, key=lambda p: (not p.required, p.types == ("entity",))):
        value = _take(question, parameter, open_mentions, years, reading)
        if value is not None:
            params[parameter.name], shown[parameter.name] = value
            score += 1.5
        elif parameter.required:
            return None
    if reading.mentions and not params and not any(word.startswith("{") for word in keywords):
        return None  # it is about names, and this question can take none of them
    unused = [mention.text for mention in open_mentions] + years
    score -= 4.0 * len(unused)  # what a question cannot take speaks against it
    unknown = _unknown_words(reading.rest, [word for group in groups for word in group])
    said = sum(len(word) for word in keywords if not word.startswith("{"))
    strange = sum(map(len, _unknown_words(reading.rest, weights)))  # in no question's words
    is_strange = strange > (2 * max(said, 2) if params else said)
    if is_strange and not (params and question.parameter(_MEASURE)):
        return None
    score -= 0.15 * sum(map(len, unknown))
    return Understanding(question, params, shown, tuple(keywords), (*unused, *unknown), score, is_strange)


def _take(
    question: Question, parameter: Parameter, mentions: list[Mention], years: list[str], reading: _Reading
) -> tuple[str, str] | None:
    """Take the value of a parameter out of what is still open."""
    kind = parameter.types[0]
    if parameter.is_entity:
        return _take_name(question, parameter, mentions, reading.text)
    if kind == "year" and years:
        year = years.pop(0)
        return year, year
    if kind == "text" and parameter.required:
        wording = max((*reading.quoted, *_unknown_words(reading.rest, [])), key=len, default="")
        return (wording, wording) if wording else None
    if kind in ("modality", "class"):
        wordings: Mapping[str, Sequence[str]] = load_wordings()["modalities" if kind == "modality" else "classes"]
        for name, words in wordings.items():
            if any(len(word) > 1 and word in reading.rest for word in words):
                return name, name
    return None


def _take_name(question: Question, parameter: Parameter, mentions: list[Mention], text: str) -> tuple[str, str] | None:
    """Take the name that stands where the parameter's does, or else the one of the likeliest class.

    What a thing is called comes before what it is called for short: 天津 is 天津市, not 天津经开区.
    """

    def is_cued(mention: Mention, name: str) -> bool:
        cues = (cue.replace("~", re.escape(mention.text)) for cue in question.cues.get(name, ()))
        return any(re.search(cue, text) for cue in cues)

    others = [name for name in question.cues if name != parameter.name]
    cued = [mention for mention in mentions if is_cued(mention, parameter.name)]
    free = [mention for mention in mentions if not any(is_cued(mention, other) for other in others)]
    for is_likely, kind in itertools.product((True, False), parameter.types):
        for mention in (*cued, *free):
            thing = _best(mention.things[: mention.likely] if is_likely else mention.things, kind)
            if thing is not None:
                mentions.remove(mention)
                return thing.iri, f"{thing.name} ({thing.type})"
    return None


def _best(things: Iterable[Named], kind: str) -> Named | None:
    return next((thing for thing in things if fits(thing, [kind])), None)


def _unknown_words(rest: str, known: Iterable[str]) -> tuple[str, ...]:
    """Return the pieces of the text that neither name, trigger nor filler accounts for."""
    fillers: Sequence[str] = load_wordings()["filler"]
    known = [word for word in known if not word.startswith("{")]
    for word in sorted({*known, *(filler for filler in fillers if not filler.isascii())}, key=len, reverse=True):
        # A Latin word counts whole: companies for compan.
        rest = re.sub(rf"\b{re.escape(word)}[a-z]*", "\u0000", rest) if word.isascii() else rest.replace(word, "\u0000")
    pieces = re.findall(r"[\w]+", rest.replace("\u0000", " "))
    return tuple(piece for piece in pieces if len(piece) > 1 and piece not in fillers)
