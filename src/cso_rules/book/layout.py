"""A layered layout of a graph without cycles: longest paths give the layers, barycentres the order within them.

Edges that span several layers pass through invisible waypoints, so that they run between the boxes and not behind them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from statistics import fmean

import attrs

SWEEPS = 12
WAYPOINT = 14.0
"""Height that a passing edge takes in a layer."""

Node = tuple[str, int]
"""A name with 0, or a waypoint: `source>` and its layer; all edges of a source share it."""


@attrs.frozen(kw_only=True)
class GraphLayout:
    """Where the middle of every node lies: layer and height; edges as lists of nodes from source to target."""

    layers: Mapping[Node, int]
    heights: Mapping[Node, float]
    edges: tuple[tuple[Node, ...], ...]
    total: float


def layered(inputs: Mapping[str, Sequence[str]], height: float, gap: float) -> GraphLayout:
    """Lay out a graph.

    Args:
        inputs: For every node the nodes that it reads; every one of these is a node too.
        height: Height of a box.
        gap: Least distance between two boxes of a layer.
    """
    depth = _depths(inputs)
    edges = tuple(_chain(source, name, depth) for name, sources in inputs.items() for source in sources)
    layers: dict[Node, int] = {(name, 0): depth[name] for name in inputs}
    layers |= {node: node[1] for edge in edges for node in edge[1:-1]}
    columns = _ordered(layers, edges)
    sizes = {node: height if node[1] == 0 else WAYPOINT for node in layers}
    heights = _placed(columns, _neighbours(edges), sizes, gap)
    total = max((heights[node] + sizes[node] / 2 for node in heights), default=0.0)
    return GraphLayout(layers=layers, heights=heights, edges=edges, total=total)


def _depths(inputs: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Return for every node the length of the longest path that leads to it."""
    depth = dict.fromkeys(inputs, 0)
    for _ in inputs:
        deeper = {name: max((depth[source] + 1 for source in sources), default=0) for name, sources in inputs.items()}
        if deeper == depth:
            break
        depth = deeper
    return depth


def _chain(source: str, target: str, depth: Mapping[str, int]) -> tuple[Node, ...]:
    between = range(depth[source] + 1, depth[target])
    return ((source, 0), *((f"{source}>", layer) for layer in between), (target, 0))


def _neighbours(edges: Sequence[tuple[Node, ...]]) -> dict[Node, list[Node]]:
    found: dict[Node, list[Node]] = {}
    for edge in edges:
        for first, second in pairwise(edge):
            found.setdefault(first, []).append(second)
            found.setdefault(second, []).append(first)
    return found


def _ordered(layers: Mapping[Node, int], edges: Sequence[tuple[Node, ...]]) -> list[list[Node]]:
    columns: list[list[Node]] = [[] for _ in range(max(layers.values(), default=-1) + 1)]
    for node, layer in layers.items():
        columns[layer].append(node)
    around = _neighbours(edges)
    for sweep in range(SWEEPS):
        order = range(1, len(columns)) if sweep % 2 == 0 else range(len(columns) - 2, -1, -1)
        for index in order:
            beside = columns[index - 1 if sweep % 2 == 0 else index + 1]
            places = {node: place for place, node in enumerate(beside)}
            columns[index] = _by_barycentre(columns[index], around, places)
    return columns


def _by_barycentre(column: list[Node], around: Mapping[Node, list[Node]], places: Mapping[Node, int]) -> list[Node]:
    keys = {}
    for index, node in enumerate(column):
        near = [places[other] for other in around.get(node, ()) if other in places]
        keys[node] = (sum(near) / len(near) if near else float(index), index)
    return sorted(column, key=lambda node: keys[node])


def _placed(
    columns: list[list[Node]], around: Mapping[Node, list[Node]], sizes: Mapping[Node, float], gap: float
) -> dict[Node, float]:
    """Return heights: boxes stacked in order, then drawn toward their neighbours as far as the gaps allow."""
    heights: dict[Node, float] = {}
    for column in columns:
        top = 0.0
        for node in column:
            heights[node] = top + sizes[node] / 2
            top += sizes[node] + gap
    for _ in range(SWEEPS):
        for column in [*columns, *reversed(columns)]:
            _relax(column, heights, around, sizes, gap)
    least = min((heights[node] - sizes[node] / 2 for node in heights), default=0.0)
    return {node: place - least for node, place in heights.items()}


def _relax(
    column: list[Node],
    heights: dict[Node, float],
    around: Mapping[Node, list[Node]],
    sizes: Mapping[Node, float],
    gap: float,
) -> None:
    wanted = [fmean([heights[other] for other in around.get(node, ())] or [heights[node]]) for node in column]
    spans = [sizes[node] + gap for node in column]
    down, up = list(wanted), list(wanted)
    for index in range(1, len(column)):
        down[index] = max(down[index], down[index - 1] + (spans[index - 1] + spans[index]) / 2)
    for index in range(len(column) - 2, -1, -1):
        up[index] = min(up[index], up[index + 1] - (spans[index + 1] + spans[index]) / 2)
    for node, low, high in zip(column, down, up, strict=True):
        heights[node] = (low + high) / 2
