"""Mark numbers with a unit: value × factor, unit and how they compare (超, 近, 约, 以上).

What only looks like a number is left out: years, ordinals, generations (5G), meetings (二十大), citation marks,
register and telephone numbers, and vague sizes (上百家, 千亿级).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from spacy.language import Language

from extract.annotate import text_of

from ..packs import load_packs
from .triggers import words_pattern

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from spacy.tokens import Doc

    from ontology.model import Comparison

_DIGITS = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_TENS = {"十": 10, "百": 100, "千": 1000, "万": 10000}


class Quantity(NamedTuple):
    """A number with its unit.

    Attributes:
        start: First character, the comparing words included.
        end: End offset, exclusive, words like 以上 included.
        number: Offset of the first digit.
        unit_end: End of the unit, before 以上 and its like.
        value: The number as written.
        factor: 1e4 for 万, 1e8 for 亿 and so on.
        unit: As written; `个` where the text has none.
        comparison: One of `COMPARISONS`.
        counted: Whether the unit is a classifier, so that a noun is counted.
        bare: Whether the text has no unit.
        among: For a place in an order the words for what is ordered (全国), else empty.
    """

    start: int
    end: int
    number: int
    unit_end: int
    value: float
    factor: float
    unit: str
    comparison: Comparison
    counted: bool
    bare: bool
    among: str = ""


def chinese_number(word: str) -> int | None:
    """Return the value of a numeral in words up to 99999, or None.

    Example:
        >>> chinese_number("一百二十")
        120
    """
    total = section = digit = 0
    for character in word:
        if character in _DIGITS:
            digit = _DIGITS[character]
        elif character in _TENS:
            unit = _TENS[character]
            if unit == 10000:
                total, section = (total + section + digit) * unit, 0
            else:
                section += (digit or 1) * unit
            digit = 0
        else:
            return None
    return total + section + digit


class QuantityGrammar(NamedTuple):
    """The compiled wordings of the packs."""

    pattern: re.Pattern[str]
    chinese: re.Pattern[str]
    large: re.Pattern[str]
    round: re.Pattern[str]
    rank: re.Pattern[str]
    people: re.Pattern[str]
    before: re.Pattern[str]
    comparison: Mapping[str, str]
    after: Mapping[str, str]
    classifiers: frozenset[str]
    scales: Mapping[str, float]
    only_of: Mapping[str, re.Pattern[str]]
    shared: Mapping[str, tuple[re.Pattern[str], str]]


@lru_cache(maxsize=8)
def load_grammar(packs: tuple[str, ...], excluded: frozenset[str] = frozenset()) -> QuantityGrammar:
    """Compile the section `quantities` of the packs."""
    data: Mapping[str, Any] = load_packs(packs, exclude_sources=excluded).section("quantities")
    scales = dict(data["scales"])
    units, never = data["units"], data["never"]
    after = {word: sign for sign, words in data["after"].items() for word in words}
    comparison = {word: sign for sign, words in data["before"].items() for word in words}
    classifiers = frozenset(units["classifiers"])
    all_units = sorted({*units["measures"], *units["classifiers"]}, key=len, reverse=True)
    longer = [u for u in all_units if any(u != word and u.startswith(word) for word in never["after"])]
    unit = words_pattern(all_units)
    latin = words_pattern(u for u in all_units if u.isascii())
    tail = f"(?P<after>{words_pattern(after)})?"
    pattern = re.compile(
        rf"""(?=\d)(?<![A-Za-z\d.\-_/第])
        (?P<number>\d{{1,3}}(?:,\d{{3}})+(?:[.．]\d+)?|\d+(?:[.．]\d+)?)
        (?:\s?(?P<percent>[%％])?\s?[-—~～至到]\s?(?P<to>\d+(?:,\d{{3}})*(?:\.\d+)?))?
        \s?(?P<more>余|多|来)?(?P<scale>{words_pattern(scales)})?(?:级(?!别))?(?P<more_too>余|多)?\s?
        (?!(?!{words_pattern(longer)}){words_pattern(never["after"])})
        (?P<unit>(?!{words_pattern(units["not_before"])})(?:{latin}(?![A-Za-z])|{unit}))?
        {tail}""",
        re.VERBOSE,
    )
    chinese = data["chinese"]
    counted = words_pattern(sorted(chinese["classifiers"], key=len, reverse=True))
    heads = words_pattern(chinese["heads"])
    words = re.compile(
        rf"""(?=[一二两三四五六七八九十])(?<![一二三四五六七八九十百千万第数上几多再之])
        (?P<number>[一二两三四五六七八九](?:十[一二三四五六七八九]?|百[零一二三四五六七八九十]*)?|十[一二三四五六七八九]?)
        (?:(?P<unit>(?!{words_pattern(units["not_before"])})(?:{counted}))(?:[多余])?
          |(?P<large>{words_pattern(chinese["large"])})(?=[^，。；、0-9]{{0,8}}?{heads}))
        {tail}""",
        re.VERBOSE,
    )
    # 一百三十多家, 三万平方米: a numeral in words that is too large for a small count takes any unit
    large = re.compile(
        rf"""(?=[一二两三四五六七八九])(?<![一二两三四五六七八九十百千万亿第数上几多再之])
        (?P<number>[一二两三四五六七八九](?:[十百千][零一二三四五六七八九十百千]*)?)
        (?P<more>余|多|来)?(?P<scale>万亿|亿|万)?(?P<more_too>余|多)?
        (?P<unit>(?!{words_pattern(units["not_before"])})(?:{unit}))
        {tail}""",
        re.VERBOSE,
    )
    # 超百亿元, 近千家, 百余项: a scale alone is a number where the text compares with it
    rounded = re.compile(
        rf"""(?=[{"".join(sorted({scale[0] for scale in scales}))}])
        (?<![一二两三四五六七八九十百千万亿第数几成半\d])(?<![^迈跨站登]上)
        (?P<scale>{words_pattern(scales)})(?P<more>余|多)?
        (?P<unit>(?!{words_pattern(units["not_before"])})(?:{unit}))
        {tail}""",
        re.VERBOSE,
    )
    # 居全国第5位, 全球第二, 居副省级城市首位; the first line lets most places be passed over at a glance
    order = data["rank"]
    verbs, kinds = words_pattern(order["verbs"]), words_pattern(order["kinds"])
    beginnings = re.escape("".join(sorted({word[0] for word in (*order["verbs"], *order["scopes"])})))
    rank = re.compile(
        rf"""(?=[{beginnings}])
        (?:(?:{verbs})?(?P<among>{words_pattern(order["scopes"])}(?:{kinds})?)
              |(?:{verbs})(?P<others>[一-龥]{{2,6}}?(?:{kinds})))
        (?:综合)?(?:{verbs})?
        (?:第(?P<number>\d{{1,3}}|[一二三四五六七八九十]{{1,3}})[位名]?|(?P<first>{words_pattern(order["firsts"])}))
        (?=[，。；、！）)\s]|$|和)""",
        re.VERBOSE,
    )
    # matched against the reversed text in front of a number
    before = re.compile(
        rf"(?:了|到达|达|到|出|为|至|有)?(?P<word>{words_pattern(w[::-1] for w in comparison)})(?![附最])"
    )
    people = re.compile(rf"(?:{words_pattern(units['of_people'])})?(?:{words_pattern(units['people'])})")
    only_of = {unit: re.compile(rf"{words_pattern(of)}[^，。；\n]*$") for unit, of in data["only_of"].items()}
    shared = {
        short: (re.compile(rf"(?:{_IN_LIST}{short})*{_IN_LIST}{whole}"), whole)
        for short, whole in data["shared"].items()
    }
    return QuantityGrammar(
        pattern, words, large, rounded, rank, people, before, comparison, after, classifiers, scales, only_of, shared
    )


_CLAUSE = 16
"""Characters in front of a number in which stands what it is a number of."""
_IN_LIST = r"[、和及与]\d+(?:\.\d+)?"
_NOT_TENTHS = frozenset("功立为员果本长熟效分型品就交")
_NOT_BEHIND = re.compile(
    r"(?:第|ICP[备证]|电话|传真|邮编|公网安备|热线|文号|编号|邮政编码|QQ|版本|DOI|ISSN|NO|No|PM|COP|连续|\[)\s?[:：.]?\s?$"
)


def find_quantities(
    text: str, grammar: QuantityGrammar, *, taken: Sequence[tuple[int, int]] = ()
) -> Iterator[Quantity]:
    """Yield the quantities of a text in order.

    Args:
        text: The clean text.
        grammar: See `load_grammar`.
        taken: Spans in which no quantity may begin (dates), sorted.
    """
    found = [*_digits(text, grammar, taken), *_words(text, grammar), *_large(text, grammar), *_round(text, grammar)]
    found += _ranks(text, grammar)
    found.sort(key=lambda q: (q.start, -q.end))
    reach = -1
    for quantity in found:
        if quantity.number >= reach:
            yield quantity
            reach = quantity.end


def _digits(text: str, grammar: QuantityGrammar, taken: Sequence[tuple[int, int]]) -> Iterator[Quantity]:
    index = 0
    for match in grammar.pattern.finditer(text):
        start, end = match.span()
        while index < len(taken) and taken[index][1] <= start:
            index += 1
        if index < len(taken) and taken[index][0] < match.end("number") and taken[index][1] > start:
            continue
        unit, scale = match["unit"], match["scale"]
        following = text[end : end + 1]
        if _NOT_BEHIND.search(text, max(0, start - 8), start) or (match["to"] is None and following == "]"):
            continue
        if "级" in match[0] and not unit:
            continue  # 千亿级: how large, not how much
        bare = unit is None
        if bare and ((following.isascii() and following.isalnum()) or (not scale and _is_no_count(text, start, end))):
            continue
        if unit in ("成",):
            unit = "%"
        if unit in grammar.only_of and not grammar.only_of[unit].search(text, max(0, start - _CLAUSE), start):
            continue
        if unit in grammar.shared and grammar.shared[unit][0].match(text, end):
            unit = grammar.shared[unit][1]
        sign, words_start = _comparison(text, start, grammar)
        more = match["more"] or match["more_too"]
        if match["after"]:
            sign = grammar.after[match["after"]] if sign in ("=", ">") or sign is None else sign
        if more and more != "来":
            sign = "~" if sign == "~" else ">"
        factor = grammar.scales[scale] if scale else 1.0
        value, factor = _normal(_decimal(match["number"]), factor)
        unit = "人" if bare and grammar.people.match(text, end) else _unit(unit)
        unit_end = match.end("unit") if match["unit"] else end
        counted = bare or unit in grammar.classifiers
        common = {"unit": unit, "counted": counted, "bare": bare, "end": end, "unit_end": unit_end, "number": start}
        if match["to"]:
            top, top_factor = _normal(_decimal(match["to"]), grammar.scales[scale] if scale else 1.0)
            yield Quantity(start=words_start, value=value, factor=factor, comparison=">=", **common)  # type: ignore[arg-type]
            yield Quantity(start=end, value=top, factor=top_factor, comparison="<=", **{**common, "number": end})  # type: ignore[arg-type]
            continue
        yield Quantity(start=words_start, value=value, factor=factor, comparison=sign or "=", **common)  # type: ignore[arg-type]


def _words(text: str, grammar: QuantityGrammar) -> Iterator[Quantity]:
    for match in grammar.chinese.finditer(text):
        start, end = match.span()
        value = chinese_number(match["number"])
        if value is None or (value < 2 and not match["unit"]) or value == 1:
            continue
        unit = match["unit"] or "个"
        sign, words_start = _comparison(text, start, grammar)
        if match["after"]:
            sign = grammar.after[match["after"]] if sign in ("=", ">", None) else sign
        unit_end = match.end("unit") if match["unit"] else end
        if unit == "成":
            if text[end : end + 1] in _NOT_TENTHS:
                continue
            value, unit = value * 10, "%"
        yield Quantity(words_start, end, start, unit_end, float(value), 1.0, unit, sign or "=", unit != "%", False)  # type: ignore[arg-type]


def _large(text: str, grammar: QuantityGrammar) -> Iterator[Quantity]:
    for match in grammar.large.finditer(text):
        value = chinese_number(match["number"])
        if value is None or not (match["scale"] or set(match["number"]) & {"百", "千"}):
            continue
        yield _in_words(text, grammar, match, float(value), bool(match["more"] or match["more_too"]))


def _round(text: str, grammar: QuantityGrammar) -> Iterator[Quantity]:
    for match in grammar.round.finditer(text):
        if match["more"] or _comparison(text, match.start(), grammar)[0] is not None:
            yield _in_words(text, grammar, match, 1.0, bool(match["more"]))


_NEXT_PLACE = re.compile(r"[、和及与]第(\d{1,3}|[一二三四五六七八九十]{1,3})[位名]?(?=[，。；、！）)\s]|$|和)")


def _ranks(text: str, grammar: QuantityGrammar) -> Iterator[Quantity]:
    """Yield places in an order; where nothing but the number tells them from counts, the text has 第 before it."""
    for match in grammar.rank.finditer(text):
        start, end = match.span()
        among, number = match["among"] or match["others"], "1" if match["first"] else match["number"]
        while number:
            value = int(number) if number.isdecimal() else chinese_number(number)
            if value:
                yield Quantity(start, end, start, end, float(value), 1.0, "位", "=", False, False, among)
            further = _NEXT_PLACE.match(text, end)
            number = further[1] if further else ""
            start, end = further.span() if further else (end, end)
            start += 1


def _in_words(text: str, grammar: QuantityGrammar, match: re.Match[str], value: float, more: bool) -> Quantity:
    """Return the quantity that a numeral in words, its scale and its unit are."""
    sign, start = _comparison(text, match.start(), grammar)
    if match["after"]:
        sign = grammar.after[match["after"]] if sign in ("=", ">", None) else sign
    if more:
        sign = "~" if sign == "~" else ">"
    value, factor = _normal(value, grammar.scales[match["scale"]] if match["scale"] else 1.0)
    unit = _unit(match["unit"])
    return Quantity(
        start, match.end(), match.start(), match.end("unit"), value, factor, unit, sign or "=",  # type: ignore[arg-type]
        counted=unit in grammar.classifiers, bare=False,
    )  # fmt: skip


def _decimal(number: str) -> float:
    return float(number.replace(",", "").replace("．", "."))


def _is_no_count(text: str, start: int, end: int) -> bool:
    """Whether a number without scale and unit counts nothing: no noun behind it, or a name before it."""
    following = text[end : end + 1]
    return not ("一" <= following <= "鿿") or (text[start - 1 : start].isalpha() and text[start - 1] in "近号线路第版")


def _comparison(text: str, start: int, grammar: QuantityGrammar) -> tuple[str | None, int]:
    window = text[max(0, start - 8) : start][::-1]
    match = grammar.before.match(window)
    if match is None:
        return None, start
    return grammar.comparison[match["word"][::-1]], start - match.end()


def _normal(value: float, factor: float) -> tuple[float, float]:
    """Move 千, 百万, 千万, 千亿 into the value, so that factors are 1, 1e4, 1e8 and 1e12."""
    for standard in (1e12, 1e8, 1e4, 1.0):
        if factor >= standard:
            return (value, factor) if factor == standard else (value * factor / standard, standard)
    return value, factor


def _unit(unit: str | None) -> str:
    if unit is None or unit in ("余个", "多个"):
        return "个"
    return {"％": "%", "百分点": "个百分点", "亩地": "亩", "元人民币": "元", "人民币元": "元", "块": "块"}.get(
        unit, unit
    )


@Language.factory("jiqun_quantities", default_config={"packs": ["base"], "exclude_sources": []})
def create_quantities(nlp: Language, name: str, packs: list[str], exclude_sources: list[str]) -> QuantityMarker:
    """Create the component with the units and comparing words of the packs."""
    return QuantityMarker(load_grammar(tuple(packs), frozenset(exclude_sources)))


class QuantityMarker:
    """Fill `doc.user_data["quantities"]`."""

    def __init__(self, grammar: QuantityGrammar) -> None:
        self.grammar = grammar

    def __call__(self, doc: Doc) -> Doc:
        """Mark the quantities of a document."""
        taken = [(date.start, date.end) for date in doc.user_data.get("dates", ())]
        doc.user_data["quantities"] = list(find_quantities(text_of(doc), self.grammar, taken=taken))
        return doc
