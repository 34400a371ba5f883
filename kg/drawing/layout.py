"""Give every node a place, so that the picture stands still when it opens.

Three ideas keep a graph of hubs from becoming a hair-ball. Nodes with one neighbour only (most of
them) are laid as a fan around it, after the rest has found its place. The rest is placed by stress:
distances in the picture follow distances in the graph, and two nodes that share few neighbours
stand further apart. At the end overlapping nodes are pushed apart, each with room for its label.
Nothing is random: the same graph has the same picture.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Places: TypeAlias = NDArray[np.float64]

Edge: TypeAlias = "tuple[int, int]"
Place: TypeAlias = "tuple[int, int]"

SEED = 20240320
STEP = 95.0
"""Length of an edge between two nodes that share all their neighbours, in pixels of the page at scale 1."""
STRESS_LIMIT = 700
"""Above this many nodes in one core the stress of all pairs costs seconds; a spring model takes over."""
_GAP = 70.0


def place_nodes(boxes: Sequence[tuple[float, float]], edges: Sequence[Edge], order: Sequence[int]) -> list[Place]:
    """Return coordinates for nodes `0 … n-1`.

    Args:
        boxes: Width and height that each node needs, its label included.
        edges: Pairs of nodes; direction and repetition do not matter.
        order: A rank for each node (its class, say): neighbours of one hub are laid in this order.

    Returns:
        Whole pixels, the middle of the picture at (0, 0).
    """
    neighbours = _neighbours(len(boxes), edges)
    parts = [_place_component(part, neighbours, boxes, order) for part in _components(neighbours)]
    places = _pack(parts, boxes)
    if not places:
        return []
    left, right = min(x for x, _ in places.values()), max(x for x, _ in places.values())
    top, bottom = min(y for _, y in places.values()), max(y for _, y in places.values())
    middle_x, middle_y = (left + right) / 2, (top + bottom) / 2
    return [(round(places[i][0] - middle_x), round(places[i][1] - middle_y)) for i in range(len(boxes))]


def _neighbours(count: int, edges: Sequence[Edge]) -> list[list[int]]:
    sets: list[set[int]] = [set() for _ in range(count)]
    for a, b in edges:
        if a != b:
            sets[a].add(b)
            sets[b].add(a)
    return [sorted(s) for s in sets]


def _components(neighbours: Sequence[Sequence[int]]) -> list[list[int]]:
    """Return the connected components, the largest first; single nodes come last, as one list each."""
    seen = [False] * len(neighbours)
    found = []
    for start in range(len(neighbours)):
        if seen[start]:
            continue
        seen[start] = True
        component, stack = [], [start]
        while stack:
            node = stack.pop()
            component.append(node)
            for other in neighbours[node]:
                if not seen[other]:
                    seen[other] = True
                    stack.append(other)
        found.append(sorted(component))
    return sorted(found, key=lambda c: (-len(c), c[0]))


def _place_component(
    component: Sequence[int],
    neighbours: Sequence[Sequence[int]],
    boxes: Sequence[tuple[float, float]],
    order: Sequence[int],
) -> dict[int, tuple[float, float]]:
    import numpy as np

    if len(component) == 1:
        return {component[0]: (0.0, 0.0)}
    core = [node for node in component if len(neighbours[node]) > 1] or component[:1]
    if len(component) == 2:
        core = component[:1]
    index = {node: i for i, node in enumerate(core)}
    leaves: list[list[int]] = [[] for _ in core]
    for node in component:
        if node not in index:
            leaves[index[neighbours[node][0]]].append(node)
    for fan in leaves:
        fan.sort(key=lambda node: (order[node], node))
    radii = np.array([_fan_radius(fan, boxes) for fan in leaves])
    edges = [(index[a], index[b]) for a in core for b in neighbours[a] if b in index and a < b]
    places = _place_core(len(core), edges, radii)
    flat = {node: (float(places[i][0]), float(places[i][1])) for node, i in index.items()}
    for hub, fan in zip(core, leaves, strict=True):
        flat |= _fan(flat[hub], fan, boxes, [flat[n] for n in neighbours[hub] if n in index])
    return _push_apart(flat, boxes)


def _fan_radius(fan: Sequence[int], boxes: Sequence[tuple[float, float]]) -> float:
    area = sum(boxes[node][0] * boxes[node][1] for node in fan)
    return math.sqrt(area / math.pi) * 1.15


def _fan(
    hub: tuple[float, float],
    fan: Sequence[int],
    boxes: Sequence[tuple[float, float]],
    others: Sequence[tuple[float, float]],
) -> dict[int, tuple[float, float]]:
    """Lay leaves in arcs around their hub, turned away from the hub's other neighbours."""
    if not fan:
        return {}
    away = (
        math.atan2(sum(hub[1] - y for _, y in others), sum(hub[0] - x for x, _ in others)) if others else -math.pi / 2
    )
    width = 2 * math.pi if not others or len(fan) > 10 else math.pi * (0.5 + 0.08 * len(fan))
    places: dict[int, tuple[float, float]] = {}
    rest = list(fan)
    radius = 52.0
    while rest:
        room = max(1, int(radius * width / 46))
        ring, rest = rest[:room], rest[room:]
        whole = width >= 2 * math.pi
        for i, node in enumerate(ring):
            share = (i + 0.5) / len(ring) - 0.5 if not whole or len(ring) > 1 else 0.0
            angle = away + share * width
            places[node] = (hub[0] + 1.25 * radius * math.cos(angle), hub[1] + radius * math.sin(angle))
        radius += 40.0
    return places


def _place_core(count: int, edges: Sequence[Edge], radii: Any) -> Places:
    import numpy as np
    import rustworkx as rx

    if count == 1:
        return np.zeros((1, 2))
    graph = rx.PyGraph(multigraph=False)
    graph.add_nodes_from(range(count))
    shared = [set(graph_neighbours) for graph_neighbours in _neighbours(count, edges)]
    lengths = []
    for a, b in edges:
        union = len(shared[a] | shared[b])
        common = len(shared[a] & shared[b]) + 2
        lengths.append((a, b, STEP * (0.7 + 0.9 * (1 - common / (union + 2))) + float(radii[a] + radii[b])))
    graph.add_edges_from(lengths)
    if count > STRESS_LIMIT:
        return _springs(graph, count)
    wanted = np.asarray(rx.graph_floyd_warshall_numpy(graph, weight_fn=float))
    return _stress(wanted)


def _springs(graph: Any, count: int) -> Places:
    import numpy as np
    import rustworkx as rx

    found = rx.spring_layout(graph, seed=SEED, num_iter=60 if count < 3000 else 25, k=2.2 / math.sqrt(count))
    scale = STEP * math.sqrt(count) * 0.75
    return np.array([found[i] for i in range(count)], dtype=float) * scale


def _stress(wanted: Places, iterations: int = 120) -> Places:
    """Place points so that their distances come close to the wanted ones (SMACOF, weights d⁻²)."""
    import numpy as np

    count = len(wanted)
    places = _classical(wanted)
    with np.errstate(divide="ignore"):
        weights = np.where(wanted > 0, wanted**-2.0, 0.0)
    laplacian = np.diag(weights.sum(axis=1)) - weights
    inverse = np.linalg.inv(laplacian + 1.0 / count) - 1.0 / count
    pulls = weights * wanted
    before = math.inf
    for _ in range(iterations):
        x, y = places.T
        distances = np.sqrt((x[:, None] - x) ** 2 + (y[:, None] - y) ** 2)
        np.fill_diagonal(distances, 1.0)
        np.maximum(distances, 1e-6, out=distances)
        stress = float((weights * (distances - wanted) ** 2).sum())
        if before - stress < before * 2e-4:
            break
        before = stress
        ratios = pulls / distances
        guttman = np.diag(ratios.sum(axis=1)) - ratios
        places = inverse @ (guttman @ places)
    return np.asarray(places)


def _classical(wanted: Places) -> Places:
    """Return a first guess from the two main axes of the distances; signs are fixed, ties nudged apart."""
    import numpy as np

    count = len(wanted)
    squared = wanted**2
    centred = -0.5 * (squared - squared.mean(axis=0) - squared.mean(axis=1)[:, None] + squared.mean())
    angles = np.arange(count) * 2.399963229728653
    basis = np.column_stack([np.cos(angles), np.sin(angles)])
    for _ in range(60):  # the two main axes only; all eigenvectors would cost seconds at 1,000 nodes
        basis, _triangle = np.linalg.qr(centred @ basis)
    lengths = np.maximum((basis * (centred @ basis)).sum(axis=0), 1.0) ** 0.5
    for axis in range(2):
        if basis[np.argmax(np.abs(basis[:, axis])), axis] < 0:
            basis[:, axis] *= -1
    return np.asarray(lengths * basis + 0.05 * STEP * np.column_stack([np.cos(angles), np.sin(angles)]))


def _push_apart(
    places: Mapping[int, tuple[float, float]], boxes: Sequence[tuple[float, float]], rounds: int = 60
) -> dict[int, tuple[float, float]]:
    """Push boxes apart until none overlap or the rounds are over, along the shorter way."""
    nodes = list(places)
    x = [places[node][0] for node in nodes]
    y = [places[node][1] for node in nodes]
    half_widths = [boxes[node][0] / 2 for node in nodes]
    half_heights = [boxes[node][1] / 2 for node in nodes]
    wide, high = 2 * max(half_widths), 2 * max(half_heights)
    for _ in range(rounds if len(nodes) <= 1500 else 20):
        cells: dict[tuple[int, int], list[int]] = {}
        for i in range(len(nodes)):
            cells.setdefault((int(x[i] // wide), int(y[i] // high)), []).append(i)
        moved = 0
        for (column, row), members in cells.items():
            after = [*cells.get((column, row + 1), ())]
            for side in (-1, 0, 1):
                after += cells.get((column + 1, row + side), ())
            for k, i in enumerate(members):
                for j in (*members[k + 1 :], *after):
                    dx, dy = x[j] - x[i], y[j] - y[i]
                    over_x = half_widths[i] + half_widths[j] - abs(dx)
                    if over_x <= 0:
                        continue
                    over_y = half_heights[i] + half_heights[j] - abs(dy)
                    if over_y <= 0:
                        continue
                    moved += 1
                    if over_x < over_y * 1.3:
                        shift = math.copysign(over_x * 0.28, dx or j - i)
                        x[i] -= shift
                        x[j] += shift
                    else:
                        shift = math.copysign(over_y * 0.28, dy or j - i)
                        y[i] -= shift
                        y[j] += shift
        if moved <= len(nodes) // 100:
            break
    return {node: (x[i], y[i]) for i, node in enumerate(nodes)}


def _pack(
    parts: Sequence[Mapping[int, tuple[float, float]]], boxes: Sequence[tuple[float, float]]
) -> dict[int, tuple[float, float]]:
    """Lay components beside one another: the largest on top, the others in rows below it."""
    places: dict[int, tuple[float, float]] = {}
    row_width = shelf_x = shelf_y = shelf_height = 0.0
    for part in parts:
        left = min(x - boxes[n][0] / 2 for n, (x, _) in part.items())
        right = max(x + boxes[n][0] / 2 for n, (x, _) in part.items())
        top = min(y - boxes[n][1] / 2 for n, (_, y) in part.items())
        bottom = max(y + boxes[n][1] / 2 for n, (_, y) in part.items())
        gap = _GAP if len(part) > 1 else 14.0
        if not places:
            row_width = max(right - left, 900.0)
        elif shelf_x + right - left > row_width or (shelf_y == 0 and right - left > 0.4 * row_width):
            shelf_x, shelf_y, shelf_height = 0.0, shelf_y + shelf_height + gap, 0.0
        for node, (x, y) in part.items():
            places[node] = (x - left + shelf_x, y - top + shelf_y)
        shelf_x += right - left + gap
        shelf_height = max(shelf_height, bottom - top)
    return places
