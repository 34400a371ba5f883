"""Documents as people have them: PDF, Word, mail, saved pages, archives and tables, parsed at arm's length."""

from .formats import FORMATS, kind_of
from .limits import LIMITS, Limits
from .parser_process import ParserProcess

__all__ = ["FORMATS", "LIMITS", "Limits", "ParserProcess", "kind_of"]
