"""Write what Neo4j Browser takes, into docs/neo4j-browser: run it after changes of colours, questions or views.

    jiqun.grass        colours, sizes and captions, from kg/style.toml
    favourites.zip     pictures (tools/neo4j/views) and questions (queries/cypher) for the list of favourites
    guide.html         the same to click through, with :param lines

With `--check` it writes nothing and only says whether they are up to date (exit code 1 if not). With `--serve` it
serves the folder on 127.0.0.1, because Browser loads a guide and a style by address, until it is interrupted.
"""

from __future__ import annotations

import html
import io
import sys
import tomllib
import zipfile
from collections.abc import Mapping, Sequence
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / "docs" / "neo4j-browser"
VIEWS = Path(__file__).resolve().parent / "views"
sys.path.insert(0, str(ROOT))

from kg.drawing.style import load_style, relation_style  # noqa: E402
from kg.loading.statements import FACT_TYPES  # noqa: E402
from kg.projection import RELATIONSHIP_TYPES  # noqa: E402
from ontology.iri import RESOURCE, entity_id  # noqa: E402
from queries.catalog import Parameter, Question, load_catalog  # noqa: E402

PORT = 7480


def files() -> dict[str, bytes]:
    """Return name and content of every file."""
    return {"jiqun.grass": grass().encode(), "favourites.zip": favourites(), "guide.html": guide().encode()}


# --- colours ----------------------------------------------------------------------------------------------------------


def grass() -> str:
    """Return the style sheet: one rule a class; a class comes behind its super-class, so that it wins."""
    style = load_style()
    rules = [
        _rule("node", {"diameter": "50px", "color": "#5C6670", "border-width": "2px", "text-color-internal": "#FFFFFF",
                       "border-color": "#444C54", "font-size": "10px"}),
        _rule("relationship", {
            "color": "#8A929A", "shaft-width": "1px", "font-size": "9px", "padding": "3px",
            "text-color-external": "#303840", "text-color-internal": "#FFFFFF", "caption": '"<type>"',
        }),
    ]  # fmt: skip
    classes = {**style["classes"], **style["provenance"]}
    for name in sorted(classes, key=lambda name: (name not in ("Organization", "Topic"), list(classes).index(name))):
        look = classes[name]
        rules.append(
            _rule(f"node.{name}", {
                "color": look["color"], "border-color": _darker(look["color"]), "text-color-internal": "#FFFFFF",
                "diameter": look.get("diameter", "50px"), "caption": f'"{look.get("caption", "{name}")}"',
            })
        )  # fmt: skip
    names = {kind: name for name, kind in RELATIONSHIP_TYPES.items()}
    for kind in FACT_TYPES:
        caption = f'"{relation_style(names[kind])["zh"]}"'
        rules.append(_rule(f"relationship.{kind}", {"color": "#5C6670", "caption": caption}))
    rules.append(_rule("relationship.ABOUT", {"color": "#B4BEC8", "caption": '"关于"'}))
    rules.append(_rule("relationship.IN_DOCUMENT", {"color": "#B4BEC8", "caption": '"出自"'}))
    return "".join(rules)


def _rule(selector: str, properties: Mapping[str, str]) -> str:
    return selector + " {\n" + "".join(f"  {name}: {value};\n" for name, value in properties.items()) + "}\n\n"


def _darker(color: str) -> str:
    return "#" + "".join(f"{int(color[i : i + 2], 16) * 3 // 4:02X}" for i in (1, 3, 5))


# --- favourites -------------------------------------------------------------------------------------------------------


def views() -> dict[str, str]:
    """Return the statements that draw something, by title."""
    texts = [path.read_text("utf-8") for path in sorted(VIEWS.glob("*.cypher"))]
    return {text.splitlines()[0].removeprefix("// "): text for text in texts}


def favourites() -> bytes:
    """Return the favourites as the archive that Browser imports: a folder of pictures and one of questions."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_STORED) as archive:
        for number, text in enumerate(views().values(), start=1):
            _add(archive, f"集群 Jiqun pictures/{number}.cypher", text)
        for question in load_catalog().values():
            _add(archive, f"集群 Jiqun questions/{question.name}.cypher", for_browser(question, required(question)))
    return data.getvalue()


def _add(archive: zipfile.ZipFile, name: str, text: str) -> None:
    entry = zipfile.ZipInfo(name, date_time=(2020, 1, 1, 0, 0, 0))
    entry.external_attr = 0o644 << 16
    archive.writestr(entry, text)


def for_browser(question: Question, chosen: Sequence[Parameter]) -> str:
    """Return a question as a favourite: its Chinese title, the `:param` lines to run before, the statement.

    The lines are comments: Browser shows no result of a statement that is run together with others.
    """
    statement = question.statement("cypher", {p.name: f"${p.name}" for p in chosen})
    lines = [f"// {question.summary_zh} · {question.name}"]
    lines += [f"// {line}" for line in params(question, chosen)]
    return "\n".join([*lines, statement.strip()]) + "\n"


def required(question: Question) -> list[Parameter]:
    """Return the parameters without which a question makes no sense."""
    return [p for p in question.parameters if p.required]


def params(question: Question, chosen: Sequence[Parameter]) -> list[str]:
    """Return a `:param` line for each parameter."""
    return [f":param {p.name} => {example(question, p)}" for p in chosen]


def example(question: Question, parameter: Parameter) -> str:
    """Return a value for a `:param` line: entities by their address, which is class and name."""
    data = tomllib.loads((Path(__file__).parent / "browser.toml").read_text("utf-8"))
    usual = data["values"]
    value = str(next((e[parameter.name] for e in question.examples if parameter.name in e), ""))
    if parameter.is_entity:
        value = value or usual["entity"]
        local = data["addresses"].get(value) or entity_id(parameter.types[0], value).removeprefix("id:")
        return f"'{RESOURCE}{local}'"
    value = value or usual.get(parameter.name) or usual[parameter.types[0]]
    return value if parameter.types[0] in ("number", "count") else f"'{value}'"


# --- the guide --------------------------------------------------------------------------------------------------------


def guide() -> str:
    """Return the guide: a slide of first steps, one of pictures, and the questions."""
    slides = [_slide("集群 Jiqun", (VIEWS / "first_steps.html").read_text("utf-8").replace("PORT", str(PORT)))]
    for title, text in views().items():
        slides.append(_slide(title, _code(text)))
    group: list[str] = []
    questions = list(load_catalog().values())
    for number, question in enumerate(questions, start=1):
        group.append(f"<h4>{html.escape(question.summary_zh)}</h4><p>{html.escape(question.summary)}</p>")
        group += [_code(line) for line in params(question, question.parameters)]
        if any(not p.required for p in question.parameters):
            group.append("<p>问全部 · about everything:</p>" + _code(_statement(question, required(question))))
            group.append("<p>只问给定的 · about what is given:</p>")
        group.append(_code(_statement(question, question.parameters)))
        if number % 3 == 0 or number == len(questions):
            slides.append(_slide("问题 Questions", "\n".join(group)))
            group = []
    head = "<!-- Generated by tools/neo4j/browser.py; do not edit. -->\n"
    body = "\n".join(slides)
    title = '<article class="guide"><title>集群 Jiqun</title>\n<carousel class="deck container-fluid">\n'
    return f"{head}{title}{body}\n</carousel></article>\n"


def _statement(question: Question, chosen: Sequence[Parameter]) -> str:
    return question.statement("cypher", {p.name: f"${p.name}" for p in chosen})


def _slide(title: str, body: str) -> str:
    return (
        '<slide class="row-fluid"><div class="col-sm-3">'
        f'<h3>{html.escape(title)}</h3></div><div class="col-sm-9">\n{body}\n</div></slide>'
    )


def _code(text: str) -> str:
    return f'<figure><pre class="pre-scrollable code runnable">{html.escape(text.strip(), quote=False)}</pre></figure>'


def make_server(port: int = PORT) -> ThreadingHTTPServer:
    """Return a server of the folder for Browser pages of this machine; it serves when told to."""

    class Handler(SimpleHTTPRequestHandler):
        def end_headers(self) -> None:
            self.send_header("Access-Control-Allow-Origin", "*")
            super().end_headers()

        def do_OPTIONS(self) -> None:  # Browser asks first
            self.send_response(204)
            self.send_header("Access-Control-Allow-Headers", "*")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    return ThreadingHTTPServer(("127.0.0.1", port), partial(Handler, directory=str(TARGET)))


def main() -> int:
    """Write the files, compare them, or serve them."""
    if "--serve" in sys.argv:
        with make_server() as server:
            print(f"in Neo4j Browser:  :guide http://127.0.0.1:{PORT}/guide.html")
            try:
                server.serve_forever()
            except KeyboardInterrupt:
                print("stopped")
        return 0
    wanted = files()
    if "--check" in sys.argv:
        return int(any(not (TARGET / n).is_file() or (TARGET / n).read_bytes() != data for n, data in wanted.items()))
    TARGET.mkdir(exist_ok=True)
    for name, data in wanted.items():
        (TARGET / name).write_bytes(data)
    return 0


if __name__ == "__main__":
    sys.exit(main())
