"""Make `extract/packs/base/english.tsv`: English names of provinces and countries as the Unicode CLDR has them.

    npm pack cldr-subdivisions-full && tar xzf cldr-subdivisions-full-*.tgz
    python tools/make_english.py package > extract/packs/base/english.tsv

Countries come from the CLDR in Babel, found there by their Chinese names; provinces from the subdivisions, found by
their pinyin, or by their letters in ISO 3166-2 where the English name is another word. What the CLDR does not name, or
not in its approved data (内蒙古自治区), gets no English name.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from extract.packs import load_packs
from kg.projection import to_pinyin

ISO = {"陕西省": "cnsn", "西藏自治区": "cnxz"}
TERRITORIES = {"香港特别行政区": "HK", "澳门特别行政区": "MO", "台湾省": "TW"}


def english_names(folder: Path) -> Iterator[tuple[str, str, str]]:
    """Yield name, English name and source.

    Args:
        folder: The npm package cldr-subdivisions-full.
    """
    from babel import Locale, __version__

    table = json.loads((folder / "subdivisions" / "en" / "en.json").read_text("utf-8"))
    version = json.loads((folder / "package.json").read_text("utf-8"))["version"]
    subdivisions = table["subdivisions"]["localeDisplayNames"]["subdivisions"]
    provinces = {code: name for code, name in subdivisions.items() if code.startswith("cn")}
    by_sound = {name.lower(): code for code, name in provinces.items()}
    chinese, english = Locale("zh").territories, Locale("en").territories
    territories = {name: code for code, name in chinese.items() if len(code) == 2 and code.isalpha()}
    for region in load_packs().regions:
        if region.kind == "country" and region.name in territories:
            code = territories[region.name]
            yield region.name, english[code], f"Unicode CLDR (Babel {__version__}), territory {code}"
        elif region.name in TERRITORIES:
            code = TERRITORIES[region.name]
            name = english[code].removesuffix(" SAR China")
            yield region.name, name, f"Unicode CLDR (Babel {__version__}), territory {code}"
        elif region.kind == "province":
            sounds = (to_pinyin(form).split(" ")[0] for form in region.names)
            found = ISO.get(region.name) or next((by_sound[sound] for sound in sounds if sound in by_sound), None)
            if found:
                yield region.name, provinces[found], f"Unicode CLDR {version}, subdivision {found}"


if __name__ == "__main__":
    print("# made by tools/make_english.py from the Unicode CLDR (Unicode License V3): English names of regions")
    print("# class\tname\tEnglish name\tsource")
    for row in english_names(Path(sys.argv[1])):
        print("Region", *row, sep="\t")
