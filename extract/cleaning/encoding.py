"""Decode the bytes of a Chinese text file."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from functools import lru_cache

from .data import load_data

_BOMS = (
    (codecs.BOM_UTF8, "utf-8", "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32-le", "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32-be", "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "utf-16"),
)
_MAGIC = (
    (b"%PDF-", "a PDF file"),
    (b"PK\x03\x04", "a ZIP or Office file"),
    (b"\xd0\xcf\x11\xe0", "an old Office file"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"\x1f\x8b", "a gzip file"),
    (b"\x7fELF", "a program"),
    (b"SQLite format 3", "a database"),
)
_SUPERSETS = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "gb_2312-80": "gb18030",
    "big5": "big5hkscs",
}
_META = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9_.:-]{2,40})""", re.I)
_CONTROL = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")


class UnreadableBytes(ValueError):
    """The bytes are no text in any encoding we know.

    Attributes:
        code: `binary-file` or `unreadable-encoding`.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Decoded:
    """A decoded text and how sure that is.

    Attributes:
        text: All code points, without a byte order mark.
        encoding: Name of the codec.
        is_guessed: Nothing but the look of the text spoke for the codec.
        is_damaged: Some bytes could not be decoded and stand as U+FFFD.
    """

    text: str
    encoding: str
    is_guessed: bool = False
    is_damaged: bool = False


def decode_bytes(data: bytes, *, is_html: bool = False) -> Decoded:
    """Decode a file: byte order mark, strict UTF-8, declared charset, then the more plausible of the rest.

    Args:
        data: The file.
        is_html: A `<meta charset>` counts.

    Raises:
        UnreadableBytes: It is binary, or no encoding gives a plausible text.
    """
    for mark, name, codec in _BOMS:
        if data.startswith(mark):
            try:
                return Decoded(data.decode(codec), name)
            except UnicodeDecodeError:
                text = data[len(mark) :].decode(name, "replace")
                return _damaged(text, name)
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            raise UnreadableBytes("binary-file", f"is {kind}, not a text.")
    if b"\x00" in data:
        return _wide(data)
    try:
        return _checked(Decoded(data.decode("utf-8"), "utf-8"))
    except UnicodeDecodeError:
        pass
    declared = _declared(data) if is_html else None
    if declared is not None:
        try:
            return Decoded(data.decode(declared), declared)
        except UnicodeDecodeError:
            pass
    return _guess(data, declared)


def plausibility(text: str) -> float:
    """Return how much a text looks like Chinese, 0..1: the share of everyday characters in what is not ASCII."""
    sample = [c for c in text[:20_000] if c > "\x7f"]
    if not sample:
        return 0.0
    everyday = _everyday()
    common = sum(c in everyday or "\u3000" <= c <= "\u3017" or c in "，：；！？（）“”‘’—…·、" for c in sample)
    wrong = sum("\ue000" <= c <= "\uf8ff" or c == "\ufffd" or "\x80" <= c <= "\x9f" for c in sample)
    return max(0.0, (common - 3 * wrong) / len(sample))


def superset(charset: str) -> str:
    """Return the encoding that holds what pages with a declared charset really contain: GB18030 for GB2312."""
    return _SUPERSETS.get(charset.lower(), charset.lower())


@lru_cache(maxsize=1)
def _everyday() -> frozenset[str]:
    return frozenset("".join(load_data("encoding.toml")["everyday"].split()))


def _declared(data: bytes) -> str | None:
    found = _META.search(data[:4096])
    if not found:
        return None
    try:
        return codecs.lookup(superset(found.group(1).decode("ascii"))).name
    except LookupError:
        return None


def _guess(data: bytes, declared: str | None) -> Decoded:
    """Choose between GB18030, Big5 and slightly damaged UTF-8."""
    candidates: list[tuple[float, int, Decoded]] = []
    names = ["gb18030", "big5hkscs", "utf-8"]
    if declared and declared not in names:
        names.append(declared)
    for rank, name in enumerate(names):
        text = data.decode(name, "replace")
        holes = text.count("\ufffd")
        if holes > max(3, len(text) // 100):
            continue
        score = plausibility(text) - (0.1 if holes else 0.0)
        label = "big5" if name == "big5hkscs" else name
        candidates.append((score, -rank, Decoded(text, label, name != declared, holes > 0)))
    if not candidates or max(candidates, key=lambda c: c[:2])[0] < 0.2:
        raise UnreadableBytes(
            "unreadable-encoding", "is no text in UTF-8, UTF-16, GB18030 or Big5. hint: convert it to UTF-8 first."
        )
    return _checked(max(candidates, key=lambda c: c[:2])[2])


def _wide(data: bytes) -> Decoded:
    """Decode UTF-16 without a byte order mark, or say that the file is binary."""
    best: tuple[float, Decoded] | None = None
    for name in ("utf-16-le", "utf-16-be"):
        try:
            text = data.decode(name)
        except UnicodeDecodeError:
            continue
        plain = sum(c in "\n\r\t" or " " <= c <= "~" for c in text[:20_000]) / len(text[:20_000])
        score = plausibility(text) * (1 - plain) + plain
        if not _CONTROL.search(text) and (best is None or score > best[0]):
            best = score, Decoded(text, name, True)
    if best is None or best[0] < 0.3:
        raise UnreadableBytes("binary-file", "is binary (it has zero bytes), not a text.")
    return best[1]


def _checked(decoded: Decoded) -> Decoded:
    controls = len(_CONTROL.findall(decoded.text))
    if controls > max(2, len(decoded.text) // 200):
        raise UnreadableBytes("binary-file", "is binary (it is full of control characters), not a text.")
    return decoded


def _damaged(text: str, name: str) -> Decoded:
    if text.count("\ufffd") > max(3, len(text) // 100):
        raise UnreadableBytes("unreadable-encoding", f"starts like {name} but does not go on like it.")
    return Decoded(text, name, is_damaged=True)
