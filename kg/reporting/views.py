"""Turn the rows of canned questions into what a view draws; nothing here knows of HTML.

Everything drawn remembers the rows it rests on, by question and number, so that a click leads to the words.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

from ontology.model import MODALITIES
from queries.rows import Cell, Rows

RowName: TypeAlias = str
"""`question-number`, the anchor of a row in the page."""

GRID_COLUMNS, GRID_ROWS, TIMELINE_ROWS, MAP_ACTORS, CHARTS, BARS = 24, 48, 80, 60, 24, 24
"""The most that one drawing holds: more than this nobody reads; the tables hold the rest."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A cell of a grid: the strongest modality of its rows, and the rows."""

    modality: str
    rows: tuple[RowName, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """Things over places: for each group of lines its label, its lines, and the marks by column.

    Attributes:
        columns: The places.
        groups: Name of the group (`roles`, `topics`), then lines: a label and one mark or None for each column.
        left_out: How many places and lines the tables hold beyond these.
    """

    columns: tuple[str, ...]
    groups: tuple[tuple[str, tuple[tuple[str, tuple[Mark | None, ...]], ...]], ...]
    left_out: int


@dataclass(frozen=True, slots=True)
class Period:
    """A policy on the timeline; years are numbers, None where no document says.

    Attributes:
        policy: Its name.
        year: Year of issue.
        start: First year of its plan period.
        end: Last year of its plan period.
        status: `draft`, `adopted` or empty.
        titles: Other titles it is cited under.
        rows: The rows it rests on.
    """

    policy: str
    year: int | None
    start: int | None
    end: int | None
    status: str
    titles: tuple[str, ...]
    rows: tuple[RowName, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """Policies by year; `first` and `last` span all of them."""

    periods: tuple[Period, ...]
    first: int
    last: int
    left_out: int


@dataclass(frozen=True, slots=True)
class Tie:
    """A line of the map between two numbered things of neighbouring columns."""

    start: int
    end: int
    modality: str
    rows: tuple[RowName, ...]


@dataclass(frozen=True, slots=True)
class ActorMap:
    """Zones, actors and platforms with the lines between them."""

    zones: tuple[str, ...]
    actors: tuple[tuple[str, str], ...]
    platforms: tuple[str, ...]
    located: tuple[Tie, ...]
    runs: tuple[Tie, ...]
    left_out: int


@dataclass(frozen=True, slots=True)
class Bar:
    """One figure: whose, when, how much, with which bound, how sure the text is that it is so."""

    subject: str
    period: str
    amount: float
    comparison: str
    modality: str
    row: RowName


@dataclass(frozen=True, slots=True)
class Chart:
    """Figures of one measure in one unit."""

    measure: str
    unit: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class NamedSetView:
    """A coined name with its members: name, class, role, row."""

    name: str
    announced: Cell
    found: Cell
    fits: Cell
    members: tuple[tuple[str, str, str, RowName], ...]


@dataclass(frozen=True, slots=True)
class Agreement:
    """What the documents on a place say of its role: role, documents for it, rows."""

    region: str
    documents: int
    roles: tuple[tuple[str, int, tuple[RowName, ...]], ...]


@dataclass(slots=True)
class _Marks:
    """Marks being collected: (line, column) → rows with their modality."""

    found: defaultdict[tuple[str, str], list[tuple[int, RowName]]] = field(default_factory=lambda: defaultdict(list))

    def add(self, line: str, column: str, modality: Cell, row: RowName) -> None:
        self.found[line, column].append((_strength(modality), row))

    def mark(self, line: str, column: str) -> Mark | None:
        rows = sorted(set(self.found.get((line, column), ())))
        return Mark(_modality(rows[0][0]), tuple(row for _, row in rows)) if rows else None


def row_name(question: str, number: int) -> RowName:
    """Return the anchor of a row."""
    return f"{question}-{number}"


def numbered(rows: Rows) -> Iterable[tuple[RowName, dict[str, Cell]]]:
    """Yield the rows with their anchors."""
    for number, row in enumerate(rows):
        yield row_name(rows.question, number), row


def grid(roles: Rows, topics: Rows) -> Grid:
    """Put roles and topics of places side by side, the places with most of them first."""
    marks = {"roles": _Marks(), "topics": _Marks()}
    for name, row in numbered(roles):
        marks["roles"].add(_text(row["role"]), _text(row["region"]), row["modality"], name)
    for name, row in numbered(topics):
        marks["topics"].add(_text(row["topic"]), _text(row["place"]), row["modality"], name)
    columns = Counter(column for group in marks.values() for _, column in group.found)
    shown = [name for name, _ in sorted(columns.items(), key=lambda item: (-item[1], item[0]))[:GRID_COLUMNS]]
    groups, left_out = [], len(columns) - len(shown)
    for name, group in marks.items():
        lines = Counter(line for line, column in group.found if column in shown)
        ranked = sorted(lines.items(), key=lambda item: (-item[1], item[0]))
        left_out += max(0, len(ranked) - GRID_ROWS)
        kept = [(line, tuple(group.mark(line, column) for column in shown)) for line, _ in ranked[:GRID_ROWS]]
        groups.append((name, tuple(kept)))
    return Grid(tuple(shown), tuple(groups), left_out)


def timeline(years: Rows, periods: Rows, titles: Rows) -> Timeline:
    """Put policies on a line of years, the earliest first, those without a year last."""
    rows: defaultdict[str, list[RowName]] = defaultdict(list)
    issued: dict[str, int] = {}
    spans: dict[str, tuple[int | None, int | None]] = {}
    statuses: dict[str, str] = {}
    cited: defaultdict[str, set[str]] = defaultdict(set)
    for name, row in numbered(years):
        policy = _text(row["policy"])
        rows[policy].append(name)
        year = _year(row["year"])
        if year is not None:
            issued[policy] = min(year, issued.get(policy, year))
    for name, row in numbered(periods):
        policy = _text(row["policy"])
        rows[policy].append(name)
        spans[policy] = _year(row["period_start"]), _year(row["period_end"])
        if row["status"]:
            statuses[policy] = _text(row["status"])
    for _, row in numbered(titles):
        if row["title"] != row["policy"]:
            cited[_text(row["policy"])].add(_text(row["title"]))
    found = [
        Period(
            policy, issued.get(policy), *spans.get(policy, (None, None)), statuses.get(policy, ""),
            tuple(sorted(cited[policy])), tuple(dict.fromkeys(rows[policy])),
        )
        for policy in rows
    ]  # fmt: skip
    found.sort(key=lambda p: (min((y for y in (p.year, p.start) if y is not None), default=9999), p.policy))
    dated = [year for p in found for year in (p.year, p.start, p.end) if year is not None]
    return Timeline(
        tuple(found[:TIMELINE_ROWS]), min(dated, default=0), max(dated, default=0), max(0, len(found) - TIMELINE_ROWS)
    )


def actor_map(places: Rows, platforms: Rows) -> ActorMap:
    """Tie actors to the zones they are in and the platforms they run; those with most ties first."""
    located: defaultdict[tuple[str, str], list[tuple[int, RowName]]] = defaultdict(list)
    runs: defaultdict[tuple[str, str], list[tuple[int, RowName]]] = defaultdict(list)
    classes: dict[str, str] = {}
    for name, row in numbered(places):
        actor = _text(row["actor"])
        classes.setdefault(actor, _text(row["class"]))
        located[_text(row["zone"]), actor].append((_strength(row["modality"]), name))
    for name, row in numbered(platforms):
        actor = _text(row["organization"])
        classes.setdefault(actor, _text(row["class"]))
        runs[actor, _text(row["platform"])].append((_strength(row["modality"]), name))
    ties = Counter([actor for _, actor in located] + [actor for actor, _ in runs])
    runners = {actor for actor, _ in runs}
    ranked = sorted(ties, key=lambda actor: (actor not in runners, -ties[actor], actor))
    kept = set(ranked[:MAP_ACTORS])
    zones = Counter(zone for zone, actor in located if actor in kept)
    zone_order = sorted(zones, key=lambda zone: (-zones[zone], zone))
    zone_rank = {zone: i for i, zone in enumerate(zone_order)}
    seats = {actor: min((zone_rank[z] for z, a in located if a == actor), default=len(zone_rank)) for actor in kept}
    actors = sorted(kept, key=lambda actor: (seats[actor], actor not in runners, actor))
    actor_rank = {actor: i for i, actor in enumerate(actors)}
    things = sorted(
        {platform for actor, platform in runs if actor in kept},
        key=lambda platform: (min(actor_rank[a] for a, p in runs if p == platform and a in kept), platform),
    )
    thing_rank = {platform: i for i, platform in enumerate(things)}
    return ActorMap(
        tuple(zone_order),
        tuple((actor, classes[actor]) for actor in actors),
        tuple(things),
        tuple(_tie(zone_rank[z], actor_rank[a], rows) for (z, a), rows in located.items() if a in kept),
        tuple(_tie(actor_rank[a], thing_rank[p], rows) for (a, p), rows in runs.items() if a in kept),
        len(ties) - len(kept),
    )


def charts(indicators: Rows) -> tuple[Chart, ...]:
    """Group figures of the same measure and unit; a chart needs two of them."""
    groups: defaultdict[tuple[str, str], dict[tuple[str, str, float, str, str], Bar]] = defaultdict(dict)
    for name, row in numbered(indicators):
        amount = row["amount"]
        if not isinstance(amount, (int, float)) or isinstance(amount, bool):
            continue
        bar = Bar(
            _text(row["subject"]), _text(row["period"]), float(amount), _text(row["comparison"]) or "=",
            _text(row["modality"]), name,
        )  # fmt: skip
        key = (bar.subject, bar.period, bar.amount, bar.comparison, bar.modality)
        groups[_text(row["measure"]), _text(row["unit"])].setdefault(key, bar)
    found = []
    for (measure, unit), bars in groups.items():
        if len(bars) > 1:
            ordered = sorted(bars.values(), key=lambda bar: (bar.subject, bar.period, bar.amount))
            found.append(Chart(measure, unit, tuple(ordered[:BARS])))
    return tuple(sorted(found, key=lambda chart: (-len(chart.bars), chart.measure, chart.unit))[:CHARTS])


def named_sets(sets: Rows, members: Rows) -> tuple[NamedSetView, ...]:
    """Return each coined name with its members."""
    inside: defaultdict[str, dict[str, tuple[str, str, str, RowName]]] = defaultdict(dict)
    for name, row in numbered(members):
        member = _text(row["member"])
        inside[_text(row["set"])].setdefault(member, (member, _text(row["class"]), _text(row["role"]), name))
    return tuple(
        NamedSetView(
            _text(row["set"]), row["announced"], row["members"], row["complete"],
            tuple(inside[_text(row["set"])].values()),
        )
        for row in sets
    )  # fmt: skip


def agreements(roles: Rows) -> tuple[Agreement, ...]:
    """Return for each place that several documents speak of the roles that they give it."""
    places: defaultdict[str, dict[str, tuple[int, list[RowName]]]] = defaultdict(dict)
    documents: dict[str, int] = {}
    for name, row in numbered(roles):
        region = _text(row["region"])
        documents[region] = _count(row["documents"])
        places[region].setdefault(_text(row["role"]), (_count(row["documents_for"]), []))[1].append(name)
    return tuple(
        Agreement(
            region,
            documents[region],
            tuple(
                (role, count, tuple(names))
                for role, (count, names) in sorted(found.items(), key=lambda item: (-item[1][0], item[0]))
            ),
        )
        for region, found in places.items()
    )


def _tie(start: int, end: int, rows: list[tuple[int, RowName]]) -> Tie:
    ordered = sorted(set(rows))
    return Tie(start, end, _modality(ordered[0][0]), tuple(row for _, row in ordered))


def _strength(modality: Cell) -> int:
    """Return the place of a modality, the strongest first; background has none and counts as asserted."""
    return MODALITIES.index(modality) if isinstance(modality, str) and modality in MODALITIES else 0


def _modality(strength: int) -> str:
    return MODALITIES[strength]


def _text(cell: Cell) -> str:
    return "" if cell is None else str(cell)


def _year(cell: Cell) -> int | None:
    text = _text(cell)[:4]
    return int(text) if text.isascii() and text.isdigit() and len(text) == 4 else None


def _count(cell: Cell) -> int:
    return int(cell) if isinstance(cell, (int, float)) else 0
