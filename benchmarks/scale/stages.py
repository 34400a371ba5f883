"""Measure each stage of the work on a document, and its peers on the same text, in processor seconds.

    python -m pip install -e '.[bench]'
    python benchmarks/scale/stages.py --characters 200000

Peers of `annotate`: `jieba.posseg` (words and parts of speech), and spaCy's Chinese pipeline with its characters as
tokens and an EntityRuler that has the names of the base pack. Each is loaded beforehand and takes the documents in
turn with the others, so that what else the machine does strikes all alike; reported is the median over the rounds.
`--envpos PYTHON` adds envpos as packaged, the peer of the profile `full` (`envpos_peer.py`).
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType
from typing import Any

from documents import LENGTH, ROOT, write_corpus
from envpos_peer import Elsewhere, make_envpos

sys.path.insert(0, str(ROOT))

from extract.annotate import annotate, build_nlp, release, start_doc
from extract.clean import clean_text
from extract.packs import load_packs
from extract.read import read_documents, read_file
from extract.resolve import merge_records, resolve_document
from kg.processing.collector import collect_seldom
from ontology.model import CleanText, SourceText


def make_ruler() -> Callable[[CleanText], object]:
    """Return spaCy's own way: characters as tokens, names by an EntityRuler."""
    import spacy

    nlp = spacy.blank("zh")
    ruler = nlp.add_pipe("entity_ruler")
    knowledge = load_packs()
    names = {form: name.entity_class for name in knowledge.names for form in name.names}
    names |= {form: "Region" for region in knowledge.regions for form in region.names}
    names |= {entry.name: entry.entity_class for entry in knowledge.lexicon}
    ruler.add_patterns([{"label": label, "pattern": form} for form, label in sorted(names.items()) if form.strip()])  # type: ignore[attr-defined]
    return lambda clean: nlp(clean.text)


def make_posseg() -> Callable[[CleanText], object]:
    """Return `jieba.posseg`, loaded."""
    import logging

    import jieba
    import jieba.posseg

    jieba.setLogLevel(logging.WARNING)
    jieba.posseg.lcut("加载")
    return lambda clean: jieba.posseg.lcut(clean.text)


def main() -> None:
    """Measure and print characters a processor second, by stage and peer."""
    bulk = ROOT.parent / "shared" / "bulk"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--characters", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--profile", default="rules")
    parser.add_argument("--components", action="store_true", help="time each component of annotate by itself")
    parser.add_argument("--texts", type=Path, default=bulk if bulk.is_dir() else ROOT / "examples" / "corpus")
    parser.add_argument("--envpos", type=Path, help="interpreter of an environment that has envpos")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    nlp = build_nlp(profile=options.profile)
    peers = {"jieba.posseg": make_posseg(), "spaCy zh + EntityRuler": make_ruler()}
    whole = {"envpos": make_envpos(options.envpos)} if options.envpos else {}
    with tempfile.TemporaryDirectory() as folder:
        texts = Path(folder, "texts")
        total = write_corpus(texts, options.texts, options.characters // LENGTH)
        with collect_seldom():  # as in builds: else the collector strikes now one stage, now another
            rounds = [measure(texts, nlp, peers, options.components, whole) for _ in range(options.rounds)]
    medians = {name: statistics.median(r[name] for r in rounds) for name in rounds[0]}
    for name, seconds in medians.items():
        print(f"{name:24} {seconds:8.2f} s  {total / seconds:12,.0f} characters a second")
    if not options.components:
        print(f"annotate to jieba.posseg: {medians['jieba.posseg'] / medians['annotate']:.2f} times its speed")
    ours = sum(seconds for name, seconds in medians.items() if name not in {*peers, *whole})
    print(f"{'all but the peers':24} {ours:8.2f} s  {total / ours:12,.0f} characters a second")
    for name in (*peers, *whole):
        print(f"all to {name}: {medians[name] / ours:.2f} times its speed")
    if options.json:
        about = {"python": platform.python_version(), "jieba": version("jieba"), "spacy": version("spacy")}
        record = {"about": about, "characters": total, "seconds": rounds}
        options.json.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def measure(
    texts: Path,
    nlp: Any,
    peers: dict[str, Callable[[CleanText], object]],
    components: bool,
    whole: Mapping[str, Callable[[Sequence[CleanText]], Elsewhere]] = MappingProxyType({}),
) -> dict[str, float]:
    """Return the processor seconds of each stage and peer over all documents, taken in turn for each document.

    Args:
        texts: Folder of the documents.
        nlp: Our pipeline.
        peers: What is given one document after the other, by name.
        components: Whether each component of annotate is timed by itself.
        whole: What is given all documents at once, after the others.
    """
    seconds: dict[str, float] = {}
    records = []
    cleaned = []

    def timed(name: str, call: Callable[[], object]) -> object:
        start = time.process_time()
        result = call()
        spent = result.seconds if isinstance(result, Elsewhere) else time.process_time() - start
        seconds[name] = seconds.get(name, 0.0) + spent
        return result

    for source in read_documents([texts]):
        assert isinstance(source, SourceText)
        timed("read", lambda source=source: read_file(texts / source.doc, doc=source.doc))  # type: ignore[misc]
        clean = timed("clean", lambda source=source: clean_text(source))  # type: ignore[misc]
        assert isinstance(clean, CleanText)
        if components:
            doc = timed("annotate: start", lambda clean=clean: start_doc(nlp, clean))  # type: ignore[misc, arg-type]
            for name, component in nlp.pipeline:
                label = f"annotate: {name.removeprefix('jiqun_')}"
                doc = timed(label, lambda component=component, doc=doc: component(doc))  # type: ignore[misc]
        else:
            doc = timed("annotate", lambda clean=clean: annotate(nlp, clean))  # type: ignore[misc, arg-type]
        records.append(timed("resolve", lambda d=doc, c=clean: resolve_document(d, c)))  # type: ignore[misc]
        release(doc)
        cleaned.append(clean)
        for name, peer in peers.items():
            timed(name, lambda peer=peer, clean=clean: peer(clean))  # type: ignore[misc]
    timed("merge", lambda: merge_records(records))  # type: ignore[arg-type]
    for name, work in whole.items():
        timed(name, lambda work=work: work(cleaned))  # type: ignore[misc]
    return seconds


if __name__ == "__main__":
    main()
