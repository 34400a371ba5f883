"""What the judge is told of a name: its siblings in a coordination, its class, the names around."""

from __future__ import annotations

from extract.learning.name_features import FEATURES, TaggedSpan, collect_names, name_rows

TEXT = "合肥发展人工智能、量子信息和晶圆材料，另有家用电器。"


def columns(*tagged: tuple[str, float]) -> dict[str, dict[str, float]]:
    """Return the row of each topic by its name."""
    spans = [TaggedSpan(TEXT.index(name), TEXT.index(name) + len(name), "Topic", score) for name, score in tagged]
    names = collect_names(TEXT, [], spans)
    return {
        n.folded: dict(zip(FEATURES, row, strict=True)) for n, row in zip(names, name_rows(TEXT, names), strict=True)
    }


def test_siblings_stand_beside_a_name_with_nothing_but_a_joint_between() -> None:
    rows = columns(("人工智能", 4.0), ("量子信息", -1.0), ("晶圆材料", 2.0), ("家用电器", 1.0))
    assert (rows["量子信息"]["sibling_best"], rows["量子信息"]["sibling_worst"]) == (4.0, 2.0)
    assert (rows["人工智能"]["siblings"], rows["量子信息"]["siblings"], rows["家用电器"]["siblings"]) == (1, 2, 0)
    assert rows["家用电器"]["sibling_best"] < min(-9.0, rows["人工智能"]["sibling_best"])


def test_the_share_of_a_class_is_what_the_tagger_would_keep() -> None:
    rows = columns(("人工智能", 4.0), ("量子信息", -1.0), ("晶圆材料", 2.0), ("家用电器", -3.0))
    assert {row["class_share"] for row in rows.values()} == {0.5}
    assert rows["人工智能"]["neighbours"] == 2
