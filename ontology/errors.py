"""The one tree of exceptions.

JiqunError                      anything this project raises on purpose
├── UsageError                  exit 2: the command line or a setting is wrong
│   └── ConfigurationError      a pack, question or settings file is wrong (file, line)
├── DocumentError               one document cannot be used; the others go on (exit 1)
│   ├── UnreadableDocumentError its bytes are no text, not of their kind, or beyond a limit
│   └── EmptyDocumentError      nothing, or nothing but navigation, is in it
├── QualityGateError            exit 3: shapes or assertions do not hold
├── ServiceError                exit 4: Neo4j, a browser or a store is not reachable
├── LimitError                  exit 5: time, memory, disk or row limit
└── OutputError                 exit 2: an output folder is missing, damaged, or in use
"""

from __future__ import annotations


class JiqunError(Exception):
    """Base of every error that is raised on purpose.

    Attributes:
        message: What is wrong and where, one sentence.
        hint: What to do about it, or an empty string.
        exit_code: What the command line returns for it.
    """

    exit_code = 2

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\nhint: {self.hint}" if self.hint else self.message


class UsageError(JiqunError):
    """The command line or a setting is wrong."""


class ConfigurationError(UsageError):
    """A pack, a question or a settings file is wrong."""


class DocumentError(JiqunError):
    """One document cannot be used; the others go on."""

    exit_code = 1

    def __init__(self, message: str, *, doc: str, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.doc = doc


class UnreadableDocumentError(DocumentError):
    """The bytes of a document are none of the kind that they claim, no text that we know, or beyond a limit.

    Attributes:
        code: Code of the finding that it becomes.
    """

    def __init__(self, message: str, *, doc: str, code: str = "unreadable-document", hint: str = "") -> None:
        super().__init__(message, doc=doc, hint=hint)
        self.code = code


class EmptyDocumentError(DocumentError):
    """Nothing, or nothing but navigation, is in a document."""


class QualityGateError(JiqunError):
    """Shapes or assertions do not hold."""

    exit_code = 3


class ServiceError(JiqunError):
    """A service that is needed cannot be reached."""

    exit_code = 4


class LimitError(JiqunError):
    """A limit of time, memory, disk or rows was hit."""

    exit_code = 5


class OutputError(JiqunError):
    """An output folder is missing, damaged, or in use."""
