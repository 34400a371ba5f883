"""Take the markup out of HTML and Markdown and leave the text, offsets kept.

A small scanner instead of a parser: a parser repairs a page and forgets where things stood; here each
piece of text must lead back to its place in the file.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_left
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from .data import load_data
from .offsets import Draft, Edit

_TOKEN = re.compile(
    r"<!--.*?(?:-->|\Z)"
    r"|<!\[CDATA\[.*?(?:\]\]>|\Z)"
    r"|<[!?][^>]*>"
    r"|<(?P<close>/?)(?P<tag>[a-zA-Z][a-zA-Z0-9:-]*)(?P<attributes>(?:[^<>\"']|\"[^\"]*\"|'[^']*')*)>"
    r"|(?P<entity>&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});?)",
    re.S,
)
_ATTRIBUTE = re.compile(r"""([a-zA-Z_:][\w:.-]*)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_WORD = re.compile(r"[A-Za-z]+")
_WIDE = "\u2e80-\u9fff\u3000-\u303f\uff00-\uffef“”‘’—…"
_WRAP = re.compile(rf"(?<=[{_WIDE},;:!?])[ \t]*\n[ \t\n]*(?=[{_WIDE}])")
_WHITE = re.compile(r"[ \t]*\n[ \t\n]*")


@dataclass(slots=True)
class PageInfo:
    """What the head of a page says: candidates for front matter."""

    title: str | None = None
    date: str | None = None
    outlet: str | None = None
    authors: tuple[str, ...] = ()
    dropped: list[tuple[int, int, str]] = field(default_factory=list)
    """Source spans of frame elements, with the name of each."""


class _Token(NamedTuple):
    start: int
    end: int
    tag: str
    is_close: bool
    attributes: str
    entity: str


def strip_html(draft: Draft, *, is_fragment: bool = False) -> PageInfo:
    """Take tags, scripts, styles and the frame of the page out of HTML; entities become characters.

    `<header>` stays when it holds the headline; frame elements that are never closed, or that are marked by a class
    only and hold a good part of the page, stay too.
    """
    text = draft.text
    tokens = _tokens(text)
    info = _read_head(text, tokens)
    dropped = _frames(text, tokens, is_fragment=is_fragment)
    edits: list[Edit] = []
    position = 0
    pending: tuple[int, int, str] | None = None  # a run of markup that becomes one separator

    def close_run() -> None:
        nonlocal pending
        if pending:
            edits.append(Edit(*pending))
            pending = None

    index = 0
    spans = iter([*dropped, (len(text) + 1, len(text) + 1, "")])
    drop_start, drop_end, drop_name = next(spans)
    preformatted = 0
    while index <= len(tokens):
        token = tokens[index] if index < len(tokens) else _Token(len(text), len(text), "", False, "", "")
        start, end = token.start, token.end
        if drop_start <= start:
            if drop_name != "raw":
                info.dropped.append((*draft.span(drop_start, drop_end), drop_name))
            start, end = drop_start, drop_end
            separator = "" if drop_name in {"rt", "rp"} else "\n"
            while index < len(tokens) and tokens[index].start < drop_end:
                index += 1
            drop_start, drop_end, drop_name = next(spans)
        else:
            index += 1
            separator = _separator(token)
            if token.tag == "pre":
                preformatted += -1 if token.is_close else 1
        if start > position:
            between = text[position:start]
            if between.strip():
                close_run()
                if not preformatted:
                    edits += _fold_white(between, position)
            else:
                glue = "" if pending is None and separator == "" else " "
                pending = _join(pending, position, start, between if preformatted else glue)
        if token.entity and end == token.end:
            character = html.unescape(token.entity)
            close_run()
            edits.append(Edit(start, end, " " if character in "\t\n\r" else character))
        elif end > start:
            pending = _join(pending, start, end, separator)
        position = max(position, end)
    close_run()
    draft.apply(edits)
    return info


def _join(pending: tuple[int, int, str] | None, start: int, end: int, separator: str) -> tuple[int, int, str]:
    """Add a stretch to a run of markup; the strongest separator wins."""
    if pending is None:
        return start, end, separator
    strongest = max(pending[2], separator, key=lambda s: ("\n" in s, bool(s)))
    return pending[0], end, strongest


def _fold_white(between: str, offset: int) -> list[Edit]:
    """Return edits that make line ends in running text a space, or nothing between Chinese characters."""
    if "\n" not in between:
        return []
    wraps = {m.start(): m.end() for m in _WRAP.finditer(between)}
    return [
        Edit(offset + m.start(), offset + m.end(), "" if m.start() in wraps else " ") for m in _WHITE.finditer(between)
    ]


def _separator(token: _Token) -> str:
    names = _names()
    if token.tag in names["block"]:
        return "\n"
    return " " if token.tag in names["cell"] else ""


def _tokens(text: str) -> list[_Token]:
    """Cut a page into markup; the content of scripts and their like is one token with their tags."""
    raw = _names()["raw"]
    tokens: list[_Token] = []
    position = 0
    while match := _TOKEN.search(text, position):
        start, position = match.span()
        tag = (match["tag"] or "").lower()
        is_close = bool(match["close"])
        attributes = match["attributes"] or ""
        if tag in raw and not is_close and not attributes.rstrip().endswith("/"):
            closing = re.compile(rf"</{re.escape(tag)}\s*>", re.I).search(text, position)
            if closing:
                position = closing.end()
            elif tag in {"script", "style"}:
                position = len(text)
        entity = match["entity"] or ""
        if entity and html.unescape(entity) == entity:
            continue
        tokens.append(_Token(start, position, tag, is_close, attributes, entity))
    return tokens


def _frames(text: str, tokens: list[_Token], *, is_fragment: bool) -> list[tuple[int, int, str]]:
    """Return the spans of the elements that are not the text of the page, outermost only."""
    names = _names()
    words = names["frame_class"]
    frame_share = float(load_data("markup.toml")["frame_share"])
    weights = _weights(text, tokens)
    whole = max(1, weights[-1]) if weights else 1
    closings = _closings(tokens)
    kept = [i for i, token in enumerate(tokens) if token.tag in {"h1", "article", "main"}]
    spans: list[tuple[int, int, str]] = []
    last = 0
    for i, token in enumerate(tokens):
        if not token.tag or token.is_close or token.start < last or token.tag in {"html", "body", "main", "article"}:
            continue
        if token.tag in names["raw"]:
            spans.append((token.start, token.end, "raw"))
            last = token.end
            continue
        by_tag = token.tag in names["frame"]
        if not by_tag:
            if token.tag in names["void"] or not token.attributes:
                continue
            found = {
                word.lower()
                for name, *values in _ATTRIBUTE.findall(token.attributes)
                if name.lower() in {"class", "id", "role"}
                for word in _WORD.findall("".join(values))
            }
            if not found & words:
                continue
        j = closings.get(i)
        if j is None or bisect_left(kept, i) < bisect_left(kept, j):
            continue
        share = (weights[j] - weights[i]) / whole
        if not is_fragment and token.tag not in {"rt", "rp"} and share > (0.6 if by_tag else frame_share):
            continue
        end = tokens[j].end
        spans.append((token.start, end, token.tag))
        last = end
    return spans


def _closings(tokens: list[_Token]) -> dict[int, int]:
    """Return the index of the end tag of each element that has one, by counting tags of one name."""
    pairs: dict[int, int] = {}
    opened: dict[str, list[int]] = {}
    for j, token in enumerate(tokens):
        if not token.tag or token.attributes.rstrip().endswith("/"):
            continue
        if not token.is_close:
            opened.setdefault(token.tag, []).append(j)
        elif opened.get(token.tag):
            pairs[opened[token.tag].pop()] = j
    return pairs


def _weights(text: str, tokens: list[_Token]) -> list[int]:
    """Return for each token how many letters of text stand before it."""
    total = position = 0
    weights = []
    for token in tokens:
        between = text[position : token.start]
        total += len(between) - between.count(" ") - between.count("\n")
        position = token.end
        weights.append(total)
    return weights


def _read_head(text: str, tokens: list[_Token]) -> PageInfo:
    names = load_data("markup.toml")
    metas: dict[str, str] = {}
    title = None
    for token in tokens:
        if token.tag == "title" and title is None:
            inner = re.sub(r"<[^>]*>", "", text[token.start : token.end])
            title = html.unescape(inner).strip() or None
        elif token.tag == "meta":
            values = {name.lower(): "".join(rest) for name, *rest in _ATTRIBUTE.findall(token.attributes)}
            key = (values.get("name") or values.get("property") or "").lower()
            if key and values.get("content", "").strip():
                metas.setdefault(key, html.unescape(values["content"]).strip())
        elif token.tag == "body":
            break

    def first(key: str) -> str | None:
        return next((metas[name] for name in names[key] if name in metas), None)

    author = first("meta_author")
    return PageInfo(
        title=first("meta_title") or title,
        date=first("meta_date"),
        outlet=first("meta_outlet"),
        authors=(author,) if author else (),
    )


@lru_cache(maxsize=1)
def _names() -> dict[str, frozenset[str]]:
    data = load_data("markup.toml")
    return {key: frozenset(value) for key, value in data.items() if isinstance(value, list)}


_MARKDOWN = re.compile(
    r"^(?P<fence>[ \t]*(?:```|~~~)[^\n]*\n?)"
    r"|^(?P<rule>[ \t]*(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,}|={3,})$)"
    r"|^(?P<table>[ \t]*(?:\|[ \t]*)?:?-{3,}:?[ \t]*(?:\|[ \t]*:?-{3,}:?[ \t]*)*+\|?[ \t]*$)"
    r"|^(?P<definition>[ \t]*\[[^\]\n]+\]:[ \t]+\S+[^\n]*$)"
    r"|^(?P<mark>[ \t]{0,3}(?:#{1,6}[ \t]+|(?:>[ \t]?)+|[-*+][ \t]+(?:\[[ xX]\][ \t]+)?))"
    r"|(?P<closing>(?<![ \t])[ \t]+#+[ \t]*$)"
    r"|(?P<image>!\[[^\]\n]{0,300}\](?:\([^)\n]{0,2000}\)|\[[^\]\n]{0,300}\]))"
    r"|(?P<open>\[)(?P<text>[^\[\]\n]{1,500})(?P<link>\](?:\((?:[^()\n]|\([^()\n]*\)){0,2000}\)|\[[^\]\n]{0,300}\]))"
    r"|(?P<auto><(?:https?|mailto):[^>\s]+>)"
    r"|(?P<note>\[\^[^\]\n]+\]:?)"
    r"|(?P<code>`+)"
    r"|(?P<strong>\*\*\*|\*\*|__|~~)"
    r"|(?P<emphasis>(?<![\w_])_(?=[^\s_])|(?<=[^\s_])_(?![\w_]))"
    r"|(?P<escape>\\(?=[\\`*_{}\[\]()#+\-.!|>~]))"
    r"|(?P<pipe>(?<![ \t])[ \t]*\|[ \t]*)",
    re.M,
)
_TABLE = re.compile(r"^[ \t]*(?:\|[ \t]*)?:?-{3,}:?[ \t]*\|", re.M)
_EMPHASIS = re.compile(r"(?<![*\d])\*(?![\s*])[^*\n]+(?<!\s)\*(?![*\d])")
_YAML = re.compile(r"\A---[ \t]*\n(?P<body>.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.S)
_YAML_LINE = re.compile(r"^(?P<key>[A-Za-z_]+)[ \t]*:[ \t]*(?P<quote>[\"']?)(?P<value>.*?)(?P=quote)[ \t]*$", re.M)
_LIST_VALUE = re.compile(r"[\[\],，、;；\"']+")


def strip_markdown(draft: Draft) -> PageInfo:
    """Take the marks out of Markdown: links keep their text, headings and lists their words."""
    info = PageInfo()
    head = _YAML.match(draft.text)
    edits: list[Edit] = []
    if head:
        fields = {}
        for m in _YAML_LINE.finditer(draft.text, head.start("body"), head.end("body")):
            fields[m["key"].lower()] = m["value"].strip()
        authors = _LIST_VALUE.split(fields.get("authors") or fields.get("author") or "")
        info.title = fields.get("title") or None
        info.date = fields.get("date") or fields.get("published") or None
        info.outlet = fields.get("source") or fields.get("outlet") or None
        info.authors = tuple(author.strip() for author in authors if author.strip())
        info.dropped.append((*draft.span(0, head.end()), "yaml"))
        edits.append(Edit(0, head.end()))
    body = head.end() if head else 0
    text = draft.text
    has_table = _TABLE.search(text) is not None
    for m in _MARKDOWN.finditer(text, body):
        kind = m.lastgroup
        if kind == "link":
            edits.append(Edit(m.start("open"), m.end("open")))
            edits.append(Edit(m.start("link"), m.end("link")))
        elif kind == "pipe":
            line = text[text.rfind("\n", 0, m.start()) + 1 : (text.find("\n", m.end()) + 1 or len(text) + 1) - 1]
            if has_table and (line.lstrip().startswith("|") or line.count("|") > 1):
                at_edge = m.start() == body or text[m.start() - 1] == "\n" or text[m.end() : m.end() + 1] in ("\n", "")
                edits.append(Edit(m.start(), m.end(), "" if at_edge else " "))
        else:
            edits.append(Edit(m.start(), m.end()))
    draft.apply(_without_overlap(edits))
    edits = []
    for m in _EMPHASIS.finditer(draft.text):
        edits += [Edit(m.start(), m.start() + 1), Edit(m.end() - 1, m.end())]
    draft.apply(edits)
    if _TAG_LIKE.search(draft.text):
        draft.apply(
            Edit(t.start, t.end, "\n" if _separator(t) == "\n" else html.unescape(t.entity))
            for t in _tokens(draft.text)
        )
    return info


_TAG_LIKE = re.compile(r"</?[a-zA-Z][^>\n]{0,300}>|<!--|&(?:[a-z]{2,8}|#\d+);")
_ENTITY = re.compile(
    r"&(?:nbsp|ensp|emsp|thinsp|amp|lt|gt|quot|apos|ldquo|rdquo|lsquo|rsquo|middot|mdash|ndash|hellip|bull|times);"
)


def decode_entities(draft: Draft) -> None:
    """Replace the entities that careless conversion leaves in plain text."""
    if "&" in draft.text:
        draft.apply(Edit(m.start(), m.end(), html.unescape(m.group())) for m in _ENTITY.finditer(draft.text))


def _without_overlap(edits: list[Edit]) -> list[Edit]:
    kept: list[Edit] = []
    for edit in sorted(edits):
        if not kept or edit.start >= kept[-1].end:
            kept.append(edit)
    return kept
