"""The command `kg`: arguments in, one stage function called, a table out. The one module that prints.

Data goes to stdout, news to stderr. Nothing is imported before a command needs it that takes longer than its help.
"""

from __future__ import annotations

import argparse
import logging
import os
import re
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from ontology.errors import JiqunError, UsageError
from queries.formats import FORMATS, format_rows, wrap_text
from queries.rows import Rows

from . import __version__
from .completion import SCRIPTS, complete
from .configuration import FILE, load_assertions, load_configuration, write_configuration
from .language import (
    LANGUAGE,
    LANGUAGES,
    help_texts,
    language_of_environment,
    mark,
    messages,
    translate,
    translate_help,
)
from .settings import ENGINES, PROFILES
from .terminal import ProgressLine, Style, pad, terminal_width

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from queries.catalog import Question
    from queries.store import KnowledgeGraph

    from .projection import PropertyGraph

EXIT_OK, EXIT_LOST, EXIT_USAGE, EXIT_GATE, EXIT_SERVICE, EXIT_LIMIT, EXIT_BUG, EXIT_INTERRUPTED = (
    0,
    1,
    2,
    3,
    4,
    5,
    70,
    130,
)


class _HelpFormatter(argparse.RawDescriptionHelpFormatter):
    """Help as wide as our examples."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=26, width=max(60, min(120, terminal_width(sys.stdout))))

    def format_help(self) -> str:
        """Begin in the language that is spoken."""
        text, usage = super().format_help(), "usage: "
        for heading in help_texts()["headings"].values():  # argparse writes its own colon behind them
            text = text.replace(f"\n{heading}:\n", f"\n{heading}{mark(': ')}\n")
        return translate_help(usage, "headings") + text.removeprefix(usage) if text.startswith(usage) else text

    def start_section(self, heading: str | None) -> None:
        """Give argparse's two headings in the language that is spoken."""
        super().start_section(translate_help(heading, "headings") if heading else heading)

    def _split_lines(self, text: str, width: int) -> list[str]:
        """Break Chinese where its columns end; argparse counts characters and breaks at spaces."""
        return super()._split_lines(text, width) if LANGUAGE.get() == "en" else wrap_text(text, width)


class _Parser(argparse.ArgumentParser):
    """A parser whose mistakes are our errors, with a suggestion where a word is nearly right."""

    def error(self, message: str) -> NoReturn:
        """Turn what argparse found into a usage error."""
        hint = f"{self.prog} --help shows what there is"
        choice = re.match(r"argument (\S+): invalid choice: '([^']*)'", message)
        if choice:
            word, known = choice[2], self._choices(choice[1])
            message = f"{choice[1]}: no {word!r}."
            hint = suggest(word, known) or f"there is: {', '.join(known)}"
        raise UsageError(f"{message[:1].upper()}{message[1:].rstrip('.')}.", hint=hint)

    def _choices(self, name: str) -> list[str]:
        for action in self._actions:
            if name in (*action.option_strings, action.dest, action.metavar) and action.choices is not None:
                return [str(value) for value in action.choices]
        return []

    def format_usage(self) -> str:
        """Return the usage as argparse knows it, which cuts off `usage: ` by its length when options are intermixed."""
        usage = "usage: "
        return usage + super().format_usage().removeprefix(translate_help(usage, "headings"))

    def options(self) -> list[str]:
        """Return all option strings."""
        return [option for action in self._actions for option in action.option_strings]


def suggest(word: str, known: Sequence[str]) -> str:
    """Return `did you mean 'x'?` for the nearest known word, or an empty string."""
    import difflib

    near = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    return f"did you mean {near[0]!r}?" if near else ""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; no traceback gets out."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    LANGUAGE.set(language_of_environment())
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    debug = bool(os.environ.get("KG_DEBUG"))
    try:
        return _run(arguments, debug=debug)
    except JiqunError as error:
        if debug:
            traceback.print_exc()
        _complain(error.message, error.hint)
        return error.exit_code
    except KeyboardInterrupt:
        _complain("Interrupted; nothing was half written.")
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # The reader went away (`kg ask … | head`); keep Python from complaining at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_OK
    except Exception as error:  # a bug of ours; the user gets one line and the place of the rest
        if debug:
            traceback.print_exc()
        said = _without_passwords(f"A mistake of this program: {type(error).__name__}: {error}")
        _complain(said, _bug_hint(arguments))
        return EXIT_BUG


def _run(arguments: list[str], *, debug: bool) -> int:
    logging.basicConfig(
        level=logging.DEBUG if debug else logging.CRITICAL,
        format="%(levelname)s %(name)s: %(message)s",
        stream=sys.stderr,
    )
    if arguments and arguments[0].partition("=")[0] == "--lang":
        word = arguments[0].partition("=")[2] or (arguments[1] if len(arguments) > 1 else "")
        if word not in LANGUAGES:
            raise UsageError(f"--lang: no {word!r}.", hint=f"there is: {', '.join(LANGUAGES)}")
        LANGUAGE.set(word)
        arguments = arguments[1 if "=" in arguments[0] else 2 :]
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(messages()["help"][LANGUAGE.get()], end="")
        return EXIT_OK if arguments else EXIT_USAGE
    if arguments[0] in ("-V", "--version"):
        print(f"kg {__version__}")
        return EXIT_OK
    command, rest = arguments[0], arguments[1:]
    if command not in _COMMANDS:
        known = ", ".join(_COMMANDS)
        raise UsageError(f"No command {command!r}.", hint=suggest(command, list(_COMMANDS)) or f"commands: {known}")
    if command == "completion" and rest[:1] == ["--words"]:
        print("\n".join(complete(rest[1:], list(_COMMANDS), _parser_of)))
        return EXIT_OK
    parser, run = _parser_of(command), _COMMANDS[command][1]
    name = rest.pop(0) if command == "ask" and rest and not rest[0].startswith("-") else None
    parser.add_argument("-h", "--help", action="store_true" if name else "help", help="show this and stop")
    parser.add_argument("-v", "--verbose", action="store_true", help="tell on the way what is done")
    if LANGUAGE.get() != "en":
        _say_in_chinese(parser, command)
    options, extra = parser.parse_known_args(rest) if command == "ask" else parser.parse_known_intermixed_args(rest)
    if command == "ask":
        options.name, options.params = name, _question_params(extra, parser)
    elif extra:
        hint = suggest(extra[0].split("=")[0], parser.options()) or f"{parser.prog} --help shows what there is"
        raise UsageError(f"Not understood: {' '.join(extra)}", hint=hint)
    if options.verbose and not debug:
        logging.getLogger().setLevel(logging.INFO)
    return run(options)


def _parser_of(command: str) -> _Parser:
    """Return the parser of a command, without what all commands understand."""
    parser = _Parser(prog=f"kg {command}", formatter_class=_HelpFormatter, allow_abbrev=False, add_help=False)
    _COMMANDS[command][0](parser)
    return parser


def _say_in_chinese(parser: _Parser, command: str) -> None:
    """Put the Chinese help of a command in the place of the English one."""
    texts = help_texts()
    parser.description = translate_help(parser.description or "")
    parser.usage = texts["usage"].get(command, parser.usage)
    parser.epilog = texts["epilog"][command].strip("\n")
    for action in parser._actions:
        action.help = translate_help(action.help) if action.help else action.help


# --- build ------------------------------------------------------------------------------------------------------------


def _declare_build(parser: _Parser) -> None:
    said = {name: setting.value for name, setting in load_configuration().items()}
    parser.description = "Read documents and write the graph of what they say."
    parser.epilog = """\
examples:
  kg build texts --out out
  kg build news/ plan.pdf report.docx page.html --out out
  kg build articles.csv --out out      a document for each row: columns text or 正文, title, date, source
  kg build - --out out < plan.pdf         from standard input
  kg build texts --out out --profile rules    without models: faster, finds a little less
  kg build texts --out out --min-confidence 0.9    fewer facts, nearly all of them right
  kg build texts --out out --jobs 4           at most four processes; a second build does only what is new
  kg build texts --out out --engine spark --master spark://HOST:7077    on a cluster: Parquet and N-Quads

It writes into OUT: graph.ttl (everything), entities.jsonl, facts.jsonl, graph.html (open it in a browser),
findings.jsonl (what was repaired, skipped or lost) and manifest.json (counts and checksums, last)."""
    parser.add_argument(
        "inputs",
        nargs="*" if said["inputs"] else "+",
        default=[Path(name) for name in _texts(said["inputs"])],
        metavar="INPUT",
        type=Path,
        help=".txt .md .html .mhtml .pdf .docx .eml .csv .jsonl, .zip or folders of them, - for standard input",
    )
    parser.add_argument(
        "--out", type=Path, default=Path(str(said["out"])), help="folder for the output (default: %(default)s)"
    )
    parser.add_argument("--pack", action="append", metavar="NAME", help="add a pack of names and wordings (may repeat)")
    parser.set_defaults(packs=_texts(said["packs"]))
    parser.add_argument(
        "--profile",
        choices=PROFILES,
        default=said["profile"] or None,
        metavar="NAME",
        help="rules or full (default: full where its models can run)",
    )
    parser.add_argument(
        "--min-confidence",
        type=float,
        default=said["min_confidence"],
        metavar="X",
        help="leave out facts of the texts below this confidence, 0 to 1 (default: none)",
    )
    parser.add_argument(
        "--decisions",
        type=Path,
        action="append",
        metavar="FILE",
        help="replay what people decided, in one file or several (docs/trust.md)",
    )
    parser.add_argument(
        "--infer", action="store_true", help="add what follows from the facts, marked, with premises (docs/trust.md)"
    )
    parser.add_argument(
        "--jobs", type=_positive, metavar="N", help="the most processes that work at once (default: one for each core)"
    )
    parser.add_argument(
        "--engine", choices=ENGINES, default="local", metavar="NAME", help="local or spark (docs/scale.md)"
    )
    parser.add_argument(
        "--master", metavar="URL", help="where Spark runs: local[2], spark://HOST:7077 (default: all cores here)"
    )
    cache = parser.add_mutually_exclusive_group()
    cache.add_argument(
        "--cache",
        type=Path,
        metavar="DIR",
        help="folder for what was made of each document, so that no build does it again (default: OUT/.cache)",
    )
    cache.add_argument("--no-cache", action="store_true", help="make everything anew and keep nothing")
    parser.add_argument(
        "--no-assertions", action="store_true", help=f"write the graph even where [assertions] of {FILE} do not hold"
    )
    parser.add_argument(
        "--open", action="store_true", help="open the page in the browser of the desktop, if there is one"
    )
    parser.add_argument(
        "--store", type=Path, metavar="DIR", help="write a store on disk as well, which opens without parsing"
    )
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress and no table, only what went wrong")
    _declare_json(parser)


def _build(options: argparse.Namespace) -> int:
    from .assertions import Assertions
    from .output import GRAPH, PAGE
    from .pipeline import build
    from .settings import Settings
    from .summary import describe_build

    settings = Settings.choose(
        packs=tuple(options.packs if options.pack is None else options.pack),
        profile=options.profile,
        min_confidence=options.min_confidence,
    )
    if options.engine == "spark" and (options.store is not None or options.open):
        raise UsageError("The engine 'spark' writes no page and no store.", hint="leave out --open and --store")
    if options.store is not None:
        from queries.store import check_store_folder, create_store

        check_store_folder(options.store)
    assertions = Assertions.none() if options.no_assertions else load_assertions()
    progress = ProgressLine(sys.stderr, quiet=options.quiet)
    try:
        report = build(
            options.inputs,
            out=options.out,
            settings=settings,
            decisions=options.decisions,
            infer=options.infer,
            jobs=options.jobs,
            cache=options.cache or not options.no_cache,
            assertions=assertions,
            progress=progress,
            engine=options.engine,
            master=options.master,
        )
    finally:
        progress.close()
    stored = 0 if options.store is None else create_store(options.store, (report.out / GRAPH).read_bytes())
    for finding in report.lost:
        _complain(_clean_line(finding.message), label="lost")
    for violation in report.violations:
        _complain(_clean_line(f"{violation.focus}: {violation.message}"), label="shape")
    if options.json:
        _print_json({"out": str(report.out), **report.manifest.to_record()})
    elif not options.quiet:
        print(describe_build(report, style=Style(sys.stdout)))
        if stored:
            said = messages()["table"][LANGUAGE.get()]
            print(pad(said["store"], 12) + said["stored"].format(path=options.store, n=f"{stored:,}"))
    if options.open:
        _open_page(report.out / PAGE)
    return report.exit_code


# --- ask and query ----------------------------------------------------------------------------------------------------


def _declare_graph(parser: _Parser) -> None:
    parser.add_argument(
        "--graph",
        type=Path,
        default=Path(_configured("graph") or _configured("out")),
        metavar="OUT",
        help="folder that kg build wrote (default: %(default)s)",
    )
    parser.add_argument("--columns", metavar="A,B,…", help="show only these columns, in this order")
    _declare_format(parser)


def _declare_format(parser: _Parser) -> None:
    parser.add_argument(
        "--format", choices=FORMATS, default="table", metavar="FORM", help="table, json, csv or markdown"
    )
    parser.add_argument("--json", dest="format", action="store_const", const="json", help="the same as --format json")


def _declare_json(parser: _Parser) -> None:
    parser.add_argument("--json", action="store_true", help="the result as JSON")


def _print_json(record: object) -> None:
    import json

    print(json.dumps(record, ensure_ascii=False, indent=2))


def _print_rows(rows: Rows, form: str) -> None:
    unit = messages()["rows"][LANGUAGE.get()]["unit"]
    print(format_rows(rows, form, width=terminal_width(sys.stdout), unit=(unit[0], unit[1])), end="")


def _print_list(rows: Rows, form: str) -> None:
    """Print rows about ourselves, for people under headings of their language; for programs they stay."""
    if form in ("table", "markdown"):
        named = messages()["rows"][LANGUAGE.get()]
        rows = Rows(tuple(named.get(column, column) for column in rows.columns), rows.records)
    _print_rows(rows, form)


def _declare_ask(parser: _Parser) -> None:
    parser.description = "Ask one of the canned questions."
    parser.usage = "kg ask NAME [--PARAMETER VALUE]... [options]"
    parser.epilog = """\
examples:
  kg ask --list
  kg ask platforms_of_firm --firm 百度
  kg ask platforms_of_firm --columns organization,platform
  kg ask platforms_of_firm --firm 百度 --format csv > platforms.csv
  kg ask 北京承担什么职能 --graph out
  kg ask indicators --subject 北京 --as-of 2023

NAME is the name of a question, or a question in words. A question's parameters are options too:
`kg ask NAME --help` shows them."""
    parser.add_argument("--list", action="store_true", help="list the questions")
    parser.add_argument("--explain", action="store_true", help="show how the question is understood and what would run")
    parser.add_argument(
        "--as-of", type=_year, metavar="YEAR", help="answer from what was known at the end of that year"
    )
    parser.add_argument("--stated", action="store_true", help="leave out what was only inferred (kg build --infer)")
    _declare_graph(parser)


def _question_params(extra: list[str], parser: _Parser) -> dict[str, str]:
    """Read `--name value` and `--name=value` pairs."""
    params: dict[str, str] = {}
    words = iter(extra)
    for word in words:
        if not word.startswith("--"):
            raise UsageError(f"Not understood: {word}", hint="a parameter is given as --name value")
        name, equals, value = word[2:].partition("=")
        if not equals:
            following = next(words, None)
            if following is None:
                raise UsageError(f"--{name} needs a value.", hint=f"{parser.prog} NAME --{name} VALUE")
            value = following
        params[name.replace("-", "_")] = value
    return params


def _declare_query(parser: _Parser) -> None:
    parser.description = "Ask in SPARQL. The prefixes kg:, id:, skos:, rdfs:, prov:, qb: and xsd: are known."
    parser.epilog = """\
examples:
  kg query 'SELECT ?name WHERE { ?firm a kg:Firm ; skos:prefLabel ?name } LIMIT 10'
  kg query --format json 'SELECT ?s ?o WHERE { ?s kg:develops ?o }' --graph out
  kg query - < question.rq"""
    parser.add_argument("sparql", metavar="SPARQL", help="the query, or - to read it from standard input")
    _declare_graph(parser)


def _ask(options: argparse.Namespace) -> int:
    from queries.catalog import find_question, load_catalog

    if options.list:
        _print_list(_list_questions(load_catalog().values()), options.format)
        return EXIT_OK
    if options.name is None:
        raise UsageError("Which question?", hint="kg ask --list shows them all; the name comes first: kg ask NAME ...")
    if options.help:
        print(_describe_question(find_question(options.name)))
        return EXIT_OK
    if re.fullmatch(r"[a-z_-]+", options.name):  # anything else is a question in words
        find_question(options.name)
    if options.as_of is not None:
        graph = _open_as_of(options.graph, options.as_of)  # what is inferred may rest on what came later
    else:
        graph = _open_stated(options.graph) if options.stated else _open(options.graph)
    if options.explain:
        print(graph.explain(options.name, options.params))
    else:
        rows = graph.ask(options.name, options.params)
        if rows.note:
            _tell(rows.note)
        _print_rows(_choose_columns(rows, options.columns), options.format)
        if rows.cut_at:
            _tell(f"these are the first {rows.cut_at:,} rows; --limit N shows more or fewer")
    return EXIT_OK


def _list_questions(questions: Iterable[Question]) -> Rows:
    """Return names, what they answer in the language of the user, and their parameters."""
    chinese = LANGUAGE.get() == "zh"
    records = []
    for question in questions:
        parameters = " ".join(f"--{p.name}" if p.required else f"[--{p.name}]" for p in question.parameters)
        records.append((question.name, question.summary_zh if chinese else question.summary, parameters))
    return Rows(("name", "question", "parameters"), records)


def _describe_question(question: Question) -> str:
    """Return the help of one question."""
    said = messages()["question"][LANGUAGE.get()]
    summaries = [question.summary_zh] if LANGUAGE.get() == "zh" else [question.summary, question.summary_zh]
    lines = [f"kg ask {question.name}", "", *summaries, ""]
    if question.parameters:
        lines.append(said["parameters"])
        for p in question.parameters:
            kind = "|".join(p.types) + (said["required"] if p.required else "")
            said_of_it = f"{translate_help(p.description, 'parameters')}{mark(' (')}{kind}{mark(')')}"
            lines.append(f"  --{pad(p.name, 12)}  {said_of_it}")
        lines.append("")
    lines += [said["columns"], "  " + ", ".join(question.columns), "", said["examples"]]
    for example in question.examples or ({},):
        values = "".join(f" --{name} {value}" for name, value in example.items())
        lines.append(f"  kg ask {question.name}{values}")
    return "\n".join(lines)


def _query(options: argparse.Namespace) -> int:
    sparql = sys.stdin.read() if options.sparql == "-" else options.sparql
    _print_rows(_choose_columns(_open(options.graph).query(sparql), options.columns), options.format)
    return EXIT_OK


def _choose_columns(rows: Rows, wanted: str | None) -> Rows:
    """Keep the columns `a,b,c`, in this order; rows that are then equal become one."""
    if wanted is None:
        return rows
    names = tuple(name.strip() for name in wanted.split(","))
    for name in names:
        if name not in rows.columns:
            raise UsageError(f"No column {name!r}.", hint=f"columns: {', '.join(rows.columns)}")
    places = [rows.columns.index(name) for name in names]
    records = dict.fromkeys(tuple(record[i] for i in places) for record in rows.records)
    return Rows(names, list(records), rows.question, rows.parameters)


def _open(out: Path) -> KnowledgeGraph:
    from .pipeline import open_graph

    return open_graph(out)


def _year(text: str) -> int:
    if not re.fullmatch(r"(?:19|20)\d\d", text):
        raise argparse.ArgumentTypeError(f"a year such as 2023 is needed, not {text!r}")
    return int(text)


def _open_as_of(out: Path, year: int) -> KnowledgeGraph:
    from queries.store import KnowledgeGraph

    from .as_of import view_as_of

    view = view_as_of(out, year)
    _tell(f"as of {year}: {view.documents} documents ({view.undated} without a date), {view.later} later ones left out")
    return KnowledgeGraph(view.turtle, source=f"{out} as of {year}")


def _open_stated(out: Path) -> KnowledgeGraph:
    from queries.store import KnowledgeGraph

    from .inferring import without_inferred
    from .output import GRAPH, read_manifest

    path = out
    if not out.is_file():
        read_manifest(out)
        path = out / GRAPH
    turtle, number = without_inferred(path)
    _tell(f"{number} inferred facts left out")
    return KnowledgeGraph(turtle, source=f"{out} as stated")


# --- validate ---------------------------------------------------------------------------------------------------------


def _declare_validate(parser: _Parser) -> None:
    parser.description = "Check a graph against the shapes; name node, shape and quote of each violation."
    parser.epilog = """\
examples:
  kg validate out/graph.ttl
  kg validate out --format json"""
    parser.add_argument("graph", type=Path, metavar="GRAPH", help="a Turtle file, or a folder that kg build wrote")
    _declare_format(parser)


def _validate(options: argparse.Namespace) -> int:
    from ontology.turtle import read_turtle
    from ontology.validation import validate_graph

    from .output import GRAPH

    path = options.graph / GRAPH if options.graph.is_dir() else options.graph
    violations = validate_graph(read_turtle(path))
    rows = Rows(("focus", "shape", "message", "quote"), [(v.focus, v.shape, v.message, v.quote) for v in violations])
    if rows or options.format != "table":
        _print_rows(rows, options.format)
    if rows:
        _tell(f"{path}: 1 violation" if len(rows) == 1 else f"{path}: {len(rows)} violations")
        return EXIT_GATE
    _tell(f"{path}: all shapes hold")
    return EXIT_OK


# --- draw and load ----------------------------------------------------------------------------------------------------


def _declare_draw(parser: _Parser) -> None:
    parser.description = "Draw a graph, or the part around a name, as one page that opens offline."
    parser.epilog = """\
examples:
  kg draw out --focus 北京市
  kg draw out --type Firm --type 平台 --out firms.html
  kg draw out --focus 百度 --open
  kg draw --neo4j bolt://localhost:7687 --out page.html"""
    _declare_source(parser)
    parser.add_argument("--focus", metavar="NAME", help="a name; the page holds what is within two steps of it")
    parser.add_argument(
        "--type", action="append", dest="types", metavar="CLASS", help="show only this class (may repeat)"
    )
    parser.add_argument("--limit", type=_positive, metavar="N", help="the most nodes on the page")
    _declare_page(parser, "a new one in OUT")


def _declare_page(parser: _Parser, where: str) -> None:
    parser.add_argument(
        "--out", dest="page", type=Path, metavar="PAGE", help=f"file to write (default: {where}, else here)"
    )
    parser.add_argument("--title", help="heading of the page")
    parser.add_argument(
        "--lang", choices=("zh", "en"), default="zh", help="language of the page (default: %(default)s)"
    )
    parser.add_argument(
        "--open", action="store_true", help="open the page in the browser of the desktop, if there is one"
    )
    _declare_json(parser)


def _draw(options: argparse.Namespace) -> int:
    from .draw import write_page
    from .output import PAGE

    _check_source(options, "Draw")
    chosen = [word for word in (options.focus, *(options.types or ())) if word]
    name = "-".join(["drawing", *(re.sub(r"[^\w]+", "_", word) for word in chosen)]) + ".html"
    page = options.page or (options.graph or Path()) / name
    if options.graph is not None and page.resolve() == (options.graph / PAGE).resolve():
        raise UsageError(f"{page} belongs to the build.", hint="give the drawing another name with --out")
    limit = {} if options.limit is None else {"limit": options.limit}
    drawn = write_page(
        options.graph if options.neo4j is None else _read_server(options),
        page,
        focus=options.focus,
        types=options.types,
        title=options.title,
        language=options.lang,
        **limit,
    )
    if options.json:
        _print_json({"page": str(drawn.path), **{k: getattr(drawn, k) for k in ("nodes", "relationships", "total")}})
        return EXIT_OK
    facts = f"{drawn.relationships:,}"
    if drawn.total > drawn.nodes:
        _tell(f"{drawn.nodes:,} of {drawn.total:,} nodes, {facts} facts")
    else:
        _tell(f"{drawn.nodes:,} nodes, {facts} facts")
    print(drawn.path)
    if options.open:
        _open_page(drawn.path)
    return EXIT_OK


def _read_server(options: argparse.Namespace) -> PropertyGraph:
    """Read what `kg load` brought into a server."""
    from .exporting.sources import ServerSource
    from .loading.connection import check_uri, find_password

    uri = check_uri(options.neo4j)
    password = find_password(options.password_file, user=options.user, prompt=True)
    return ServerSource(uri, options.user, password, options.database).property_graph()


def _declare_report(parser: _Parser) -> None:
    parser.description = "Answer the questions about a corpus, chapter by chapter, as one page that opens offline."
    parser.epilog = """\
examples:
  kg report out
  kg report out --out report.html --title 长三角政策文本 --open
  kg report --neo4j bolt://localhost:7687 --out report.html

Its rows are those of kg ask; kg ask --list tells more questions. Findings are in a report on a folder only."""
    _declare_source(parser)
    _declare_page(parser, "report.html in OUT")


def _report(options: argparse.Namespace) -> int:
    from .neo4j_engine import neo4j
    from .report import read_findings, write_report

    _check_source(options, "Report on")
    page = options.page or (options.graph or Path()) / "report.html"
    words = {"title": options.title, "language": options.lang}
    if options.neo4j is None:
        report = write_report(_open(options.graph), page, findings=read_findings(options.graph), **words)
    else:
        with neo4j(
            options.neo4j, user=options.user, password_file=options.password_file, database=options.database
        ) as graph:
            report = write_report(graph, page, **words)
    _tell(f"{len(report.rows)} questions, {sum(report.rows.values()):,} rows")
    print(report.path)
    if options.open:
        _open_page(report.path)
    return EXIT_OK


def _open_page(path: Path) -> None:
    """Open a page where there is a desktop; elsewhere its path has been said."""
    if sys.platform in ("win32", "darwin") or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        import webbrowser

        webbrowser.open(path.resolve().as_uri())


def _declare_load(parser: _Parser) -> None:
    parser.description = "Load a graph into Neo4j; loading it twice changes nothing."
    parser.epilog = """\
examples:
  NEO4J_PASSWORD=... kg load out
  kg load out --neo4j bolt://localhost:7687 --user neo4j --password-file secret.txt
  kg load out --dry-run                  say what would change
  kg load more --merge                   keep what the documents of other loads say

The password comes from $NEO4J_PASSWORD, a file or a prompt, never from the command line, where others could read it.
What you add in Neo4j yourself stays: relationships without factId or with an origin of your own (such as curated),
and labels and properties that kg load does not write."""
    parser.add_argument("graph", type=Path, metavar="OUT", help="folder that kg build wrote, or a Turtle file")
    parser.add_argument(
        "--neo4j",
        metavar="URI",
        default=_configured("neo4j.uri"),
        help="address of the server (default: %(default)s)",
    )
    _declare_login(parser)
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument(
        "--replace",
        dest="mode",
        action="store_const",
        const="replace",
        default="replace",
        help="afterwards the facts in the database are those of OUT (default)",
    )
    mode.add_argument(
        "--merge",
        dest="mode",
        action="store_const",
        const="merge",
        help="replace what the documents of OUT say; what other documents say stays",
    )
    parser.add_argument("--dry-run", action="store_true", help="only say what would change")
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress")
    _declare_json(parser)


def _load(options: argparse.Namespace) -> int:
    from .load import load_graph
    from .loading.connection import check_uri, find_password
    from .output import GRAPH, read_manifest
    from .projection import read_property_graph

    check_uri(options.neo4j)
    file = options.graph
    if not file.is_file():
        read_manifest(file)
        file = file / GRAPH
    graph = read_property_graph(file, keep_all=True)
    password = find_password(options.password_file, user=options.user, prompt=True)
    progress = ProgressLine(sys.stderr, quiet=options.quiet)
    try:
        report = load_graph(
            graph,
            options.neo4j,
            user=options.user,
            password=password,
            database=options.database,
            mode=options.mode,
            dry_run=options.dry_run,
            progress=progress,
        )
    finally:
        progress.close()
    if options.json:
        names = ("uri", "nodes", "relationships", "seconds", "dry_run", "changed")
        _print_json({name: dict(v) if isinstance(v := getattr(report, name), Mapping) else v for name in names})
    else:
        print(report)
    return EXIT_OK


def _declare_export(parser: _Parser) -> None:
    from .exporting.command import declare

    declare(parser)


def _export(options: argparse.Namespace) -> int:
    from .exporting.command import run

    news = run(options)
    if news:
        _tell(news)
    return EXIT_OK


def _declare_source(parser: _Parser) -> None:
    parser.add_argument("graph", nargs="?", type=Path, metavar="OUT", help="folder that kg build wrote")
    parser.add_argument("--neo4j", metavar="URI", help="take the graph from this server instead")
    _declare_login(parser)


def _declare_login(parser: _Parser) -> None:
    parser.add_argument("--user", default=_configured("neo4j.user"), help="default: %(default)s")
    file = "" if os.environ.get("NEO4J_PASSWORD") else _configured("neo4j.password_file")
    parser.add_argument(
        "--password-file",
        type=Path,
        default=Path(file) if file else None,
        metavar="FILE",
        help="file with the password (default: $NEO4J_PASSWORD, $NEO4J_PASSWORD_FILE, a prompt)",
    )
    parser.add_argument(
        "--database",
        default=_configured("neo4j.database") or None,
        metavar="NAME",
        help="default: the user's home database",
    )


def _check_source(options: argparse.Namespace, verb: str) -> None:
    """Make sure that there is one source, and that a folder holds a finished build."""
    from .output import read_manifest

    if (options.graph is None) == (options.neo4j is None):
        raise UsageError(f"{verb} what?", hint="give a folder that kg build wrote, or --neo4j URI")
    if options.graph is not None:
        read_manifest(options.graph)


def _declare_serve(parser: _Parser) -> None:
    from .serving.command import declare

    declare(parser)


def _serve(options: argparse.Namespace) -> int:
    from .serving.command import run

    def tell(address: str) -> None:
        print(address, flush=True)
        _tell(f"{options.graph}: SPARQL at {address}sparql; Ctrl-C ends it")

    run(options, tell=tell)
    return EXIT_OK


def _declare_review(parser: _Parser) -> None:
    from .reviewing.command import declare

    declare(parser)


def _review(options: argparse.Namespace) -> int:
    from .reviewing.command import run

    def tell(address: str) -> None:
        print(address, flush=True)
        _tell(f"{options.out}: decisions go into {options.decisions}; Ctrl-C ends it")

    run(options, tell=tell)
    return EXIT_OK


def _declare_decisions(parser: _Parser) -> None:
    parser.description = "Check files of decisions, or merge two that began as one; git can call it (docs/trust.md)."
    parser.epilog = """\
examples:
  kg decisions check li.jsonl wang.jsonl
  kg decisions merge base.jsonl ours.jsonl theirs.jsonl

check tells wrong lines and what is decided differently. merge takes the file that both began with, ours and theirs, and
writes ours: what either added is there, what either withdrew is not; docs/trust.md says how git calls it. Both end with
1 when something is decided differently."""
    parser.add_argument("action", choices=("check", "merge"), metavar="ACTION", help="check or merge")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="check: any; merge: BASE OURS THEIRS")


def _decisions(options: argparse.Namespace) -> int:
    from .curation import find_contradictions, merge_decisions, read_decisions
    from .output import write_file

    decided = [read_decisions(path) for path in options.files]
    if options.action == "check":
        told = find_contradictions(decision for file in decided for decision in file)
    elif len(decided) == 3:
        merged = merge_decisions(*decided)
        write_file(options.files[1], merged.text.encode())
        told = list(merged.contradictions)
    else:
        raise UsageError("Merge which files?", hint="kg decisions merge BASE OURS THEIRS; OURS is written")
    for sentence in told:
        _complain(_clean_line(sentence), label="warning")
    return EXIT_LOST if told else EXIT_OK


def _declare_annotate(parser: _Parser) -> None:
    from .annotating.command import declare

    declare(parser)


def _annotate(options: argparse.Namespace) -> int:
    from .annotating.command import run

    done = run(options)
    for sentence in done.lost:
        _complain(_clean_line(sentence), label="lost")
    _tell(_clean_line(done.news))
    print(options.target)
    return EXIT_LOST if done.lost else EXIT_OK


def _positive(text: str) -> int:
    number = int(text) if text.isdecimal() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number above 0")
    return number


# --- eval -------------------------------------------------------------------------------------------------------------


def _declare_eval(parser: _Parser) -> None:
    parser.description = "Score a build against gold annotations: precision, recall and F1."
    parser.epilog = """\
examples:
  kg eval gold out
  kg eval gold out --by-type
  kg eval gold out --errors | grep missed"""
    parser.add_argument("gold", type=Path, metavar="GOLD", help="folder of gold files, NAME.json for NAME.txt")
    parser.add_argument("out", type=Path, metavar="OUT", help="folder that kg build wrote")
    parser.add_argument("--by-type", action="store_true", help="one line for each class and relation, and calibration")
    parser.add_argument("--errors", action="store_true", help="list every missed, spurious, duplicate and merged item")
    parser.add_argument("--json", action="store_true", help="everything as JSON")


def _eval(options: argparse.Namespace) -> int:
    from .evaluation import evaluate, load_build, load_gold
    from .summary import describe_figures, describe_mistakes, evaluation_json

    result = evaluate(load_gold(options.gold), *load_build(options.out))
    if options.json:
        print(evaluation_json(result))
        return EXIT_OK
    style = Style(sys.stdout)
    print(describe_figures(result, by_type=options.by_type, style=style))
    if options.errors:
        print()
        print(describe_mistakes(result))
    return EXIT_OK


# --- diff -------------------------------------------------------------------------------------------------------------


def _declare_diff(parser: _Parser) -> None:
    parser.description = "Say what is different between two builds: facts and entities that are new, gone or changed."
    parser.epilog = """\
examples:
  kg diff out/march out/april
  kg diff out/march out/april --lang zh --page changes.html
  kg diff out/march out/april --json | jq .counts
  kg diff out/march out/april --exit-code --quiet    for scripts

Offsets, confidence and rules may differ without anything being different. It ends with 0; with --exit-code it ends
with 1 when there is a difference, as in git diff."""
    parser.add_argument("old", type=Path, metavar="OLD", help="folder that kg build wrote")
    parser.add_argument("new", type=Path, metavar="NEW", help="a later one")
    parser.add_argument("--json", action="store_true", help="everything as JSON")
    parser.add_argument("--page", type=Path, metavar="PAGE", help="also write a page that opens offline")
    parser.add_argument(
        "--lang", choices=("zh", "en"), default=LANGUAGE.get(), help="language of the words (default: %(default)s)"
    )
    parser.add_argument("--exit-code", action="store_true", help="end with 1 when there is a difference")
    parser.add_argument("-q", "--quiet", action="store_true", help="print nothing")


def _diff(options: argparse.Namespace) -> int:
    from .difference import compare_builds
    from .output import write_file

    difference = compare_builds(options.old, options.new)
    if options.page:
        write_file(options.page, difference.to_page(options.lang).encode())
    if not options.quiet:
        print(difference.to_json() if options.json else _clean_text("\n".join(difference.to_lines(options.lang))))
    return EXIT_LOST if options.exit_code and difference else EXIT_OK


# --- pack -------------------------------------------------------------------------------------------------------------


def _declare_pack(parser: _Parser) -> None:
    parser.description = "List, begin and check packs: the names and wordings of a region or a field (docs/packs.md)."
    parser.epilog = """\
examples:
  kg pack list
  kg pack new my-region --in packs
  kg pack check packs/my-region         files, names, and the examples of each wording
  kg pack check gba

check ends with 0 when all is well, 2 when a file is wrong, 3 when an example does not hold; warnings do not count."""
    parser.add_argument("action", choices=("list", "new", "check"), metavar="ACTION", help="list, new or check")
    parser.add_argument("pack", nargs="?", metavar="NAME", help="name of a pack; for check, or its folder")
    parser.add_argument(
        "--in", dest="into", type=Path, default=Path(), metavar="DIR", help="new: folder for the pack (default: here)"
    )
    _declare_format(parser)


def _pack(options: argparse.Namespace) -> int:
    from .pack_command import begin_pack, examine_pack, list_packs

    if options.action == "list":
        _print_list(list_packs(), options.format)
        return EXIT_OK
    if options.pack is None:
        raise UsageError(f"Which pack? kg pack {options.action} NAME", hint="kg pack list shows those there are")
    if options.action == "new":
        print(begin_pack(options.pack, options.into))
        return EXIT_OK
    problems, summary, code = examine_pack(options.pack)
    for problem in problems:
        print(_clean_text(problem))
    print(_clean_line(summary), file=sys.stderr)
    return code


# --- news -------------------------------------------------------------------------------------------------------------


def _complain(message: str, hint: str = "", *, label: str = "error") -> None:
    """Say on stderr what is wrong and what to do about it."""
    style, named, colon = Style(sys.stderr), messages()["labels"].get(LANGUAGE.get(), {}), mark(": ")
    print(style(named.get(label, label) + colon, "red") + _clean_text(translate(message)), file=sys.stderr)
    if hint:
        print(style(named.get("hint", "hint") + colon, "cyan") + _clean_text(translate(hint)), file=sys.stderr)


def _tell(news: str) -> None:
    """Say on stderr what came of it."""
    print(translate(news), file=sys.stderr, flush=True)


def _clean_text(text: str) -> str:
    """Replace control characters, so that no document can talk to the terminal; line breaks stay."""
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)


def _clean_line(text: str) -> str:
    return " ".join(text.split())


def _without_passwords(text: str) -> str:
    """Blot out what stands between user and host in an address: bolt://neo4j:SECRET@host."""
    return re.sub(r"(://[^/\s:@]*):[^\s]*@", r"\1:***@", text)


def _bug_hint(arguments: Sequence[str]) -> str:
    """Write the traceback, without passwords, to a file of its own and say where it is."""
    import tempfile

    try:
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", prefix="kg-error-", suffix=".log", delete=False
        ) as handle:
            told = f"kg {__version__}, Python {sys.version}\narguments: {list(arguments)}\n\n{traceback.format_exc()}"
            handle.write(_without_passwords(told))
    except OSError:
        return "run it again with KG_DEBUG=1 to see where"
    return f"the details are in {handle.name}; KG_DEBUG=1 shows them at once"


# --- init and config --------------------------------------------------------------------------------------------------


def _configured(name: str) -> str:
    """Return a text that the file or the environment sets, or its default."""
    return str(load_configuration()[name].value)


def _texts(value: object) -> list[str]:
    return list(value) if isinstance(value, tuple) else []


def _declare_init(parser: _Parser) -> None:
    parser.description = f"Write a commented {FILE}: inputs, packs, output, Neo4j. Options in it need not be typed."
    parser.epilog = """\
examples:
  kg init
  kg init --in project"""
    parser.add_argument("--in", dest="into", type=Path, default=Path(), metavar="DIR", help="folder (default: here)")


def _init(options: argparse.Namespace) -> int:
    path = options.into / FILE
    write_configuration(path)
    print(path)
    return EXIT_OK


def _declare_config(parser: _Parser) -> None:
    parser.description = f"Show what holds here: the command line outweighs the environment, the environment {FILE}."
    parser.epilog = """\
examples:
  kg config --show
  kg config --show --format json"""
    parser.add_argument("--show", action="store_true", help="show it (so does kg config alone)")
    _declare_format(parser)


def _config(options: argparse.Namespace) -> int:
    from .assertions import DEFAULT_LEAST

    rows, is_table = [], options.format in ("table", "markdown")
    default = messages()["rows"][LANGUAGE.get()]["default"] if is_table else "default"
    for name, setting in load_configuration().items():
        value = setting.value
        shown = os.pathsep.join(value) if isinstance(value, tuple) else str(value)
        origin = default if setting.origin == "default" else setting.origin
        rows.append((name, shown, origin, f"${setting.option.variable}", setting.option.flag))
    gate = load_assertions()
    for bound, said in (("min", gate.least), ("max", gate.most)):
        for name, number in sorted(said.items()):
            origin = default if number == DEFAULT_LEAST.get(name) else gate.file
            rows.append((f"assertions.{bound}.{name}", f"{number:g}", origin, "", "kg build --no-assertions"))
    _print_list(Rows(("option", "value", "from", "variable", "command line"), rows), options.format)
    return EXIT_OK


def _declare_completion(parser: _Parser) -> None:
    parser.description = "Write what makes a shell complete commands, options and names of questions."
    parser.epilog = """\
examples:
  kg completion bash                     for now: source <(kg completion bash); for good: put that line into ~/.bashrc
  kg completion zsh
  kg completion fish"""
    parser.add_argument("shell", choices=tuple(SCRIPTS), metavar="SHELL", help=", ".join(SCRIPTS))


def _completion(options: argparse.Namespace) -> int:
    print(SCRIPTS[options.shell], end="")
    return EXIT_OK


# --- read -------------------------------------------------------------------------------------------------------------


def _declare_read(parser: _Parser) -> None:
    parser.description = (
        "Show the text that a build reads out of documents; the offsets of evidence count its characters."
    )
    parser.epilog = """\
examples:
  kg read plan.pdf
  kg read news.zip --doc news.zip/a.docx
  kg read plan.pdf --json                text, places (page, line, cell), metadata and findings"""
    parser.add_argument("inputs", nargs="+", metavar="INPUT", type=Path, help="as for kg build")
    parser.add_argument("--doc", metavar="NAME", help="show this document only")
    parser.add_argument("--json", action="store_true", help="one JSON object a document")


def _read(options: argparse.Namespace) -> int:
    import dataclasses
    import json

    from extract.read import read_documents
    from ontology.model import Finding

    code, known = EXIT_OK, []
    for item in read_documents(options.inputs):
        known.append(item.doc)
        if options.doc not in (None, item.doc):
            continue
        if isinstance(item, Finding):
            code = EXIT_LOST if item.severity == "error" else code
            _complain(_clean_line(item.message), label="lost" if item.severity == "error" else item.severity)
        elif options.json:
            print(json.dumps(dataclasses.asdict(item), ensure_ascii=False))
        else:
            for finding in item.findings:
                _complain(_clean_line(finding.message), label=finding.severity)
            print(_clean_text(item.text) if sys.stdout.isatty() else item.text, end="")
    if options.doc and options.doc not in known:
        raise UsageError(f"No document {options.doc!r}.", hint=suggest(options.doc, known) or f"there is: {known[:9]}")
    return code


# --- doctor -----------------------------------------------------------------------------------------------------------


def _declare_doctor(parser: _Parser) -> None:
    parser.description = "Tell what is there and what is missing, what that means and what mends it."
    parser.epilog = """\
examples:
  kg doctor
  kg doctor out --json"""
    parser.add_argument(
        "out", nargs="?", type=Path, metavar="OUT", help="a folder to look at (default: that of the settings)"
    )
    parser.add_argument("--json", action="store_true", help="everything as JSON")


def _doctor(options: argparse.Namespace) -> int:
    from .doctor import examine

    checks = list(examine(options.out))
    if options.json:
        import dataclasses

        _print_json([dataclasses.asdict(check) for check in checks])
    else:
        style = Style(sys.stdout)
        marks = {"ok": style("✓", "green"), "note": style("!", "yellow"), "bad": style("✗", "red")}
        for check in checks:
            print(f"{marks[check.state]} {pad(translate(check.name), 13)} {_clean_line(translate(check.found))}")
            if check.remedy:
                print(f"{'':15} → {translate(check.remedy)}")
    return EXIT_USAGE if any(check.state == "bad" for check in checks) else EXIT_OK


_COMMANDS: dict[str, tuple[Callable[[_Parser], None], Callable[[argparse.Namespace], int]]] = {
    "build": (_declare_build, _build),
    "ask": (_declare_ask, _ask),
    "query": (_declare_query, _query),
    "serve": (_declare_serve, _serve),
    "review": (_declare_review, _review),
    "decisions": (_declare_decisions, _decisions),
    "annotate": (_declare_annotate, _annotate),
    "draw": (_declare_draw, _draw),
    "report": (_declare_report, _report),
    "validate": (_declare_validate, _validate),
    "load": (_declare_load, _load),
    "export": (_declare_export, _export),
    "diff": (_declare_diff, _diff),
    "eval": (_declare_eval, _eval),
    "pack": (_declare_pack, _pack),
    "read": (_declare_read, _read),
    "init": (_declare_init, _init),
    "config": (_declare_config, _config),
    "completion": (_declare_completion, _completion),
    "doctor": (_declare_doctor, _doctor),
}
