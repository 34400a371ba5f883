"""Clean a text and remember where every character was.

The order matters: markup first, since it stands between everything else; then what only looks different; then inserts
(pinyin, note numbers), so that phrases are whole again; then damage and script; lines last, when they can be read.
"""

from __future__ import annotations

import logging
import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass

from ontology.errors import EmptyDocumentError
from ontology.model import CleanText, DocumentMetadata, Finding, SourceText

from .cleaning.boilerplate import Line, find_boilerplate, find_citations
from .cleaning.characters import unify_characters
from .cleaning.frontmatter import lift_front_matter
from .cleaning.markup import PageInfo, decode_entities, strip_html, strip_markdown
from .cleaning.offsets import Draft, Edit
from .cleaning.pinyin import find_pinyin
from .cleaning.repair import find_damage
from .cleaning.script import convert_script, is_traditional
from .cleaning.wrapping import find_wraps, goes_on

logger = logging.getLogger(__name__)

_LINE = re.compile(r"[^\n]+")
_SPACES = re.compile(" {2,}")
_SPACED = re.compile(r"[一-龥](?: [一-龥]){3,}")
_BETWEEN_HAN = re.compile("(?<=[一-龥]) +(?=[一-龥])")
_HEADING_MARK = re.compile(r"^ *#{1,6} +(?=\S)", re.M)


@dataclass(frozen=True, slots=True)
class _Habits:
    """What holds for a whole document and must hold for a piece of it, too."""

    is_traditional: bool | None = None
    has_pinyin: bool = False
    is_wrapped: bool = False
    context: str | None = None


def clean_text(source: SourceText) -> CleanText:
    """Strip web noise from a text and remember where every character was.

    Evidence is quoted by offset in the text as the user gave it, so nothing may
    disappear without a trace: `CleanText.to_source` leads from an offset here back
    to one there, and what was removed is a finding.

    Args:
        source: The decoded text, before any normalization.

    Returns:
        The cleaned text with its offset map, in Unicode code points.

    Raises:
        EmptyDocumentError: Nothing but navigation remained.

    Example:
        >>> clean_text(SourceText("a.txt", "京津冀(Jīng-Jīn-Jì)集群")).text
        '京津冀集群'
    """
    draft = Draft(source.text)
    findings: list[Finding] = []
    info = _clean_characters(draft, source, _Habits(), findings)
    metadata = _given_first(source.metadata, _clean_lines(draft, source, info, findings))
    if not draft.text.strip():
        raise EmptyDocumentError(
            f"{source.doc} holds nothing but navigation and white space.",
            doc=source.doc,
            hint="look at the file; if it is a text, please report the line that was taken for navigation",
        )
    findings.sort(key=lambda f: (f.start if f.start is not None else -1, f.end or -1, f.code))
    return CleanText(source, draft.text, tuple(draft.starts), tuple(draft.ends), metadata, tuple(findings))


def clean_fragment(clean: CleanText, start: int, end: int) -> str:
    """Clean `source.text[start:end]` again, with what is known of its document.

    This is the other way to a quote: for evidence at `[start, end)` in the source it gives the
    words that the evidence quotes.

    Args:
        clean: The cleaned document.
        start: Offset in the source text.
        end: End offset, exclusive.
    """
    codes = {finding.code for finding in clean.findings}
    source = clean.source
    habits = _Habits(
        is_traditional="script-traditional" in codes,
        has_pinyin="pinyin-removed" in codes,
        is_wrapped="lines-joined" in codes,
        context=source.text,
    )
    draft = Draft(source.text[start:end])
    _clean_characters(draft, source, habits, [])
    _clean_lines(draft, source, None, [], habits=habits)
    return draft.text


def to_clean(clean: CleanText, offset: int) -> int:
    """Return the place in the clean text that a source offset leads to.

    An offset inside something that was removed leads to the next character that was kept.

    Args:
        clean: The cleaned document.
        offset: Offset in the source text.

    Raises:
        IndexError: The offset is outside the source text.
    """
    if not 0 <= offset <= len(clean.source.text):
        raise IndexError(f"no offset {offset} in a text of {len(clean.source.text)} characters")
    first = bisect_right(clean.ends, offset)
    return min(first, bisect_left(clean.starts, offset)) if first == len(clean.text) else first


def _given_first(given: DocumentMetadata, lifted: DocumentMetadata) -> DocumentMetadata:
    """Join what the file says about a document with what its text says."""
    return DocumentMetadata(
        title=given.title or lifted.title,
        date=given.date or lifted.date,
        outlet=given.outlet or lifted.outlet,
        authors=given.authors or lifted.authors,
    )


def _clean_characters(draft: Draft, source: SourceText, habits: _Habits, findings: list[Finding]) -> PageInfo | None:
    """Do everything that needs no knowledge of lines."""
    doc = source.doc
    is_fragment = habits.is_traditional is not None
    info = None
    if source.media_type == "text/html":
        info = strip_html(draft, is_fragment=is_fragment)
        for start, end, name in info.dropped:
            findings.append(Finding("boilerplate", "info", doc, start, end, f"<{name}>: the frame of the page."))
    elif source.media_type == "text/markdown":
        info = strip_markdown(draft)
    else:
        decode_entities(draft)
        draft.apply(Edit(m.start(), m.end()) for m in _HEADING_MARK.finditer(draft.text))
    unify_characters(draft)

    inserts = list(find_pinyin(draft.text, is_expected=habits.has_pinyin))
    if inserts:
        first, last = inserts[0], inserts[-1]
        message = f"{len(inserts)} pinyin inserts removed, such as {draft.text[first.start - 1 : first.end]}."
        findings.append(Finding("pinyin-removed", "info", doc, *draft.span(first.start, last.end), message))
        draft.apply(inserts)
    citations = list(find_citations(draft.text))
    if citations:
        first, last = citations[0], citations[-1]
        message = f"{len(citations)} numbers of notes removed, such as {draft.text[first.start : first.end]}."
        findings.append(Finding("citations-removed", "info", doc, *draft.span(first.start, last.end), message))
        draft.apply(citations)

    repairs: list[Edit] = []
    for damage in find_damage(draft.text, context=habits.context):
        span = draft.span(damage.start, damage.end)
        words = draft.text[damage.start : damage.end]
        if damage.edit:
            repairs.append(damage.edit)
            message = f"{words!r} read one byte out of step; restored as {damage.edit.replacement!r}."
            findings.append(Finding("bytes-repaired", "warning", doc, *span, message))
        else:
            message = f"{words!r} is damaged and several repairs are possible; left as it is."
            findings.append(Finding("damaged-characters", "warning", doc, *span, message))
    draft.apply(repairs)

    traditional = is_traditional(draft.text) if habits.is_traditional is None else habits.is_traditional
    changed = convert_script(draft, document_is_traditional=traditional)
    if traditional:
        message = f"The document is in Traditional characters; {changed} converted to Simplified."
        findings.append(Finding("script-traditional", "info", doc, None, None, message))
    elif changed:
        message = f"{changed} Traditional characters converted to Simplified."
        findings.append(Finding("script-mixed", "info", doc, None, None, message))
    return info


def _clean_lines(
    draft: Draft,
    source: SourceText,
    info: PageInfo | None,
    findings: list[Finding],
    *,
    habits: _Habits | None = None,
) -> DocumentMetadata:
    """Drop lines that are no text, and white space that is no word boundary; with habits, in a fragment."""
    is_fragment = habits is not None
    lines = _read_lines(draft.text)
    if is_fragment and lines:
        lines = _keep_edges(draft.text, lines)
    dropped: dict[int, str] = {}
    for i, name, summary in find_boilerplate(lines):
        if is_fragment and (i == 0 or i == len(lines) - 1):
            continue  # a quote begins and ends in text that was kept
        dropped[i] = f"{name}: {summary}."
    metadata = DocumentMetadata()
    if not is_fragment:
        front = lift_front_matter(lines, dropped.keys(), info)
        metadata = front.metadata
        for i in front.bylines:
            dropped.setdefault(i, "byline: date, outlet and counters, lifted into the metadata.")
    if habits is None:
        is_typeset = bool(source.places) and source.places[0].name.startswith("page=")
        wraps = set(find_wraps(draft.text, lines, dropped, is_typeset=is_typeset))
        if wraps:
            message = f"{len(wraps)} line ends inside paragraphs removed: the text is wrapped at a fixed width."
            findings.append(Finding("lines-joined", "info", source.doc, None, None, message))
    else:
        wraps = {i for i in range(len(lines)) if habits.is_wrapped and goes_on(draft.text, lines, i)}
    edits: list[Edit] = []
    position = 0
    for i, line in enumerate(lines):
        if i in dropped:
            span = draft.span(line.start, line.end)
            findings.append(Finding("boilerplate", "info", source.doc, *span, dropped[i]))
            continue
        line_break = draft.text.find("\n", position, line.start) if position else -1
        if i - 1 in wraps and i - 1 not in dropped:
            is_latin = lines[i - 1].text[-1].isascii() and line.text[0].isascii()
            edits.append(Edit(position, line.start, " " if is_latin else ""))
            position = line.start
        elif line_break >= 0:
            if line_break > position:
                edits.append(Edit(position, line_break))
            position = line_break + 1
        if line.start > position:
            edits.append(Edit(position, line.start))
        edits += _tidy(draft.text, line)
        position = line.end
    if position < len(draft.text):
        line_break = draft.text.find("\n", position)
        if position == 0 or line_break < 0:
            edits.append(Edit(position, len(draft.text)))
        else:
            edits += [Edit(a, b) for a, b in ((position, line_break), (line_break + 1, len(draft.text))) if a < b]
    draft.apply(edits)
    return metadata


def _read_lines(text: str) -> list[Line]:
    lines = []
    for match in _LINE.finditer(text):
        words = match.group().strip()
        if words:
            start = match.start() + match.group().index(words[0])
            lines.append(Line(start, start + len(words), words))
    return lines


def _keep_edges(text: str, lines: list[Line]) -> list[Line]:
    """Leave white space alone where a quote begins and ends."""
    first, last = lines[0], lines[-1]
    if "\n" not in text[: first.start]:
        lines[0] = first._replace(start=0)
    if "\n" not in text[last.end :]:
        lines[-1] = lines[-1]._replace(end=len(text))
    return lines


def _tidy(text: str, line: Line) -> list[Edit]:
    """Return edits that take letter-spacing and runs of spaces out of a line."""
    if " " not in line.text:
        return []
    single = sum(len(m.group()) for m in _SPACED.finditer(line.text))
    if single > 0.6 * len(line.text):
        return [Edit(m.start(), m.end()) for m in _BETWEEN_HAN.finditer(text, line.start, line.end)]
    return [Edit(m.start() + 1, m.end()) for m in _SPACES.finditer(text, line.start, line.end)]
