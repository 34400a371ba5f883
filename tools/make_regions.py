"""Make `extract/packs/base/regions.tsv` from the table of administrative divisions.

    python tools/make_regions.py pca-code.json > extract/packs/base/regions.tsv

Source: modood/Administrative-divisions-of-China (`dist/pca-code.json`), WTFPL. Streets are left out,
and so are the statistical areas that are no divisions (development zones with a code of their own).
Short forms without 省/市/区/县 are strong (they mean the region anywhere) or weak (they need the region,
its parent or a neighbour in the same text); ordinary words among the weak are marked `?`.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from collections import Counter
from pathlib import Path
from typing import TextIO

HEADER = (
    "# made by tools/make_regions.py from modood/Administrative-divisions-of-China pca-code.json (WTFPL): "
    "GB/T 2260 codes of 2023\n# name\tkind\tcode\tparent\tnames\tweak\n"
)

ETHNIC = (
    "回族|蒙古族|壮族|藏族|维吾尔|维吾尔族|苗族|彝族|布依族|朝鲜族|满族|侗族|瑶族|白族|土家族|哈尼族|哈萨克|哈萨克族|傣族|黎族|傈僳族|佤族|"
    "畲族|拉祜族|水族|东乡族|纳西族|景颇族|柯尔克孜|柯尔克孜族|土族|达斡尔族|仫佬族|羌族|布朗族|撒拉族|毛南族|仡佬族|锡伯|锡伯族|阿昌族|"
    "普米族|塔吉克|塔吉克族|怒族|鄂温克族|德昂族|保安族|裕固族|独龙族|基诺族|各族|蒙古|鄂伦春|鄂温克"
)
SUFFIX = re.compile(
    rf"(?<=..)(?:(?:{ETHNIC})+自治[区州县旗]|自治[区州县旗]|特别行政区|林区|特区|矿区|地区|新区|[省市盟州区县旗])$"
)
STATISTICAL = re.compile(
    r"(?:开发|管理|高新|示范|园|工业|产业|实验|试验|合作|城|度假|风景|名胜|保税|新城)(?:区|园)?$|园区$|试验区$|农场$|管委会$|生态园$"
)

# Full names that are ordinary words: only in a row of regions, or right behind the region they lie in.
WORDS = ("城区", "矿区", "郊区", "新城区", "城中区")

EXTRA = {
    "内蒙古自治区": ["内蒙古", "内蒙"],
    "广西壮族自治区": ["广西"],
    "西藏自治区": ["西藏"],
    "宁夏回族自治区": ["宁夏"],
    "新疆维吾尔自治区": ["新疆"],
    "浦东新区": ["上海浦东新区", "浦东"],
    "滨海新区": ["天津滨海新区"],
}
CALLED = {
    "北京市": ["首都"],
    "河北省": ["燕赵"],
    "山西省": ["三晋"],
    "黑龙江省": ["龙江"],
    "福建省": ["八闽"],
    "江西省": ["赣鄱"],
    "山东省": ["齐鲁"],
    "湖北省": ["荆楚"],
    "湖南省": ["三湘", "潇湘"],
    "广东省": ["南粤"],
    "广西壮族自治区": ["八桂"],
    "云南省": ["云岭"],
    "陕西省": ["三秦"],
    "甘肃省": ["陇原"],
}
"""What a region is called besides, where the text also names it."""
SPECIAL = [("香港特别行政区", "810000", "香港"), ("澳门特别行政区", "820000", "澳门"), ("台湾省", "710000", "台湾")]


def short_form(name: str) -> str:
    """Return a name without the kind of division, or an empty string where nothing is left to cut."""
    short = SUFFIX.sub("", name)
    return "" if short == name or len(short) < 2 else short


def main(source: Path, out: TextIO) -> None:
    """Write the table of a `pca-code.json`."""
    lists = tomllib.loads(Path(__file__).with_name("region_words.toml").read_text(encoding="utf-8"))
    ordinary, clear, city_words = (set(lists[name].split()) for name in ("ordinary", "clear", "city"))
    provinces = json.loads(source.read_text(encoding="utf-8"))
    rows: list[tuple[str, str, str, str]] = []
    for province in provinces:
        rows.append((province["name"], "province", province["code"], "中国"))
        for city in province["children"]:
            above = province["code"]
            if not re.search(r"市辖区|直辖县|^县$", city["name"]):
                rows.append((city["name"], "city", city["code"], province["code"]))
                above = city["code"]
            for county in city.get("children", []):
                if county["name"] == "市辖区":
                    continue
                if STATISTICAL.search(county["name"]) and len(county["name"]) > 4:
                    continue
                rows.append((county["name"], "county", county["code"], above))
    shorts = Counter(short_form(name) for name, *_ in rows)
    levels: dict[str, str] = {}
    for level in ("province", "city", "county"):
        for name, kind, *_ in rows:
            if kind == level:
                levels.setdefault(short_form(name), kind)
    out.write(HEADER)
    for name, kind, code, parent in rows:
        short, strong, weak = short_form(name), list(EXTRA.get(name, [])), list(CALLED.get(name, []))
        if name in WORDS:
            short, weak = "", [name + "?"]
        if short and short not in strong:
            first = levels[short] == kind
            if kind == "province" or (kind == "city" and first and short not in city_words):
                strong.append(short)
            elif kind == "city":
                weak.append(short)
            elif (short in clear and first) or (len(short) > 2 and shorts[short] == 1):
                strong.append(short)
            else:
                weak.append(short + "?" * (short in ordinary))
        if kind == "city" and name.endswith("自治州"):
            strong.append(short + "州")
        out.write("\t".join((name, kind, code, parent, ",".join(strong), ",".join(weak))) + "\n")
    for name, code, short in SPECIAL:
        out.write("\t".join((name, "province", code, "中国", short, "")) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.stdout)
