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

# Short forms that texts use as words far more often than as places: only in a row of regions (marked `?`).
ORDINARY = set(
    "合作 中方 资源 和平 友好 振兴 南部 通道 共和 复兴 友谊 新兴 港口 解放 新和 新建 和政 惠民 平安 运河 平和 公安 前进 大关 延长 富裕 会同 "
    "青山 古城 河西 江南 同心 太平 大新 金山 富民 民和 光明 宏伟 新平 兴业 市中 互助 大通 华龙 红旗 安宁 平陆 安居 上高 新华 城中 资兴 东方 天全 "
    "东风 扬中 海港 界首 伊美 安国 惠农 方正 白云 长安 江口 乐业 大方 大安 江源 津市 资中 平原 卫东 中原 兴国 双城 新民 同德 江山 永新 天等 滨海 "
    "灯塔 江海 建平 牡丹 路桥 小金 安定 政和 江北 东明 亚东 老城 兴和 平利 新城 三原 杂多 民丰 民乐 万年 金沙 凤凰 江安 清水 马关 建宁 定安 河口 "
    "莲花 兰山 爱民 永定 东至 龙门 新干 南关 林西 白玉 黑山 城西 新安 金水 南湖 太和 利通 和顺 大田 吉州 兴安 九龙 托里 工农 朝天 千山 新市 道里 "
    "温泉 海伦 三门 金安 修水 清新 天涯 高安 钟山 广水 京口 成安 西市 山城 滨江 临海 西和 市南 市北 台前 长海 海棠 路北 路南 沿河 黑水 康保 新林 合水 "
    "铁西 铁东 黄龙 民权 金川 西山 大丰 花山 开江 东山 滨湖 向阳 西平 德江 木兰 金牛 无为 连山 兴隆 永丰 桥东 桥西 城关 城北 城南 城东 东城 西城 "
    "胜利 建设 团结 站前 东河 西林 长寿 大兴 河东 河北 河南 江西 江东 南岸 南山 北关 北塔 南岗 南海 海南 西湖 东湖 太湖 天桥 朝阳 解放 "
    "前锋 丰满 龙头 中站 中阳 方山 交口 平定 安仁 永兴 新宁 石门 龙山 利民 金阳 宁南 万全 平房 天元 通城 通山 阳新 红星 上街 二七 常山 开化 大观 "
    "玉山 横峰 余干 大城 永清 高明 三水 上林 平南 都安 正安 兴海 天峻 富平 合阳 大荔 安平 文安 丰都 城口 定边 镇安 平顺 长子 长岭 宾阳 西夏 "
    "中牟 集贤 明水 通河 西丰 大洼 兴城 安乡 安化 安福 安义 新丰 新会 大余 平江 大化 平果 乐安 广昌 宜丰 武安 文成 龙湾 海门 天山 盐湖 泰山 "
    "江阳 合江 大英 大竹 开阳 三都 平坝 安龙 武定 开远 大姚 平川 正宁 合山 长丰 定远 明光".split()
)
# Short forms of counties and districts that mean the place wherever they stand.
CLEAR = set(
    "海淀 丰台 昌平 顺义 通州 怀柔 平谷 密云 延庆 房山 奉贤 松江 嘉定 青浦 崇明 闵行 徐汇 虹口 杨浦 武清 宝坻 静海 蓟州 津南 西青 "
    "张北 怀来 涿州 固安 容城 任丘 辛集 晋州 迁安 遵化 霸州 香河 正定 宁晋 义乌 慈溪 余姚 海宁 桐乡 诸暨 嵊州 温岭 乐清 瑞安 东阳 江阴 宜兴 昆山 "
    "常熟 太仓 丹阳 靖江 启东 如皋 晋江 石狮 福清 增城 从化 番禺 顺德 花都 黄埔 宝安 龙岗 坪山 盐田 福田 罗湖 香洲 斗门 金湾 渝北 渝中 "
    "北碚 巴南 合川 永川 綦江 铜梁 潼南 荣昌 璧山 梁平 开州 奉节 巫溪 万州 涪陵 黔江 江津 武隆 酉阳 彭水 垫江 萧山 余杭 富阳 柯桥 上虞 鄞州 镇海 "
    "北仑 宁海 象山 奉化 安吉 长兴 德清 龙游 婺源 鄱阳 贵溪 德兴 崂山 黄岛 即墨 胶州 平度 莱西 章丘 莱芜 历城 博兴 寿光 滕州 龙口 巩义 荥阳 新密 新郑 "
    "登封 兰考 武昌 汉阳 黄陂 洪山 大冶 钟祥 京山 仙桃 潜江 浏阳 宁乡 醴陵 吉首 韶山 双流 郫都 温江 新津 金堂 仁寿 西昌 会理 江油 "
    "仁怀 赤水 敦煌 玉门 奎屯 昌吉 库车 若羌 瑞丽 腾冲 珲春 延吉 漠河 浑南 琼海 文昌 万宁 崖州 南雄 海安 东台 瓜州 民勤 "
    "桐城 潜山 巢湖 肥西 肥东 天长 古浪 榆中 皋兰 平遥 介休 汾阳 孝义 高平 泽州 定日 当雄 墨脱 神木 府谷 靖边 韩城 华阴 兴平 安多 扶余 大足 "
    "南浔 吴中 吴江 相城".split()
)
CITY_WORDS = set("吉林 安康 海东 海西 海北 玉树 朝阳 山南 来宾 阿里 天门 海南".split())

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
SPECIAL = [("香港特别行政区", "810000", "香港"), ("澳门特别行政区", "820000", "澳门"), ("台湾省", "710000", "台湾")]


def short_form(name: str) -> str:
    """Return a name without the kind of division, or an empty string where nothing is left to cut."""
    short = SUFFIX.sub("", name)
    return "" if short == name or len(short) < 2 else short


def main(source: Path, out: TextIO) -> None:
    """Write the table of a `pca-code.json`."""
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
        short, strong, weak = short_form(name), list(EXTRA.get(name, [])), []
        if name in WORDS:
            short, weak = "", [name + "?"]
        if short and short not in strong:
            first = levels[short] == kind
            if kind == "province" or (kind == "city" and first and short not in CITY_WORDS):
                strong.append(short)
            elif kind == "city":
                weak.append(short)
            elif short in CLEAR and first:
                strong.append(short)
            elif len(short) > 2 and shorts[short] == 1:
                strong.append(short)
            else:
                weak.append(short + "?" * (short in ORDINARY))
        if kind == "city" and name.endswith("自治州"):
            strong.append(short + "州")
        out.write("\t".join((name, kind, code, parent, ",".join(strong), ",".join(weak))) + "\n")
    for name, code, short in SPECIAL:
        out.write("\t".join((name, "province", code, "中国", short, "")) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.stdout)
