"""Mark dates and periods: 2024年3月, 2021-06-27, 今年前三季度, “十四五”期间, 截至2024年底."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spacy.language import Language

from extract.annotate import text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spacy.tokens import Doc

_YEAR = r"(?:19|20)\d\d"
_PART = (
    r"(?:上半年|下半年|前[一二三]季度|[一二三四]季度|第[一二三四]季度|前[\d一二三四五六七八九十]+个?月"
    r"|\d{1,2}(?:[-—~至]|月至)\d{1,2}月份?|\d{1,2}月份?(?:\d{1,2}日)?)"
)
_DATE = re.compile(  # the first line lets most places be passed over at a glance
    rf"""
      (?=[\d“"十今去明前本上当下一二三四第近过未最])
      (?:
      (?P<day>{_YEAR})\s?年\s?(?P<day_m>\d{{1,2}})\s?月\s?(?P<day_d>\d{{1,2}})\s?日
    | (?<![\d.])(?P<iso>{_YEAR})(?P<sep>[-/.])(?P<iso_m>0?[1-9]|1[0-2])(?P=sep)(?P<iso_d>0?[1-9]|[12]\d|3[01])(?![\d.])
    | (?P<range>{_YEAR})年?\s?[-—–~至到]+\s?(?P<range_to>{_YEAR})年
    | (?P<month>{_YEAR})\s?年\s?(?P<month_m>1[0-2]|0?[1-9])\s?月(?:份|底|初|末|中旬|上旬|下旬)?
    | (?P<part>{_YEAR})年(?P<part_of>{_PART})
    | (?P<year>{_YEAR})\s?年(?!报|鉴|版|[前后])(?:年?底|年?末|初|以来|间|度)?
    | [“"]?(?P<plan>十[一二三四五六七]五)[”"]?(?:时期|期间|期末|末|以来|开局|五年|规划期)
    | (?P<relative>今年|去年|明年|前年|本年度?|上年|当年)(?P<relative_part>{_PART})?(?:年?底|年?末|初|以来|全年)?
    | (?P<alone>{_PART})(?![\d])
    | (?P<last>(?:近|过去|未来|最近)[\d一二三四五六七八九十两]+年)
    )""",
    re.VERBOSE,
)
_MONTH_DAY = re.compile(r"(\d{1,2})月(\d{1,2})日")
_MONTH = re.compile(r"(1[0-2]|0?[1-9])月份?(?:(\d{1,2})日)?")
_REPORT = re.compile(rf"(?:({_YEAR})年)?[一-龥]{{0,12}}政府工作报告(?:[（(]({_YEAR})年[）)])?")
_SHIFT = {"今年": 0, "本年": 0, "本年度": 0, "去年": -1, "上年": -1, "明年": 1, "前年": -2}


@dataclass(frozen=True, slots=True)
class DateMention:
    """A date in a text.

    Attributes:
        start: First character.
        end: End offset, exclusive.
        value: `YYYY`, `YYYY-MM`, `YYYY-MM-DD`, or the words of the text for a period without a year.
        exact: Whether `value` is a calendar date rather than words.
        future: Whether the text looks forward to it (到2027年, 明年).
    """

    start: int
    end: int
    value: str
    exact: bool
    future: bool = False


def find_dates(text: str, *, published: str | None = None) -> Iterator[DateMention]:
    """Yield the dates of a text in order.

    Args:
        text: The clean text.
        published: Date of the document, which says what 今年 is; None leaves the words as they are.

    Example:
        >>> [d.value for d in find_dates("2024年3月印发，到2027年建成", published=None)]
        ['2024-03', '2027']
    """
    year = int(published[:4]) if published and published[:4].isdigit() else None
    for match in _DATE.finditer(text):
        start, end = match.span()
        kind = match.lastgroup
        future = text[max(0, start - 2) : start].endswith(("到", "至")) or match["relative"] == "明年"
        if match["day"]:
            value, exact = f"{match['day']}-{int(match['day_m']):02d}-{int(match['day_d']):02d}", True
        elif match["iso"]:
            value, exact = f"{match['iso']}-{int(match['iso_m']):02d}-{int(match['iso_d']):02d}", True
        elif match["range"]:
            value, exact = f"{match['range']}-{match['range_to']}", False
        elif match["month"]:
            value, exact = f"{match['month']}-{int(match['month_m']):02d}", True
        elif match["part"]:
            value, exact = match["part"] + match["part_of"], False
        elif match["year"]:
            value, exact = match["year"], True
        elif match["plan"]:
            value, exact = match["plan"], False
        elif match["relative"]:
            value, exact = _relative(match["relative"], match["relative_part"], year)
        else:
            value, exact = match[kind or 0], False
            day = _MONTH_DAY.fullmatch(value)
            if day and year is not None:
                value, exact = f"{year}-{int(day[1]):02d}-{int(day[2]):02d}", True
        yield DateMention(start, end, value, exact, future)


def report_year(title: str) -> str | None:
    """Return the year of a government's work report, which its 今年 means: it is given as the year begins.

    Example:
        >>> report_year("海南省政府工作报告(2026年)"), report_year("某省政府工作报告")
        ('2026', None)
    """
    match = _REPORT.match(title)
    return (match[1] or match[2]) if match else None


def _relative(word: str, part: str | None, year: int | None) -> tuple[str, bool]:
    if part:
        month = _MONTH.fullmatch(part)
        if month and year is not None and word in _SHIFT:
            day = f"-{int(month[2]):02d}" if month[2] else ""
            return f"{year + _SHIFT[word]}-{int(month[1]):02d}{day}", True
        return word + part, False
    if year is not None and word in _SHIFT:
        return str(year + _SHIFT[word]), True
    return word, False


@Language.factory("jiqun_dates", default_config={"packs": ["base"], "exclude_sources": []})
def create_dates(nlp: Language, name: str, packs: list[str], exclude_sources: list[str]) -> DateMarker:
    """Create the component; dates are written the same in every pack."""
    return DateMarker()


class DateMarker:
    """Fill `doc.user_data["dates"]`."""

    def __call__(self, doc: Doc) -> Doc:
        """Mark the dates of a document."""
        clean = doc._.clean if doc.has_extension("clean") else None
        text = text_of(doc)
        given = clean.metadata if clean is not None else None
        title = (given.title if given is not None else "") or text.lstrip().split("\n", 1)[0]
        published = (given.date if given is not None else None) or report_year(title)
        doc.user_data["dates"] = list(find_dates(text, published=published))
        return doc
