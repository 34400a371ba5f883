"""Documents as people have them: PDF, Word, mail, saved pages, archives and tables, parsed at arm's length.

A reader, ours or a plugin's, takes a `File` and yields what `source_text` makes of its text, or findings.
"""

from .formats import find_formats, kind_of
from .limits import LIMITS, Limits
from .parser_process import ParserProcess
from .texts import decode, source_text
from .values import File, Item

__all__ = ["LIMITS", "File", "Item", "Limits", "ParserProcess", "decode", "find_formats", "kind_of", "source_text"]
