"""Check names, terms and regions: classes, duplicates, short forms that mean something else, entries never found."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ontology.errors import ConfigurationError
from ontology.iri import ONTOLOGY, RESOURCE
from ontology.model import ENTITY_CLASSES, RELATIONS
from ontology.namespace import is_allowed

from ..packs import RDF_TYPE, SKOS, name_of, parse_turtle, read_lexicon, read_regions
from .problem import Problem, SourceFile, did_you_mean

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterable, Iterator, Sequence
    from importlib.resources.abc import Traversable

    from ..packs import Knowledge, Name, Region

_PLACED = re.compile(r"^(?P<file>.+?):(?P<line>\d+): (?P<message>.*)$", re.S)
_COINED = frozenset(("nz", "nr", "nrt", "nrfg", "nt", "ns", "eng", "x", "j"))
"""Parts of speech of coined words and names; what the dictionary has under another is an ordinary word."""
_LABELS = ("prefLabel", "altLabel", "hiddenLabel")
_SHORTEST = 2


@dataclass(frozen=True, slots=True)
class Entry:
    """A name of the pack with the file that has it."""

    name: Name
    file: SourceFile
    iri: str


def placed(error: ConfigurationError, file: SourceFile) -> Problem:
    """Return an error of a reader as a problem, with the line that its message names."""
    match = _PLACED.match(error.message)
    if match:
        return Problem(match["file"], int(match["line"]), "error", match["message"], error.hint)
    message = error.message.removeprefix(f"{file.path}: ")
    line = re.search(r"at line (\d+)", message)
    return Problem(str(file.path), int(line[1]) if line else 0, "error", message, error.hint)


def check_names(
    paths: Sequence[Traversable], regions: Sequence[Traversable], known: Knowledge, counts: Counter[str]
) -> tuple[list[Entry], list[Problem]]:
    """Return the names of the pack and what is wrong with them."""
    entries: list[Entry] = []
    problems: list[Problem] = []
    for path in paths:
        file = SourceFile(path)
        try:
            triples = parse_turtle(path)
        except ConfigurationError as error:
            problems.append(placed(error, file))
            continue
        for iri, pairs in triples.items():
            local = _local(iri)
            problems += _check_predicates(file, local, pairs)
            try:
                entries.append(Entry(name_of(path, iri, pairs), file, iri))
            except ConfigurationError as error:
                problems.append(_misnamed(error, file, local, pairs))
    counts["name"] = len(entries)
    problems += _check_duplicates(entries, known)
    problems += _check_short_forms(entries, known)
    problems += _check_facts(entries, regions, known)
    return entries, problems


def _local(iri: str) -> str:
    return "id:" + iri.removeprefix(RESOURCE)


def _misnamed(
    error: ConfigurationError, file: SourceFile, local: str, pairs: Sequence[tuple[str, str, str]]
) -> Problem:
    kinds = [o.removeprefix(ONTOLOGY) for p, o, _ in pairs if p == RDF_TYPE]
    wrong = next((kind for kind in kinds if kind not in ENTITY_CLASSES), None)
    if wrong is not None:
        hint = did_you_mean(wrong, ENTITY_CLASSES) or f"classes: {', '.join(ENTITY_CLASSES)}"
        return file.problem("error", f"{local}: no class {wrong!r} in the contract.", local + " ", hint=hint)
    message = error.message.removeprefix(f"{file.path}: ")
    return file.problem("error", message, local + " ", hint=error.hint)


def _check_predicates(file: SourceFile, local: str, pairs: Sequence[tuple[str, str, str]]) -> Iterator[Problem]:
    labels = [SKOS + label for label in _LABELS]
    for predicate, obj, language in pairs:
        if predicate in labels:
            if not language and predicate == labels[0]:
                yield file.problem("error", f"{local}: {obj!r} has no language.", local + " ", hint=f'"{obj}"@zh')
        elif predicate.startswith(SKOS):
            word = predicate.removeprefix(SKOS)
            hint = did_you_mean(word, _LABELS) or "names are skos:prefLabel, skos:altLabel, skos:hiddenLabel"
            yield file.problem("error", f"{local}: skos:{word} is not read.", local + " ", hint=hint)
        elif predicate.startswith(ONTOLOGY) and predicate.removeprefix(ONTOLOGY) not in RELATIONS:
            word = predicate.removeprefix(ONTOLOGY)
            hint = did_you_mean(word, RELATIONS) or f"relations: {', '.join(RELATIONS)}"
            yield file.problem("error", f"{local}: no relation kg:{word}.", local + " ", hint=hint)


def _check_duplicates(entries: Sequence[Entry], known: Knowledge) -> Iterator[Problem]:
    """Find forms that two entries have: the first one has it, the other is never meant by it."""
    owners: dict[str, Name] = {}
    for name in known.names:
        for form in name.names:
            owners.setdefault(form, name)
    older = {name.id: name for name in known.names}
    for entry in entries:
        name, file = entry.name, entry.file
        before = older.get(name.id)
        if before is not None and {*name.names, *name.hidden} <= {*before.names, *before.hidden} and not name.facts:
            yield file.problem(
                "warning", f"{name.id} is known already, with these names.", name.id + " ", hint="leave the entry out"
            )
        for form in name.names:
            owner = owners.setdefault(form, name)
            if owner.id != name.id:
                yield file.problem(
                    "error",
                    f"{form!r} is a name of {owner.id}, so it never means {name.id}.",
                    name.id + " ",
                    f'"{form}"',
                    hint=f"add the other names to {owner.id}, or leave this one out",
                )
        twice = [form for form in name.hidden if form in name.names]
        for form in twice:
            yield file.problem(
                "warning", f"{name.id}: {form!r} counts always, so it need not be hidden.", name.id + " ", f'"{form}"'
            )


def _check_short_forms(entries: Sequence[Entry], known: Knowledge) -> Iterator[Problem]:
    """Find forms that mean something else as well: ordinary words, regions, terms."""
    import rjieba

    regions = {form: region for region in known.regions for form in region.names}
    terms = {entry.name: entry.entity_class for entry in known.lexicon if entry.score >= 0.5}
    kept = {form for name in known.names for form in name.names}
    hint = "if texts mean something else by it, write it as skos:hiddenLabel: it then counts only beside the full name"
    for entry in entries:
        name = entry.name
        for form in (*name.names, *name.hidden):
            words = (name.id + " ", f'"{form}"')
            if len(form) < _SHORTEST:
                yield entry.file.problem("error", f"{name.id}: {form!r} is too short for a name.", *words)
        for form in name.names:
            words = (name.id + " ", f'"{form}"')
            if form in kept:
                continue
            if form in regions and name.entity_class != "Region":
                yield entry.file.problem(
                    "warning", f"{name.id}: {form!r} is also the region {regions[form].id}.", *words, hint=hint
                )
            elif terms.get(form, name.entity_class) != name.entity_class:
                yield entry.file.problem(
                    "warning", f"{name.id}: {form!r} is also a {terms[form]} of a lexicon.", *words, hint=hint
                )
            elif len(form) <= 3 and re.fullmatch("[一-龥]+", form):
                cut = rjieba.tag(form, False)  # without guessing: only words of the dictionary stay whole
                if len(cut) == 1 and cut[0][1] not in _COINED:
                    yield entry.file.problem(
                        "warning", f"{name.id}: {form!r} is a word of the dictionary, too.", *words, hint=hint
                    )


def _check_facts(entries: Sequence[Entry], regions: Sequence[Traversable], known: Knowledge) -> Iterator[Problem]:
    """Find background facts whose ends are unknown or of the wrong class."""
    classes = {name.id: name.entity_class for name in known.names} | {r.id: "Region" for r in known.regions}
    classes |= {entry.name.id: entry.name.entity_class for entry in entries}
    classes |= {region.id: "Region" for region in _readable(regions, known)}
    for entry in entries:
        for relation, obj in entry.name.facts:
            if relation not in RELATIONS:
                continue  # said by _check_predicates
            words = (entry.name.id + " ", obj)
            if obj not in classes:
                hint = did_you_mean(obj, classes) or "name it in this pack, or leave the fact out"
                yield entry.file.problem("error", f"{entry.name.id}: nothing is called {obj}.", *words, hint=hint)
            elif not is_allowed(entry.name.entity_class, relation, classes[obj]):
                said = f"{entry.name.entity_class} {relation} {classes[obj]}"
                yield entry.file.problem("error", f"{entry.name.id}: the contract has no {said}.", *words)


def check_reachable(entries: Sequence[Entry], packs: tuple[str, ...]) -> Iterator[Problem]:
    """Let the pipeline read each name as a sentence of its own, and name those that it does not find there."""
    from ontology.model import CleanText, SourceText

    from ..annotate import annotate, build_nlp, mentions_of
    from ..resolution.knowledge import rules
    from ..resolution.mentions import collect_mentions, select_mentions

    lines = [(entry, form) for entry in entries for form in (*entry.name.names, *entry.name.hidden)]
    if not lines:
        return
    text = "".join(f"{form}。\n" for _, form in lines)
    places = tuple(range(len(text)))
    clean = CleanText(SourceText("names.txt", text), text, places, tuple(i + 1 for i in places))
    doc = annotate(build_nlp(packs=packs), clean)
    least = rules()["minimum_score"]
    kept = [m for m in select_mentions(collect_mentions(doc)) if m.score >= least]
    found = {(m.start, m.end, m.entity) for m in kept}
    everything = list(mentions_of(doc).values())
    start = 0
    for entry, form in lines:
        end = start + len(form)
        words = (entry.name.id + " ", f'"{form}"')
        cleaned = _cleaned(form)
        if cleaned != form:
            yield entry.file.problem(
                "warning",
                f"{entry.name.id}: {form!r} is never found: cleaning makes {cleaned!r} of it.",
                *words,
                hint="write it as a cleaned text has it: Simplified, without white space",
            )
        elif (start, end, entry.name.id) not in found:
            overlapping = {f"{m.label} {text[m.start : m.end]}" for m in everything if m.start < end and start < m.end}
            instead = f"; found there: {', '.join(sorted(overlapping))}" if overlapping else ""
            yield entry.file.problem(
                "warning",
                f"{entry.name.id}: {form!r} is never found{instead}.",
                *words,
                hint="another name covers it, its score is low, or its words are cut otherwise; give a longer form",
            )
        start = end + 2


def _cleaned(form: str) -> str:
    """Return a name as it stands in a text after cleaning."""
    from ontology.model import SourceText

    from ..clean import clean_text

    before, behind = "据介绍，", "是其中之一，明年将继续这样做。"
    text = clean_text(SourceText("names.txt", before + form + behind)).text
    return text.removeprefix(before).removesuffix(behind)


def check_lexicons(paths: Sequence[Traversable], known: Knowledge, counts: Counter[str]) -> Iterator[Problem]:
    """Find terms that are listed twice."""
    seen: dict[tuple[str, str], str] = {(e.entity_class, e.name): "the packs before" for e in known.lexicon}
    for path in paths:
        file = SourceFile(path)
        try:
            entries = list(read_lexicon(path))
        except ConfigurationError as error:
            yield placed(error, file)
            continue
        counts["term"] += len(entries)
        for entry in entries:
            if entry.sources or entry.optional or entry.misses:
                continue  # collected from texts: every such line is kept for its figures
            key = (entry.entity_class, entry.name)
            if key in seen:
                yield file.problem("warning", f"{entry.name!r} is in {seen[key]} already.", entry.name)
            seen[key] = path.name
            if entry.entity_class not in ENTITY_CLASSES:
                hint = did_you_mean(entry.entity_class, ENTITY_CLASSES)
                yield file.problem("error", f"No class {entry.entity_class!r}.", "class", hint=hint)


def check_regions(paths: Sequence[Traversable], known: Knowledge, counts: Counter[str]) -> Iterator[Problem]:
    """Find regions that are known already, and forms that two regions have."""
    owners = {form: region for region in known.regions for form in region.names}
    there = {(region.name, region.parent) for region in known.regions}
    above = {region.id: region for region in known.regions}
    for path in paths:
        file = SourceFile(path)
        try:
            regions = list(read_regions(path, above))
        except ConfigurationError as error:
            yield placed(error, file)
            continue
        counts["region"] += len(regions)
        above |= {region.id: region for region in regions}
        for region in regions:
            if (region.name, region.parent) in there:
                yield file.problem("error", f"The region {region.name!r} is known already.", region.name)
            for form in region.names:
                owner = owners.get(form, region)
                if owner.id != region.id:
                    hint = f"write {form} into the column weak: then it needs a context"
                    yield file.problem("warning", f"{form!r} is also a name of {owner.id}.", region.name, hint=hint)


def _readable(paths: Sequence[Traversable], known: Knowledge) -> Iterable[Region]:
    above = {region.id: region for region in known.regions}
    for path in paths:
        try:
            regions = list(read_regions(path, above))
            above |= {region.id: region for region in regions}
            yield from regions
        except ConfigurationError:
            return  # said by check_regions
