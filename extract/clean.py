"""Clean a text and remember where every character was."""

from __future__ import annotations

import re

from ontology.errors import EmptyDocumentError
from ontology.model import CleanText, SourceText

from .cleaning.offsets import Draft, Edit

_PINYIN = re.compile(r"(?<=[㐀-鿿])[(（][a-zāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜü]{1,6}[)）]")
_TONE = re.compile("[āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜ]")


def clean_text(source: SourceText) -> CleanText:
    """Strip web noise from a text and remember where every character was."""
    import opencc

    draft = Draft(source.text)
    draft.apply(Edit(m.start(), m.end(), "", True) for m in _PINYIN.finditer(draft.text) if _TONE.search(m.group()))
    draft.exchange(re.sub(r"[\xa0\u3000\t]", " ", draft.text))
    converted = opencc.OpenCC("tw2s").convert(draft.text)
    if len(converted) == len(draft.text) and len(re.findall("[數經業產區國發務]", draft.text)) * 100 > len(draft.text):
        draft.exchange(converted)
    draft.apply(Edit(m.start(), m.end()) for m in re.finditer(r"(?:^[ \r]*\n)|^ +| *\r?(?=\n)| +\Z", draft.text, re.M) if m.group())
    if not draft.text.strip():
        raise EmptyDocumentError(f"Nothing is left of {source.doc}.", doc=source.doc)
    return CleanText(source, draft.text, tuple(draft.starts), tuple(draft.ends))
