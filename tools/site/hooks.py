"""What MkDocs cannot find in `docs/`: pages made of the command, of the notebook and of the files at the root.

Called by MkDocs (`hooks` in mkdocs.yml). Nothing is written to `docs/`.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[2]
AT_THE_ROOT = {
    "ARCHITECTURE.md": "project/architecture.md",
    "CONTRIBUTING.md": "project/contributing.md",
    "CHANGELOG.md": "project/changelog.md",
    "SECURITY.md": "project/security.md",
}
SHIM = Path(__file__).with_name("assets") / "iframe-worker.js"
SHIM_ELSEWHERE, SHIM_HERE = "https://unpkg.com/iframe-worker/shim", "assets/javascripts/iframe-worker.js"
LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s#]+)(#[^)\s]*)?\)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the generated pages, and put the decisions into the menu."""
    from mkdocs.structure.files import File

    sys.path.insert(0, str(ROOT))
    pages = {
        "reference/commands.md": describe_commands(),
        "tutorials/python.md": notebook_as_page(ROOT / "docs" / "tutorial.ipynb"),
        **{to: from_the_root((ROOT / name).read_text("utf-8")) for name, to in AT_THE_ROOT.items()},
    }
    for name, content in pages.items():
        files.append(File.generated(config, name, content=content))
    files.append(File.generated(config, SHIM_HERE, content=SHIM.read_bytes()))
    decisions = sorted(file.src_uri for file in files.documentation_pages() if file.src_uri.startswith("adr/"))
    put_into_menu(config.nav, "adr/", decisions)
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Turn links to files that are not on the site into their paths."""
    here = Path(page.file.src_uri).parent

    def keep(match: re.Match[str]) -> str:
        picture, text, target, _ = match.groups()
        if picture or "://" in target or target.startswith("mailto:"):
            return match[0]
        place = os.path.normpath(here / target)
        if place.startswith(".."):
            return f"{text} (`{os.path.normpath(Path('docs') / place)}`)"
        if target.endswith("/") and files.get_file_from_path(place) is None:
            return f"{text} (`docs/{place}`)"
        return match[0]

    return LINK.sub(keep, markdown)


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    """Take the script that lets the search work on `file://` from the site, not from a server."""
    return output.replace(SHIM_ELSEWHERE, "../" * page.file.src_uri.count("/") + SHIM_HERE)


def on_post_template(output_content: str, template_name: str, config: MkDocsConfig) -> str:
    """Do the same in pages that are no documents, such as 404.html."""
    return output_content.replace(SHIM_ELSEWHERE, f"/{SHIM_HERE}")


def put_into_menu(menu: object, mark: str, pages: list[str]) -> None:
    """Replace a mark in the menu by pages."""
    for entry in menu if isinstance(menu, list) else []:
        for name, below in entry.items() if isinstance(entry, dict) else []:
            if below == mark:
                entry[name] = pages
            else:
                put_into_menu(below, mark, pages)


def from_the_root(text: str) -> str:
    """Let the links of a file at the root lead from `project/` to the same places."""

    def lead(match: re.Match[str]) -> str:
        picture, label, target, anchor = match.groups()
        if "://" in target:
            return match[0]
        if target in AT_THE_ROOT:
            target = Path(AT_THE_ROOT[target]).name
        elif target.startswith("docs/"):
            target = f"../{target.removeprefix('docs/')}"
        else:
            target = f"../../{target}"
        return f"{picture}[{label}]({target}{anchor or ''})"

    return LINK.sub(lead, text)


def describe_commands() -> str:
    """Return the help of each command, as `kg COMMAND --help` prints it."""
    os.environ["COLUMNS"] = "100"
    from kg import cli

    lines = ["# Commands", "", "What `kg COMMAND --help` prints; this page is made from it."]
    for name in cli._COMMANDS:
        lines += ["", f"## kg {name}", "", "```text", cli._parser_of(name).format_help().rstrip(), "```"]
    return "\n".join(lines)


def notebook_as_page(path: Path) -> str:
    """Return the cells of a notebook as Markdown."""
    import nbformat

    def blocks() -> Iterator[str]:
        for cell in nbformat.read(path, as_version=4).cells:
            yield cell.source if cell.cell_type == "markdown" else f"```python\n{cell.source}\n```"
        yield (
            "This page is the notebook `docs/tutorial.ipynb`; open it there to see the tables and the picture. "
            "All that can be called is in the [reference](../reference/python.md)."
        )

    return "\n\n".join(blocks())
