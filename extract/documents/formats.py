"""Which kinds of file there are, by suffix, and which package reads each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from ontology.plugins import Plugin, find_plugins, refuse_known

if TYPE_CHECKING:
    from .values import Reader


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file.

    Attributes:
        kind: Its name here.
        module: Module of this package with its `read`.
        package: Import name of the package it needs, or nothing.
        distribution: What to install for it.
        plugin: Who reads it, where that is not a module of this package.
    """

    kind: str
    module: str
    package: str = ""
    distribution: str = ""
    plugin: Plugin | None = None

    def reader(self) -> Reader:
        """Import and return the function that reads it.

        Raises:
            ModuleNotFoundError: The package it needs is not installed.
            ConfigurationError: The plugin that reads it cannot be imported.
        """
        if self.plugin is not None:
            loaded: Reader = self.plugin.load()
            return loaded
        if self.package:
            import_module(self.package)
        read: Reader = import_module(f".{self.module}", __package__).read
        return read


FORMATS = {
    ".pdf": Format("pdf", "pdf", "pypdf", "pypdf"),
    ".docx": Format("docx", "word", "docx", "python-docx"),
    ".eml": Format("eml", "mail"),
    ".mhtml": Format("mhtml", "mail"),
    ".mht": Format("mhtml", "mail"),
    ".zip": Format("zip", "archive"),
    ".csv": Format("csv", "table"),
    ".tsv": Format("csv", "table"),
    ".jsonl": Format("jsonl", "lines"),
    ".ndjson": Format("jsonl", "lines"),
}
"""Files that are parsed in a child process, by suffix."""


@cache
def find_formats() -> Mapping[str, Format]:
    """Return `FORMATS` and what plugins read, by suffix.

    Raises:
        ConfigurationError: A plugin reads a suffix that is read already.
    """
    found = dict(FORMATS)
    for plugin in find_plugins("jiqun.readers").values():
        refuse_known("jiqun.readers", plugin, (suffix[1:] for suffix in (*FORMATS, *MEDIA_TYPES)))
        found[f".{plugin.name}"] = Format(plugin.name, "", distribution=plugin.distribution, plugin=plugin)
    return found


MEDIA_TYPES = {
    ".txt": "text/plain",
    ".text": "text/plain",
    ".md": "text/markdown",
    ".markdown": "text/markdown",
    ".html": "text/html",
    ".htm": "text/html",
    ".xhtml": "text/html",
}
"""Texts that are read as they are, by suffix."""

HINTS = {
    ".doc": "save it as .docx",
    ".wps": "save it as .docx",
    ".rtf": "save it as .docx",
    ".odt": "save it as .docx",
    ".ofd": "export it as .pdf",
    ".ppt": "export it as .pdf",
    ".pptx": "export it as .pdf",
    ".xls": "save the sheet as .csv",
    ".xlsx": "save the sheet as .csv",
    ".rar": "pack it as .zip",
    ".7z": "pack it as .zip",
    ".jpg": "recognise its text first: ocrmypdf -l chi_sim --image-dpi 300 IN OUT.pdf",
    ".png": "recognise its text first: ocrmypdf -l chi_sim --image-dpi 300 IN OUT.pdf",
    ".tif": "recognise its text first: ocrmypdf -l chi_sim IN OUT.pdf",
}
"""Files that are not read, and what makes a readable one of them."""


def kind_of(data: bytes) -> str:
    """Return the suffix that the first bytes of a file speak for, or nothing where they say nothing.

    Example:
        >>> kind_of(b"%PDF-1.7")
        '.pdf'
    """
    if b"%PDF-" in data[:1024]:
        return ".pdf"
    if data.startswith(b"PK\x03\x04"):
        return ".docx" if b"word/" in data[:4096] or b"word/document.xml" in data[-65_536:] else ".zip"
    if data.startswith((b"From: <Saved by ", b'From: "Saved by ')):
        return ".mhtml"
    return ""
