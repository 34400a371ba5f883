"""Mark sentences and clauses, whatever width the punctuation of a web copy has.

Many copies have lost every full-width mark, so `,` and `:` divide clauses just as `，` and `：` do;
what stands inside a title, parentheses or a short quotation is never divided, nor is 1,200 or 10:30.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from spacy.language import Language

from extract.annotate import text_of

if TYPE_CHECKING:
    from spacy.tokens import Doc

_BREAK = re.compile(  # the first line lets most places be passed over at a glance
    r"""
      (?=[《〈（(“‘「"\d。！？；!?;\n，,：:—\ \t\u3000\xa0])
      (?:
      《[^《》\n]{0,120}》 | 〈[^〈〉\n]{0,60}〉 | （[^（）\n]{0,120}） | \([^()\n]{0,120}\)
    | “[^“”\n。！？!?]{0,30}” | ‘[^‘’\n。！？!?]{0,30}’ | 「[^「」\n。]{0,30}」 | "[^"\n。]{1,24}"
    | (?P<number> \d (?:[,:]\d)+ )
    | (?P<sentence> (?:[。！？；!?;]+[”’」』）)"]*[^\S\n]*\n? | \n)\s* )
    | (?P<clause> [，,：:]+[”’」』）)]*[^\S\n]* | ——+ | (?<=[一-鿿”》）])[ \t\u3000\xa0]+(?=[一-鿿“《【]) )
    )""",
    re.VERBOSE,
)


def split_text(text: str) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Return the sentences and the clauses of a text as `(start, end)` offsets.

    Both cover the text without gaps but for blank runs; a clause never crosses a sentence.

    Example:
        >>> split_text("增加值达1,200亿元,增长7.5%。")
        ([(0, 18)], [(0, 12), (12, 18)])
    """
    sentences: list[tuple[int, int]] = []
    clauses: list[tuple[int, int]] = []
    sentence_start = clause_start = 0
    for match in _BREAK.finditer(text):
        kind = match.lastgroup
        if kind == "sentence":
            end = match.end()
            if text[clause_start:end].strip():
                clauses.append((clause_start, end))
            if text[sentence_start:end].strip():
                sentences.append((sentence_start, end))
            sentence_start = clause_start = end
        elif kind == "clause":
            end = match.end()
            if end - clause_start > 1:
                clauses.append((clause_start, end))
                clause_start = end
    if text[clause_start:].strip():
        clauses.append((clause_start, len(text)))
    if text[sentence_start:].strip():
        sentences.append((sentence_start, len(text)))
    return sentences, clauses


@Language.factory("jiqun_sentences", default_config={"packs": ["base"], "exclude_sources": []})
def create_sentences(nlp: Language, name: str, packs: list[str], exclude_sources: list[str]) -> SentenceMarker:
    """Create the component; packs do not change where a sentence ends."""
    return SentenceMarker()


class SentenceMarker:
    """Fill `doc.user_data["sentences"]` and `doc.user_data["clauses"]` with their offsets."""

    def __call__(self, doc: Doc) -> Doc:
        """Mark the sentences and clauses of a document."""
        doc.user_data["sentences"], doc.user_data["clauses"] = split_text(text_of(doc))
        return doc
