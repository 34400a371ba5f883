"""Find who is a member of what: alliances and associations, clusters, platforms and those they gather.

Each wording of `[[members.wording]]` is a regular expression over a sentence in which the members and the whole are
one character each (`{members}`, `{whole}`), whatever they are called and however many are coordinated. 该联盟 and its
like stand for the whole that the text named last.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from spacy.language import Language

from extract.annotate import Candidate, mentions_of

from ..packs import load_packs
from .modality import ModalityGrammar, load_modality, read_modality
from .reading import ORGANIZATIONS, Lexicon, Mention, Reading, Sentence, find_passage, load_lexicon, read_document
from .triggers import compile_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from spacy.tokens import Doc

_MEMBER, _WHOLE, _OTHER, _OTHER_WHOLE, _PERSON = "\ue000", "\ue001", "\ue002", "\ue003", "\ue004"
"""What stands for a mention in a sentence as the wordings see it."""
_ETC = r"(?:(?:[、和][^，。；、和]{2,12}){0,6}?等[^，。；、]{0,16}?)?"
"""What may follow the members: names that nobody knows, and 等26家单位."""
_WHOLES = frozenset(("Cluster", "Institution", "Platform"))
_MEMBERS = ORGANIZATIONS | {"Region"}
_LEAST_MENTION = 0.3
_VOUCHED = 0.55
"""Score of a name that only its head gave away, when a wording says that it has members or is one."""


class Wording(NamedTuple):
    """A wording of `[[members.wording]]`, compiled.

    Attributes:
        name: Its name.
        regex: Over a sentence with `_MEMBER` and `_WHOLE` in it.
        whole: Classes of the whole.
        regions: Whether a region can be the member.
        confidence: How often it is right.
    """

    name: str
    regex: re.Pattern[str]
    whole: frozenset[str]
    regions: bool
    confidence: float


class Membership(NamedTuple):
    """The section `members` of the packs, compiled.

    Attributes:
        wordings: In order; the first that fits a pair counts.
        hint: What a sentence must hold one of to be looked at.
        anaphor: 该联盟 and its like; the group `head` is what the whole must end in.
    """

    wordings: tuple[Wording, ...]
    hint: re.Pattern[str]
    anaphor: re.Pattern[str]


@lru_cache(maxsize=8)
def load_membership(packs: tuple[str, ...], excluded: frozenset[str] = frozenset()) -> Membership:
    """Compile the section `members` of the packs."""
    section = load_packs(packs, exclude_sources=excluded).section("members")
    parts: Mapping[str, str] = section.get("parts", {})
    return Membership(
        tuple(compile_wording(row, parts) for row in section.get("wording", ())),
        compile_words(section.get("hints", ())),
        re.compile(section.get("anaphor", r"(?!)")),
    )


def compile_wording(row: Mapping[str, Any], parts: Mapping[str, str]) -> Wording:
    """Compile a row of `[[members.wording]]`.

    Raises:
        re.error: Its regex is none.
        KeyError: It names a part that there is not, or lacks a key.
    """
    slots = {
        "members": _MEMBER + _ETC,
        "names": _MEMBER,
        "whole": _WHOLE,
        "gap": f"[^。；{_OTHER_WHOLE}{_PERSON}]",
        "near": f"[^，。；{_OTHER_WHOLE}{_PERSON}]",
        **parts,
    }
    pattern = re.sub(r"\{([a-z]+)\}", lambda m: f"(?:{slots[m[1]]})", row["regex"])
    return Wording(
        row["name"],
        re.compile(pattern),
        frozenset(row.get("whole", _WHOLES)),
        bool(row.get("regions", False)),
        float(row["confidence"]),
    )


@Language.factory("jiqun_members", default_config={"packs": ["base"], "exclude_sources": []})
def create_members(nlp: Language, name: str, packs: list[str], exclude_sources: list[str]) -> MemberFinder:
    """Create the component with the wordings of the packs."""
    key = (tuple(packs), frozenset(exclude_sources))
    return MemberFinder(load_lexicon(*key), load_membership(*key), load_modality(*key))


class _Slot(NamedTuple):
    """A stretch of a sentence that can be the members or the whole: coordinated mentions, or words that mean one."""

    start: int
    end: int
    members: tuple[Mention, ...]
    wholes: tuple[Mention, ...]
    stands: str


class MemberFinder:
    """Add candidates of `memberOf` to `doc._.candidates`."""

    def __init__(self, lexicon: Lexicon, membership: Membership, modality: ModalityGrammar) -> None:
        self.lexicon = lexicon
        self.membership = membership
        self.modality = modality

    def __call__(self, doc: Doc) -> Doc:
        """Find the members that a document names."""
        reading = read_document(doc, self.lexicon)
        known = {_key(c.subject, c.object) for c in doc._.candidates if c.relation == "memberOf"}
        latest: list[Mention] = []
        for sentence in reading.sentences:
            if not sentence.groups:
                continue
            slots = self._slots(reading, sentence, latest)
            latest += [whole for slot in slots for whole in slot.wholes if whole.start >= sentence.start]
            if not any(slot.wholes for slot in slots) or not self.membership.hint.search(
                reading.text, sentence.start, sentence.end
            ):
                continue
            for wording, member, whole in self._pairs(reading, sentence, slots):
                key = _key(member.span, whole.span)
                _vouch(doc, member, whole)
                if key not in known:
                    known.add(key)
                    doc._.candidates.append(self._candidate(reading, sentence, wording, member, whole))
        return doc

    def _slots(self, reading: Reading, sentence: Sentence, latest: list[Mention]) -> list[_Slot]:
        """Return the stretches that can be members or wholes, in order."""
        slots = []
        for group in sentence.groups:
            members = tuple(m for one in group if (m := one.as_class(_MEMBERS)))
            wholes = tuple(m for one in group if (m := one.as_class(_WHOLES)))
            stands = _OTHER_WHOLE if wholes else _OTHER if members else _PERSON if group[0].label == "Person" else ""
            if stands:  # fields, roles and policies stay as they are written
                slots.append(_Slot(group[0].start, group[-1].end, members, wholes, stands))
        for match in self.membership.anaphor.finditer(reading.text, sentence.start, sentence.end):
            if any(slot.start < match.end() and match.start() < slot.end for slot in slots):
                continue
            before = [*latest, *(w for slot in slots for w in slot.wholes if w.end <= match.start())]
            meant = next((w for w in reversed(before) if w.text.endswith(match["head"])), None)
            if meant is not None and (sentence.start - meant.end) < 120:
                slots.append(_Slot(match.start(), match.end(), (), (meant,), _OTHER_WHOLE))
        return sorted(slots, key=lambda slot: slot.start)

    def _pairs(
        self, reading: Reading, sentence: Sentence, slots: list[_Slot]
    ) -> Iterator[tuple[Wording, Mention, Mention]]:
        """Yield each member and whole that a wording joins."""
        for holder in slots:
            if not holder.wholes:
                continue
            for gathered in slots:
                if gathered is holder or not gathered.members:
                    continue
                masked = _mask(reading.text, sentence, slots, gathered, holder)
                for wording in self.membership.wordings:
                    wholes = [w for w in holder.wholes if w.label in wording.whole]
                    match = wording.regex.search(masked) if wholes else None
                    if match is None or self.lexicon.denied.search(match[0]):
                        continue
                    for member in gathered.members:
                        if wording.regions or member.label != "Region":
                            for whole in wholes:
                                yield wording, member, whole
                    break

    def _candidate(
        self, reading: Reading, sentence: Sentence, wording: Wording, member: Mention, whole: Mention
    ) -> Candidate:
        inside = [m for m in (member, whole) if m.start >= sentence.start]
        first, last = min(m.start for m in inside), max(m.end for m in inside)
        start, end = find_passage(reading, sentence, first, last, first=min(member.start, whole.start))
        modality = read_modality(reading.text[start:end], self.modality)
        rule = f"members/{wording.name}"
        return Candidate(member.span, "memberOf", whole.span, start, end, modality, rule, wording.confidence)


def _mask(text: str, sentence: Sentence, slots: list[_Slot], gathered: _Slot, holder: _Slot) -> str:
    """Return a sentence with one character for the members, one for the whole, and one for each other name."""
    pieces, position = [], sentence.start
    for slot in slots:
        if slot.start < position:
            continue
        stands = _MEMBER if slot is gathered else _WHOLE if slot is holder else slot.stands
        pieces += [text[position : slot.start], stands]
        position = slot.end
    pieces.append(text[position : sentence.end])
    return "".join(pieces)


def _key(subject: Any, obj: Any) -> tuple[int, int, int, int]:
    return subject.start, subject.end, obj.start, obj.end


def _vouch(doc: Doc, *ends: Mention) -> None:
    """Let a name that only its head gave away count: that it has members, or is one, makes it a name."""
    marked = mentions_of(doc)
    for end in ends:
        mention = marked.get((end.start, end.end, end.label))
        if mention is not None and _LEAST_MENTION <= mention.score < _VOUCHED:
            mention.score = _VOUCHED
