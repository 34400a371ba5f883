"""Load packs: the names, lexicons, regions and wordings that the components work from.

A pack is a folder with a `pack.toml` that lists its files (`*` stands for any run): names in Turtle, lexicons as JSON
lines, regions and English names as tab-separated tables, wordings in TOML. Packs given later add to earlier ones.
What was collected from annotated texts carries these texts as its sources, so that a text can
be judged without what was learned from it (`exclude_sources`).
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass, field
from fnmatch import fnmatch
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ontology.errors import ConfigurationError
from ontology.iri import ONTOLOGY, RESOURCE, entity_id
from ontology.model import ENTITY_CLASSES
from ontology.plugins import find_plugins, refuse_known

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from importlib.resources.abc import Traversable

SKOS = "http://www.w3.org/2004/02/skos/core#"
RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"


@dataclass(frozen=True, slots=True)
class Name:
    """An entity of a gazetteer.

    Attributes:
        id: `id:` name, made of class and preferred name.
        entity_class: One of `ENTITY_CLASSES`.
        name: The preferred Chinese name.
        names: All Chinese and Latin forms by which texts call it, `name` first.
        hidden: Forms that count only where the full name stands in the same text.
        facts: Background facts as (relation, `id:` name of the object).
    """

    id: str
    entity_class: str
    name: str
    names: tuple[str, ...]
    hidden: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class LexiconEntry:
    """A term with the texts that speak for and against it.

    Attributes:
        name: The term.
        entity_class: Its class.
        sources: Texts whose annotators marked it (empty: known without any text).
        optional: Texts where it was marked as a matter of taste.
        misses: Texts that hold the term unmarked.
    """

    name: str
    entity_class: str
    sources: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    misses: tuple[str, ...] = ()

    @property
    def score(self) -> float:
        """How likely a careful reader marks it, smoothed with a prior of two texts.

        A term known without texts starts high, one that was only ever a matter of taste low.
        """
        prior = 1.2 if self.sources else 0.8 if self.optional else 1.6
        return (len(self.sources) + prior) / (len(self.sources) + len(self.misses) + 2.0)


@dataclass(frozen=True, slots=True)
class Region:
    """A region with its place in the hierarchy.

    Attributes:
        id: `id:` name; of regions that share a name, with the parent's name in front.
        name: The full name.
        kind: `province`, `city`, `county`, `country`, `world`, `agglomeration`, `newarea`, ...
        parent: `id:` name of the region it belongs to, or an empty string.
        code: GB/T 2260 code padded to six digits, or an empty string.
        names: Forms that mean it anywhere (北京市, 北京).
        weak: Short forms that are ordinary words or shared and need a context (朝阳, 和平).
    """

    id: str
    name: str
    kind: str
    parent: str = ""
    code: str = ""
    names: tuple[str, ...] = ()
    weak: tuple[str, ...] = ()


@dataclass(frozen=True)
class Knowledge:
    """All that the chosen packs know.

    Attributes:
        packs: Their names, in order.
        names: Entities of the gazetteers.
        lexicon: Terms with evidence.
        regions: Regions, parents before children.
        wording: The merged TOML of all wording files: tables merged, arrays joined.
        english: Established English names by `id:` name.
    """

    packs: tuple[str, ...]
    names: tuple[Name, ...] = ()
    lexicon: tuple[LexiconEntry, ...] = ()
    regions: tuple[Region, ...] = ()
    wording: Mapping[str, Any] = field(default_factory=dict)
    english: Mapping[str, str] = field(default_factory=dict)

    def section(self, name: str) -> Mapping[str, Any]:
        """Return a table of the wording, empty where no pack has it."""
        section = self.wording.get(name, {})
        return section if isinstance(section, dict) else {}


def pack_names() -> tuple[str, ...]:
    """Return the names of the packs that come with the package or with a plugin.

    Raises:
        ConfigurationError: A plugin brings a pack of a name that is taken.
    """
    root = files("extract").joinpath("packs")
    ours = {p.name for p in root.iterdir() if p.joinpath("pack.toml").is_file()}
    plugins = find_plugins("jiqun.packs")
    for plugin in plugins.values():
        refuse_known("jiqun.packs", plugin, ours)
    return tuple(sorted(ours | plugins.keys()))


def load_packs(packs: Sequence[str] = ("base",), *, exclude_sources: Iterable[str] = ()) -> Knowledge:
    """Load packs and join what they know.

    Args:
        packs: Names of packs that come with the package, or paths of pack folders; the most general first.
        exclude_sources: Texts (stems of file names) to forget: an entry is dropped when all its sources are
            among them, and they do not count in its score.

    Raises:
        ConfigurationError: A pack is missing, or a file of it is wrong (with file and line).
    """
    return _load(tuple(packs), frozenset(exclude_sources))


@lru_cache(maxsize=16)
def _load(packs: tuple[str, ...], excluded: frozenset[str]) -> Knowledge:
    names: dict[str, Name] = {}
    lexicon: dict[tuple[str, str], LexiconEntry] = {}
    regions: dict[str, Region] = {}
    wording: dict[str, Any] = {}
    english: dict[str, str] = {}
    for pack in packs:
        folder = find_pack(pack)
        manifest = read_manifest(folder, pack)
        for file in manifest["regions"]:
            for region in read_regions(folder.joinpath(file), regions):
                regions[region.id] = region
        for file in manifest["names"]:
            for name in read_names(folder.joinpath(file)):
                names[name.id] = _merge_names(names.get(name.id), name)
        for file in manifest["lexicons"]:
            for entry in read_lexicon(folder.joinpath(file)):
                kept = _forget(entry, excluded)
                if kept is not None:
                    lexicon[kept.entity_class, kept.name] = kept
        for file in manifest["english"]:
            english |= read_english(folder.joinpath(file))
        for file in manifest["wordings"]:
            _merge_wording(wording, read_toml(folder.joinpath(file)))
    if excluded:
        wording = _forget_wordings(wording, excluded)
    return Knowledge(packs, tuple(names.values()), tuple(lexicon.values()), tuple(regions.values()), wording, english)


def find_pack(pack: str) -> Traversable:
    """Return the folder of a pack: one that comes with the package or with a plugin, or a folder of the user.

    Raises:
        ConfigurationError: There is no such pack.
    """
    is_path = "/" in pack or "\\" in pack or pack.startswith(".")
    folder: Traversable = Path(pack) if is_path else files("extract").joinpath("packs").joinpath(pack)
    if not is_path and pack in pack_names() and not folder.joinpath("pack.toml").is_file():
        folder = find_plugins("jiqun.packs")[pack].folder()
    elif not is_path and not folder.joinpath("pack.toml").is_file() and Path(pack, "pack.toml").is_file():
        folder = Path(pack)
    if not folder.joinpath("pack.toml").is_file():
        raise ConfigurationError(
            f"No pack named {pack!r} (looked for {folder.joinpath('pack.toml')}).",
            hint=f"packs that come with jiqun: {', '.join(pack_names())}; or give the path of a pack folder",
        )
    return folder


def read_manifest(folder: Traversable, pack: str) -> dict[str, list[str]]:
    """Return the files that a pack lists, by kind; `*` stands for any run.

    Raises:
        ConfigurationError: `pack.toml` is wrong or names a file that is not there.
    """
    return _list_files(folder, pack, _load_manifest(folder))


def pack_summary(pack: str) -> str:
    """Return what a pack says of itself in one sentence."""
    return str(_load_manifest(find_pack(pack)).summary)


def _load_manifest(folder: Traversable) -> Any:
    from pydantic import BaseModel, ConfigDict, ValidationError

    class Manifest(BaseModel):
        model_config = ConfigDict(extra="forbid")

        name: str
        summary: str
        names: list[str] = []
        lexicons: list[str] = []
        regions: list[str] = []
        english: list[str] = []
        wordings: list[str] = []

    path = folder.joinpath("pack.toml")
    try:
        return Manifest.model_validate(read_toml(path))
    except ValidationError as error:
        raise ConfigurationError(f"{path}: {_first_mistake(error)}", hint="see docs/packs.md") from error


def _list_files(folder: Traversable, pack: str, manifest: Any) -> dict[str, list[str]]:
    lists = {"names": manifest.names, "lexicons": manifest.lexicons, "regions": manifest.regions}
    lists |= {"english": manifest.english, "wordings": manifest.wordings}
    there = sorted(path.name for path in folder.iterdir() if path.is_file())
    missing = [want for wanted in lists.values() for want in wanted if "*" not in want and want not in there]
    if missing:
        raise ConfigurationError(f"Pack {pack!r} lists files that are not there: {', '.join(missing)}.")
    return {key: [file for want in wanted for file in there if fnmatch(file, want)] for key, wanted in lists.items()}


def _first_mistake(error: Any) -> str:
    mistakes = [f"{'.'.join(str(part) for part in e['loc'])}: {e['msg']}" for e in error.errors()]
    return "; ".join(mistakes)


def read_toml(path: Traversable) -> dict[str, Any]:
    """Read a TOML file.

    Raises:
        ConfigurationError: It is not TOML in UTF-8.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigurationError(f"{path}: {error}", hint="the file must be valid TOML in UTF-8") from error


def read_names(path: Traversable) -> Iterable[Name]:
    """Read names from Turtle; the local name of an id must be its class and preferred label."""
    for iri, pairs in parse_turtle(path).items():
        yield name_of(path, iri, pairs)


def parse_turtle(path: Traversable) -> dict[str, list[tuple[str, str, str]]]:
    """Return (predicate, object, language) by subject, as a Turtle file says it.

    Raises:
        ConfigurationError: It is not Turtle.
    """
    import pyoxigraph as ox

    triples: dict[str, list[tuple[str, str, str]]] = {}
    try:
        for quad in ox.parse(path.read_bytes(), format=ox.RdfFormat.TURTLE):
            subject, obj = quad.subject, quad.object
            if isinstance(subject, ox.NamedNode) and isinstance(obj, ox.NamedNode | ox.Literal):
                language = (obj.language or "") if isinstance(obj, ox.Literal) else ""
                triples.setdefault(subject.value, []).append((quad.predicate.value, obj.value, language))
    except SyntaxError as error:
        raise ConfigurationError(f"{path}:{error.lineno}: {error.msg}", hint="the file must be valid Turtle") from error
    return triples


def name_of(path: Traversable, iri: str, pairs: Sequence[tuple[str, str, str]]) -> Name:
    """Return the entity that the triples of a subject describe.

    Raises:
        ConfigurationError: Class or name is missing, or the id is not made of them.
    """
    classes = [o.removeprefix(ONTOLOGY) for p, o, _ in pairs if p == RDF_TYPE]
    entity_class = next((c for c in classes if c in ENTITY_CLASSES), None)
    preferred = next((o for p, o, lang in pairs if p == SKOS + "prefLabel" and lang == "zh"), None)
    if entity_class is None or preferred is None:
        raise ConfigurationError(f"{path}: <{iri}> needs a class of the contract and a skos:prefLabel @zh.")
    if iri.removeprefix(RESOURCE) != entity_id(entity_class, preferred).removeprefix("id:"):
        raise ConfigurationError(
            f"{path}: <{iri}> is called {preferred!r}.", hint=f"write it as {entity_id(entity_class, preferred)}"
        )
    others = sorted(o for p, o, _ in pairs if p == SKOS + "altLabel" and o != preferred)
    facts = sorted(
        (p.removeprefix(ONTOLOGY), "id:" + o.removeprefix(RESOURCE))
        for p, o, _ in pairs
        if p.startswith(ONTOLOGY) and o.startswith(RESOURCE)
    )
    hidden = sorted(o for p, o, _ in pairs if p == SKOS + "hiddenLabel")
    identifier = entity_id(entity_class, preferred)
    return Name(identifier, entity_class, preferred, (preferred, *others), tuple(hidden), tuple(facts))


def _merge_names(old: Name | None, new: Name) -> Name:
    if old is None:
        return new
    names = tuple(dict.fromkeys((*old.names, *new.names)))
    hidden = tuple(dict.fromkeys((*old.hidden, *new.hidden)))
    return Name(old.id, old.entity_class, old.name, names, hidden, tuple(dict.fromkeys((*old.facts, *new.facts))))


def read_lexicon(path: Traversable) -> Iterable[LexiconEntry]:
    """Read terms from JSON lines, or from a TOML file of lists of terms of one class.

    Raises:
        ConfigurationError: A line is wrong.
    """
    if path.name.endswith(".toml"):
        table = read_toml(path)
        for terms in table.get("terms", {}).values():
            for term in terms.split():
                yield LexiconEntry(term, table.get("class", "Topic"))
        return
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("//"):
            continue
        try:
            row = json.loads(line)
            entry = LexiconEntry(
                row["name"],
                row["class"],
                tuple(row.get("sources", ())),
                tuple(row.get("optional", ())),
                tuple(row.get("misses", ())),
            )
        except (ValueError, KeyError, TypeError) as error:
            raise ConfigurationError(f"{path}:{number}: {error!r}", hint='rows need "name" and "class"') from error
        if entry.entity_class not in ENTITY_CLASSES:
            raise ConfigurationError(f"{path}:{number}: no class {entry.entity_class!r} in the contract.")
        yield entry


def _forget(entry: LexiconEntry, excluded: frozenset[str]) -> LexiconEntry | None:
    known_from = set(entry.sources) | set(entry.optional)
    if known_from and known_from <= excluded:
        return None
    if not excluded.intersection(known_from | set(entry.misses)):
        return entry
    return LexiconEntry(
        entry.name,
        entry.entity_class,
        tuple(s for s in entry.sources if s not in excluded),
        tuple(s for s in entry.optional if s not in excluded),
        tuple(s for s in entry.misses if s not in excluded),
    )


_REGION_COLUMNS = ("name", "kind", "code", "parent", "names", "weak")
_ENGLISH_COLUMNS = ("class", "name", "English name", "source")


def read_regions(path: Traversable, known: Mapping[str, Region]) -> Iterable[Region]:
    """Read a table of regions; `parent` is the code or the name of a region above it in this or an earlier table."""
    by_key: dict[str, Region] = {}
    for region in known.values():
        by_key.setdefault(region.name, region)
        if region.code:
            by_key[region.code] = region
    rows = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        cells = line.split("\t")
        if len(cells) != len(_REGION_COLUMNS):
            raise ConfigurationError(
                f"{path}:{number}: {len(cells)} columns.", hint="columns: " + ", ".join(_REGION_COLUMNS)
            )
        rows.append((number, cells))
    counts: dict[str, int] = {}
    for _, cells in rows:
        counts[cells[0]] = counts.get(cells[0], 0) + 1
    for number, (name, kind, code, parent, names, weak) in rows:
        above = by_key.get(parent)
        if parent and above is None:
            raise ConfigurationError(f"{path}:{number}: parent {parent!r} of {name!r} is not above it.")
        unique = counts[name] == 1 and not (name in by_key and by_key[name].code)
        label = name if unique or above is None else above.name + name
        region = Region(
            entity_id("Region", label),
            name,
            kind,
            above.id if above else "",
            code.ljust(6, "0") if code else "",
            tuple(form for form in dict.fromkeys((name, *filter(None, names.split(",")))) if form + "?" not in weak),
            tuple(filter(None, weak.split(","))),
        )
        by_key.setdefault(name, region)
        if code:
            by_key[code] = region
        yield region


def read_english(path: Traversable) -> dict[str, str]:
    """Read English names by `id:` name from a table of class, name, English name and source.

    Raises:
        ConfigurationError: A line has other columns, or one of them is empty.
    """
    found = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            cells = [cell.strip() for cell in line.split("\t")]
            if len(cells) != len(_ENGLISH_COLUMNS) or not all(cells) or cells[0] not in ENTITY_CLASSES:
                hint = f"columns, none of them empty: {', '.join(_ENGLISH_COLUMNS)}"
                raise ConfigurationError(f"{path}:{number}: no English name with its source.", hint=hint)
            found[entity_id(cells[0], cells[1])] = cells[2]
    return found


def _merge_wording(into: dict[str, Any], new: Mapping[str, Any]) -> None:
    for key, value in new.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            _merge_wording(into[key], value)
        elif isinstance(value, list) and isinstance(into.get(key), list):
            into[key] = [*into[key], *value]
        else:
            into[key] = value


def _forget_wordings(value: Any, excluded: frozenset[str]) -> Any:
    if isinstance(value, dict):
        return {k: _forget_wordings(v, excluded) for k, v in value.items()}
    if isinstance(value, list):
        return [_forget_wordings(v, excluded) for v in value if not _is_forgotten(v, excluded)]
    return value


def _is_forgotten(item: Any, excluded: frozenset[str]) -> bool:
    sources = item.get("sources") if isinstance(item, dict) else None
    return isinstance(sources, list) and bool(sources) and set(sources) <= excluded
