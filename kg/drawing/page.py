"""Turn a selection into one self-contained HTML page, by pyvis with a template of our own.

Data goes into the page as compressed JSON in script blocks that the browser never executes; the page's own
scripts unpack it and write text nodes only. The content security policy names each script and style
by its hash and allows nothing else, no network and no inline handlers; the page is safe without it too.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import TYPE_CHECKING, Any, TypeAlias

from ontology.iri import RESOURCE
from ontology.model import MODALITIES

from ..inferring.catalog import load_rules
from .grouping import Groups, group_by_class, group_by_community, group_by_region
from .layout import Place, place_nodes
from .packing import pack
from .policy import hash_source, unify_newlines
from .selection import AGGREGATE_ABOVE
from .style import class_style, load_style, relation_style

if TYPE_CHECKING:
    from kg.projection import Node, PropertyGraph

    from .selection import Selection

Record: TypeAlias = "dict[str, Any]"

SCRIPTS = ("unpack", "base", "search", "view", "groups", "labels", "graph", "card", "panel", "export", "main")
"""The page's own scripts in `kg/templates`, in the order in which they run."""
_PORTION = 10_000
"""Pieces of evidence unpacked at once: a browser needs some 30 ms for so many, so that it can draw in between."""
_CARD_ONLY = frozenset({"name", "names", "nameZh", "nameEn", "pinyin", "docs", "origin"})
_VIS = "lib/vis-9.1.2/vis-network.min.js"


def render_page(selection: Selection, graph: PropertyGraph, *, title: str, language: str) -> str:
    """Return the HTML of a page."""
    from jinja2 import Environment, FileSystemLoader
    from pyvis.network import Network

    content = _Content(selection, graph)
    network = Network(directed=True, cdn_resources="in_line", heading=title)
    # `add_node` and `add_edge` search all nodes each time, which takes seconds at 10,000; the lists are public.
    network.nodes.extend(content.nodes())
    network.edges.extend(content.edges())
    vis = _script_text(Environment(loader=FileSystemLoader(network.template_dir)).loader, _VIS)
    template = files("kg").joinpath("templates")
    app = "\n".join(template.joinpath(f"{name}.js").read_text(encoding="utf-8") for name in SCRIPTS)
    app = f'"use strict";\n(async () => {{\n{unify_newlines(app)}\n}})();'
    check = unify_newlines(template.joinpath("check.js").read_text(encoding="utf-8"))
    css = read_styles("page.css")
    environment = Environment(loader=template_loader(), autoescape=True)
    environment.filters["packed"] = pack
    environment.globals.update(
        language={"zh": "zh-CN", "en": "en"}[language],
        page=content.page(title, language),
        words=content.words(),
        vis_js=vis,
        app_js=app,
        check_js=check,
        css=css,
        script_hashes=" ".join(map(hash_source, (check, vis, app))),
        style_hashes=hash_source(css),
        trouble={name: load_style()["text"][name][language] for name in ("noscript", "too_old", "damaged")},
    )
    network.templateEnv = environment
    network.path = "page.html"
    html: str = network.generate_html()
    return html.encode("utf-8", errors="replace").decode("utf-8")


def read_styles(name: str) -> str:
    """Return the colours and fonts that all pages share, then a style sheet of `kg/templates`."""
    folder = files("kg").joinpath("templates")
    return unify_newlines("".join(folder.joinpath(n).read_text(encoding="utf-8") for n in ("tokens.css", name)))


def template_loader() -> Any:
    """Return Jinja's loader for `kg/templates`."""
    from jinja2 import FunctionLoader

    return FunctionLoader(lambda name: files("kg").joinpath("templates", name).read_text(encoding="utf-8"))


def _script_text(loader: Any, name: str) -> str:
    """Return a script of pyvis, ready to be put between script tags.

    The browser turns CRLF into LF before it hashes, so the text must do so first; and the
    letters `</script` would end the block early.
    """
    path = next(iter(loader.searchpath)) + "/" + name
    with open(path, encoding="utf-8") as file:
        return unify_newlines(file.read()).replace("</script", "<\\/script")


class _Content:
    """The records of one page; nodes, documents and evidence are called by their number in it."""

    def __init__(self, selection: Selection, graph: PropertyGraph) -> None:
        self.selection = selection
        self.number = {node.uri: i for i, node in enumerate(selection.nodes)}
        self.by_uri = {node.uri: node for node in graph.nodes}
        self.names = {i: _name(node) for i, node in enumerate(selection.nodes)}
        self.keys = [search_key(node) for node in selection.nodes]
        self.evidence: dict[str, int] = {}
        self.documents: dict[str, int] = {
            str(node.properties.get("path", node.uri)): i
            for i, node in enumerate(n for n in graph.nodes if n.labels[-1] == "Document")
        }
        self.document_nodes = [node for node in graph.nodes if node.labels[-1] == "Document"]
        self.facts = [r for r in selection.relationships if r.type != "ABOUT" or "support" in r.properties]
        self.relations = {_upper(name): name for name in load_style()["relations"]}
        self.observations, self.dates = self._attached(graph)
        self.degrees = self._degrees()
        self.is_aggregated = len(selection.nodes) > AGGREGATE_ABOVE

    def _attached(self, graph: PropertyGraph) -> tuple[list[Record], dict[int, list[int]]]:
        """Collect what is shown in the card of its subject: observations, and the evidence for dates of issue."""
        observations = []
        covered = set()
        for r in graph.relationships:
            if r.type != "ABOUT" or "support" in r.properties:
                covered.add(r.fact_id)
            if r.type == "OBSERVED" and r.start in self.number and r.end in self.by_uri:
                p = self.by_uri[r.end].properties
                fields = ("measure", "value", "factor", "amount", "unit", "comparison", "period")
                record: Record = {name: _clean(p[name]) for name in fields if name in p}
                observations.append(record | {"n": self.number[r.start], "v": self._evidence_of(r.properties)})
        dates: dict[int, list[int]] = {}
        for r in graph.relationships:
            if r.type == "ABOUT" and r.fact_id not in covered and r.end in self.number:
                dates.setdefault(self.number[r.end], []).append(self._evidence(r.start))
        return observations, dates

    def _degrees(self) -> list[int]:
        sets: list[set[str]] = [set() for _ in self.selection.nodes]
        for r in self.facts:
            if r.start != r.end:
                sets[self.number[r.start]].add(r.end)
                sets[self.number[r.end]].add(r.start)
        return [len(s) for s in sets]

    def _evidence_of(self, properties: Mapping[str, Any]) -> list[int]:
        return [self._evidence(uri) for uri in properties.get("evidence", ()) if uri in self.by_uri]

    def _best_first(self, properties: Mapping[str, Any]) -> list[int]:
        """Return the numbers of the evidence for a fact: asserted first, then the surest."""
        ranked = []
        for uri in properties.get("evidence", ()):
            if uri in self.by_uri:
                p: Mapping[str, Any] = self.by_uri[uri].properties
                ranked.append((_modality_order(p), -p.get("confidence", 0), self._evidence(uri)))
        return [number for _, _, number in sorted(ranked)]

    def _evidence(self, uri: str) -> int:
        return self.evidence.setdefault(uri, len(self.evidence))

    # --- what pyvis gets

    def nodes(self) -> list[Record]:
        everywhere, core = self._places()
        records = []
        for i, node in enumerate(self.selection.nodes):
            style = class_style(node.labels[-1])
            p = node.properties
            record: Record = {
                "id": i,
                "label": self.names[i],
                "shape": style["shape"],
                "color": style["color"],
                "size": _size(self.degrees[i]),
                "c": node.labels[-1],
                "u": _local(node.uri),
                "g": self.degrees[i],
                "k": self.keys[i],
            }
            if everywhere:
                record["x"], record["y"] = everywhere[i]
            if i in core:
                record["core"] = list(core[i])
            if p.get("nameEn"):
                record["en"] = _clean(p["nameEn"])
            others = [name for name in _strings(p.get("names")) if name not in (self.names[i], p.get("nameEn"))]
            if others:
                record["a"] = others
            documents = sorted(self.documents[doc] for doc in _strings(p.get("docs")) if doc in self.documents)
            if documents:
                record["d"] = documents
            if p.get("origin") == "background":
                record["b"] = 1
            attributes = {k: _clean(v) for k, v in p.items() if k not in _CARD_ONLY and v not in ("", [])}
            if attributes.get("title") == [self.names[i]]:
                del attributes["title"]
            if attributes:
                record["p"] = attributes
            if i in self.dates:
                record["v"] = self.dates[i]
            records.append(record)
        return records

    def edges(self) -> list[Record]:
        records: list[Record] = []
        for r in self.facts:
            p = r.properties
            record: Record = {"id": len(records), "from": self.number[r.start], "to": self.number[r.end]}
            record |= {"r": self.relations.get(r.type, r.type), "u": _local(r.fact_id), "v": self._best_first(p)}
            if p.get("origin") != "extracted":
                record["o"] = p.get("origin", "")
                record["s"] = p.get("source", "")
            if premises := p.get("premises"):
                record["b"] = [_local(fact) for fact in _strings(premises)]
                rule = load_rules().get(str(p.get("source", "")))
                record["s"] = dict(rule.summary) if rule else dict.fromkeys(("zh", "en"), str(p.get("source", "")))
            if p.get("memberRole"):
                record["m"] = _clean(p["memberRole"])
            if p.get("supportCount"):
                record["n"] = [p["supportCount"], p.get("support", p["supportCount"])]
            records.append(record)
        return records

    def _places(self) -> tuple[list[Place], dict[int, Place]]:
        classes = list(load_style()["classes"])
        ranks = {name: i for i, name in enumerate(classes)}
        order = [ranks.get(node.labels[-1], len(ranks)) for node in self.selection.nodes]
        boxes = [_box(self.names[i], self.degrees[i]) for i in range(len(order))]
        edges = [(self.number[r.start], self.number[r.end]) for r in self.facts]
        everywhere = [] if self.is_aggregated else place_nodes(boxes, edges, order)
        core = sorted(self.number[uri] for uri in self.selection.core)
        if everywhere and len(core) == len(order):
            return everywhere, dict(enumerate(everywhere))
        index = {n: i for i, n in enumerate(core)}
        inner = [(index[a], index[b]) for a, b in edges if a in index and b in index]
        places = place_nodes([boxes[n] for n in core], inner, [order[n] for n in core])
        return everywhere, dict(zip(core, places, strict=True))

    # --- what the page gets beside the network

    def page(self, title: str, language: str) -> Record:
        style = load_style()
        classes = [name for name in style["classes"] if any(n.labels[-1] == name for n in self.selection.nodes)]
        classes += sorted({n.labels[-1] for n in self.selection.nodes} - set(classes))
        relations = sorted({self.relations.get(r.type, r.type) for r in self.facts})
        focus = self.number.get(self.selection.focus)
        groups = self._groups() if self.is_aggregated else {}
        return {
            "title": title,
            "language": language,
            "classes": {name: dict(class_style(name)) for name in classes},
            "classOrder": classes,
            "families": style["families"],
            "relations": {name: dict(relation_style(name)) for name in [*relations, "issuedOn", "observed"]},
            "relationOrder": [name for name in style["relations"] if name in relations]
            + [name for name in relations if name not in style["relations"]],
            "modalities": style["modalities"],
            "modalityOrder": [*MODALITIES, "background", "inferred"],
            "attributes": style["attributes"],
            "values": style["values"],
            "comparisons": style["comparisons"],
            "text": style["text"],
            "documents": [self._document_record(node) for node in self.document_nodes],
            "observations": self.observations,
            "total": self.selection.total,
            "focus": focus if focus is not None else -1,
            "groups": groups,
            "groupKinds": list(groups),
            "folding": _folding("".join(name for names, _ in self.keys for name in names)),
        }

    def words(self) -> list[list[Record]]:
        """Return all pieces of evidence in the order of their numbers, in portions; call it after the rest."""
        records = [self._evidence_record(uri) for uri in self.evidence]
        return [records[start : start + _PORTION] for start in range(0, len(records), _PORTION)]

    def _groups(self) -> dict[str, Record]:
        """Return for each way of grouping: group of each node, head and place of each group."""
        edges = [(self.number[r.start], self.number[r.end]) for r in self.facts]
        classes = [node.labels[-1] for node in self.selection.nodes]
        regions = [i for i, name in enumerate(classes) if name == "Region"]
        inside = (_upper("partOf"), _upper("locatedIn"))
        parents = {
            self.number[r.start]: self.number[r.end]
            for r in self.facts
            if r.type in inside and classes[self.number[r.start]] == classes[self.number[r.end]] == "Region"
        }
        found = {
            "community": group_by_community(len(classes), edges),
            "class": group_by_class(classes),
        }
        if len(regions) > 2:
            found = {"region": group_by_region(regions, parents, len(classes), edges)} | found
        return {kind: self._group_record(groups, edges) for kind, groups in found.items()}

    def _group_record(self, groups: Groups, edges: Sequence[tuple[int, int]]) -> Record:
        between = Counter((min(groups.of[a], groups.of[b]), max(groups.of[a], groups.of[b])) for a, b in edges)
        strongest = sorted((pair for pair in between if pair[0] != pair[1]), key=lambda p: (-between[p], p))
        count = len(groups.heads)
        places = place_nodes([(150.0, 96.0)] * count, strongest[: 2 * count], range(count))
        return {"of": list(groups.of), "heads": list(groups.heads), "places": [list(place) for place in places]}

    def _document_record(self, node: Node) -> Record:
        p = node.properties
        record = {"path": p.get("path", _local(node.uri)), "title": p.get("title", ""), "date": p.get("date", "")}
        record |= {"outlet": p.get("outlet", ""), "copyOf": p.get("copyOf", "")}
        return {k: _clean(v) for k, v in record.items() if v}

    def _evidence_record(self, uri: str) -> Record:
        p = self.by_uri[uri].properties
        speaker = str(p.get("speaker", ""))
        record: Record = {
            "q": _clean(p.get("quote", "")),
            "d": self.documents.get(str(p.get("doc", "")), -1),
            "s": p.get("start", 0),
            "e": p.get("end", 0),
            "m": _modality_order(p),
            "c": p.get("confidence", 0),
            "r": _clean(p.get("rule", "")),
        }
        if p.get("place"):
            record["l"] = _clean(p["place"])
        if speaker in self.number:
            record["w"] = self.number[speaker]
        elif speaker:
            known = self.by_uri.get(speaker)
            record["w"] = _name(known) if known else _local(speaker)
        return record


def search_key(node: Node) -> list[list[str]]:
    """Return what a search compares with: folded names, and the pinyin of each name in syllables."""
    from pypinyin import Style, lazy_pinyin

    names = [name[:60] for name in _strings(node.properties.get("names"))][:8]
    folded = dict.fromkeys(key for name in names if (key := fold_search(name)))
    spoken = dict.fromkeys(
        " ".join(syllable.lower() for syllable in lazy_pinyin(name[:24], style=Style.NORMAL) if syllable.strip())
        for name in folded
        if re.search(r"[一-鿿]", name)
    )
    return [list(folded), list(spoken)]


def fold_search(text: str) -> str:
    """Fold a name the way the page folds what is typed: NFKC, lower case, letters and digits only."""
    import unicodedata

    plain = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).lower())
    return "".join(c for c in plain if c.isalnum())


def _folding(used: str) -> str:
    """Return pairs of a Traditional character and the Simplified one that occurs in this page's names."""
    import opencc

    converter = opencc.OpenCC("t2s")
    wanted = set(used)
    source = "".join(chr(code) for code in range(0x4E00, 0xA000))
    pairs = zip(source, "".join(converter.convert(c) for c in source), strict=False)
    return "".join(a + b for a, b in pairs if a != b and b in wanted)


def _name(node: Node) -> str:
    return _clean(str(node.properties.get("name") or _local(node.uri))) or "?"


def _local(uri: str) -> str:
    return uri.removeprefix(RESOURCE)


def _upper(name: str) -> str:
    from kg.projection import RELATIONSHIP_TYPES

    return RELATIONSHIP_TYPES.get(name, name)


def _modality_order(evidence: Mapping[str, Any]) -> int:
    modality = evidence.get("modality")
    return MODALITIES.index(modality) if modality in MODALITIES else 0


def _strings(value: object) -> list[str]:
    return [_clean(v) for v in value] if isinstance(value, list) else []


def _clean(value: Any) -> Any:
    """Return a value that JSON can hold: no lone surrogates, no infinities."""
    if isinstance(value, str):
        return value if value.isprintable() else value.encode("utf-8", errors="replace").decode("utf-8")
    if isinstance(value, float) and not math.isfinite(value):
        return 0
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    return [_clean(v) for v in value] if isinstance(value, list) else value


def _size(degree: int) -> float:
    return round(7.5 + 3.5 * math.sqrt(min(degree, 60)), 1)


def _box(name: str, degree: int) -> tuple[float, float]:
    """Room for a node and its label, which is cut after eleven characters."""
    width = sum(12.5 if ord(c) > 0x2E80 else 7.0 for c in name[:11])
    return max(30.0, width * 0.9) + 10.0, 2 * _size(degree) + 22.0


def check_language(language: str, languages: Sequence[str] = ("zh", "en")) -> str:
    """Return the language, or say which ones there are."""
    from ontology.errors import UsageError

    if language not in languages:
        raise UsageError(f"no page is written in '{language}'", hint="zh or en")
    return language
