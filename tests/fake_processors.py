"""Processors that take a moment, for tests of the worker processes, which import them by name."""

from __future__ import annotations

import os
import signal
import time

from kg.processing.records import Result
from kg.processing.workers import Processor, Task
from ontology.errors import ConfigurationError
from ontology.model import DocumentMetadata, DocumentRecord, Finding, SourceText


def make_echo() -> Processor:
    """Answer a text with its number of characters; some words do what they say."""

    def process(source: SourceText) -> Result:
        if source.text == "KILL":
            os.kill(os.getpid(), signal.SIGKILL)
        if source.text == "EXIT":
            os._exit(3)
        if source.text == "MEMORY":
            raise MemoryError
        if source.text == "PRINT":
            print("noise between the answers", flush=True)
        if source.text == "SLOW":
            time.sleep(0.3)
        if source.text == "LOST":
            return Finding("empty-document", "error", source.doc, None, None, "nothing in it")
        metadata = DocumentMetadata(title=str(os.getpid()))
        return DocumentRecord(source.doc, str(len(source.text)), metadata)

    return process


def make_wrong_pack() -> Processor:
    """Fail as a pipeline does whose pack is wrong."""
    raise ConfigurationError("No pack named 'nowhere'.", hint="packs: base")


def make_bug() -> Processor:
    """Fail as a mistake of ours."""
    raise KeyError("a bug")


def make_dying() -> Processor:
    """Die before anything is ready."""
    os._exit(7)


def make_swap() -> Task:
    """Answer a pair with its ends exchanged; the longer its text, the sooner."""

    def swap(pair: tuple[str, int]) -> tuple[int, str]:
        time.sleep(0.01 / (1 + len(pair[0])))
        return pair[1], pair[0]

    return swap


def make_dying_elsewhere() -> Task:
    """Answer a process and an odd number with the number; over an even one die, but in the process that is named."""

    def answer(given: tuple[int, int]) -> tuple[int]:
        if given[1] % 2 == 0 and os.getpid() != given[0]:
            os._exit(3)
        return (given[1],)

    return answer
