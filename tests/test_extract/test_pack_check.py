"""A pack is checked before a build uses it: each mistake is named with its file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from extract.checking import PackReport, check_pack
from extract.packs import load_packs, pack_names, pack_summary
from extract.skeleton import FILES, write_skeleton
from ontology.errors import ConfigurationError, UsageError

PREFIXES = (
    "@prefix kg: <https://w3id.org/jiqun/ontology#> .\n@prefix id: <https://w3id.org/jiqun/id/> .\n"
    "@prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n"
)
pytestmark = pytest.mark.integration  # each check reads the base pack and a pipeline

FIRM = 'id:Firm_云岭科技 a kg:Firm ; skos:prefLabel "云岭科技"@zh'
PATTERN = """
[[relations.pattern]]
name = "hatch"
relation = "develops"
triggers = ["孵出"]
confidence = 0.6
examples = ["[[Zone|东湖园区]]孵出[[Platform|“织机”平台]]。 => 东湖园区 develops “织机”平台"]
counterexamples = ["[[Zone|东湖园区]]为[[Platform|“织机”平台]]办会。 => 东湖园区 develops “织机”平台"]
"""


def write_pack(folder: Path, *, names: str = "", wording: str = "", regions: str = "", topics: str = "") -> str:
    folder.mkdir()
    lists = 'name = "p"\nsummary = "s"\n'
    for key, file, text in (
        ("names", "names.ttl", names and PREFIXES + names),
        ("wordings", "wording.toml", wording),
        ("regions", "regions.tsv", regions),
        ("lexicons", "topics.toml", topics),
    ):
        if text:
            (folder / file).write_text(text, encoding="utf-8")
            lists += f'{key} = ["{file}"]\n'
    (folder / "pack.toml").write_text(lists, encoding="utf-8")
    return str(folder)


def said(report: PackReport) -> str:
    return "\n".join(map(str, report.problems))


# --- the packs that come with it --------------------------------------------------------------------------------------


@pytest.mark.parametrize("pack", pack_names())
def test_packs_that_come_with_it_are_right_and_proved(pack: str) -> None:
    report = check_pack(pack)
    assert report.of("error") == () and report.of("unproved") == (), said(report)
    assert report.counts["name"] > 100 and report.counts["example"] > 1 and pack_summary(pack)


def test_the_second_pack_has_nothing_to_warn_of_and_adds_to_the_base() -> None:
    assert check_pack("gba").problems == ()
    base, both = load_packs(("base",)), load_packs(("base", "gba"))
    assert len(both.names) > len(base.names) + 300 and len(both.regions) > len(base.regions)


# --- a new pack -------------------------------------------------------------------------------------------------------


def test_a_new_pack_is_right_as_it_is(tmp_path: Path) -> None:
    folder = write_skeleton("my-region", tmp_path / "packs")
    report = check_pack(str(folder))
    assert report.problems == () and report.counts == {
        "name": 1, "region": 1, "wording": 1, "example": 1, "counter-example": 1,
    }  # fmt: skip
    assert all("#" in (folder / file).read_text("utf-8") for file in FILES)
    assert not any("@NAME@" in (folder / file).read_text("utf-8") for file in FILES)


def test_a_new_pack_does_not_write_over_another(tmp_path: Path) -> None:
    write_skeleton("mine", tmp_path)
    with pytest.raises(UsageError, match="already"):
        write_skeleton("mine", tmp_path)
    with pytest.raises(UsageError, match="no name"):
        write_skeleton("My Region", tmp_path)


# --- names ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "line", "message"),
    [
        ('id:Firm_x a kg:Firm ; skos:prefLabel "云岭科技"@zh .', 4, "write it as id:Firm_云岭科技"),
        ('\nid:Frim_云岭科技 a kg:Frim ; skos:prefLabel "云岭科技"@zh .', 5, "did you mean 'Firm'?"),
        ('id:Firm_云岭科技 a kg:Firm ; skos:prefLabel "云岭科技" .', 4, "has no language"),
        ('{firm} ; skos:altLable "云岭"@zh .', 4, "'altLabel'"),
        ('{firm} ; kg:locatedin id:Region_昆明市 .', 4, "'locatedIn'"),
        ('{firm} ; kg:locatedIn id:Region_昆明 .', 4, "'id:Region_昆明市'"),
        ('{firm} ; kg:partOf id:Region_昆明市 .', 4, "no Firm partOf Region"),
        ('{firm} ; skos:altLabel "华为"@zh .', 4, "a name of id:Firm_华为"),
        ('{firm} ; skos:altLabel "云"@zh .', 4, "too short"),
        ('{firm}', 4, "valid Turtle"),
    ],
)  # fmt: skip
def test_a_wrong_name_is_named_with_its_line(tmp_path: Path, names: str, line: int, message: str) -> None:
    report = check_pack(write_pack(tmp_path / "p", names=names.replace("{firm}", FIRM)))
    assert message in said(report)
    assert any(p.line == line and p.severity == "error" for p in report.problems), said(report)


def test_two_entries_with_one_name_are_named(tmp_path: Path) -> None:
    names = "".join(
        f'id:{kind}_{name} a kg:{kind} ; skos:prefLabel "{name}"@zh ; skos:altLabel "云岭"@zh .\n'
        for kind, name in (("Firm", "云岭科技"), ("Zone", "云岭园区"))
    )
    (problem,) = check_pack(write_pack(tmp_path / "p", names=names)).of("error")
    assert problem.line == 5 and "never means id:Zone_云岭园区" in problem.message


@pytest.mark.parametrize(
    ("label", "message"),
    [
        ("昆明", "the region id:Region_昆明市"),
        ("人工智能", "a Topic of a lexicon"),
        ("雄鹰", "of the dictionary"),
    ],
)
def test_a_short_form_that_means_something_else_is_a_warning(tmp_path: Path, label: str, message: str) -> None:
    names = f'{FIRM} ; skos:altLabel "{label}"@zh .'
    report = check_pack(write_pack(tmp_path / "p", names=names))
    assert message in said(report) and "skos:hiddenLabel" in said(report) and report.of("error") == ()


def test_a_name_that_is_never_found_is_named(tmp_path: Path) -> None:
    names = FIRM + ' ;\n skos:altLabel "雲嶺科技"@zh , "昆明市云岭"@zh .'
    wording = '[names]\nscores = { "云岭科技" = 0.2 }\n'
    report = check_pack(write_pack(tmp_path / "p", names=names))
    (problem,) = report.problems
    assert (problem.severity, problem.line) == ("warning", 5) and "cleaning makes '云岭科技' of it" in problem.message
    assert "'昆明市云岭' is never found" in said(check_pack(write_pack(tmp_path / "q", names=names, wording=wording)))


def test_what_is_known_already_is_a_warning(tmp_path: Path) -> None:
    names = 'id:Firm_华为 a kg:Firm ; skos:prefLabel "华为"@zh .'
    topics = 'class = "Topic"\n[terms]\nany = """人工智能 云岭工艺"""\n'
    report = check_pack(write_pack(tmp_path / "p", names=names, topics=topics))
    assert "id:Firm_华为 is known already" in said(report) and "topics.toml:3: warning: '人工智能'" in said(report)
    assert "云岭工艺" not in said(report)


def test_a_region_that_is_there_or_has_no_parent_is_wrong(tmp_path: Path) -> None:
    known = check_pack(write_pack(tmp_path / "p", regions="昆明市\tcity\t\t云南省\t昆明\t\n"))
    lost = check_pack(write_pack(tmp_path / "q", regions="# r\n云岭新区\tnewarea\t\t昆名市\t\t\n"))
    assert "regions.tsv:1: error" in said(known) and "regions.tsv:2: error" in said(lost)


# --- wordings ---------------------------------------------------------------------------------------------------------


def test_a_wording_with_its_proofs_holds(tmp_path: Path) -> None:
    report = check_pack(write_pack(tmp_path / "p", wording=PATTERN))
    assert report.problems == () and (report.counts["example"], report.counts["counter-example"]) == (1, 1)


@pytest.mark.parametrize(
    ("old", "new", "severity", "message"),
    [
        ('"孵出"', '"催熟"', "unproved", "the example does not hold"),
        ("园区]]为", "园区]]孵出", "unproved", "the counter-example is taken for an example"),
        ('"孵出"', '"建设"', "warning", "'build' has 建设 already"),
        ("]]孵出", "]]推出", "warning", "holds without this pack"),
        ("[[Platform|“织机”平台]]。", "“织机”平台。", "error", "two [[Class|name]]"),
        ("[[Zone|", "[[Zoo|", "error", "no class 'Zoo'"),
        ("=> 东湖园区 develops “织机”平台", "=> 东湖 develops “织机”平台", "error", "both ends"),
        ("=> 东湖园区 develops", "=> 东湖园区 builds", "error", "must be of develops"),
        ('relation = "develops"', 'relation = "develop"', "error", "did you mean 'develops'?"),
        ("confidence = 0.6", "confidence = 6", "error", "from 0 to 1"),
        ("confidence = 0.6\n", "", "error", "'confidence' is missing"),
        ("confidence = 0.6", 'confidence = 0.6\nsubjects = ["Zone"]', "error", "did you mean 'subject'?"),
        ("confidence = 0.6", 'confidence = 0.6\nsubject = ["Topic"]', "error", "Topic cannot be the subject"),
        ('name = "hatch"', 'name = "build"', "error", "a wording 'build' already"),
        ("[[relations.pattern]]", "[[relation.pattern]]", "error", "did you mean 'relations'?"),
        ("counterexamples = [", "counterexamples = []\n#", "warning", "a counter-example is missing"),
        ('name = "hatch"', "name = hatch", "error", "valid TOML"),
    ],
)
def test_a_wrong_wording_is_named(tmp_path: Path, old: str, new: str, severity: str, message: str) -> None:
    assert old in PATTERN
    report = check_pack(write_pack(tmp_path / "p", wording=PATTERN.replace(old, new)))
    wanted = [p for p in report.problems if p.severity == severity and message in f"{p.message} {p.hint}"]
    assert wanted and all(p.line for p in wanted), said(report)


def test_an_example_is_shown_where_it_stands(tmp_path: Path) -> None:
    report = check_pack(write_pack(tmp_path / "p", wording=PATTERN.replace('"孵出"', '"催熟"')))
    (problem,) = report.of("unproved")
    assert problem.line == 7 and problem.file.endswith("wording.toml") and problem.hint == "nothing is found in it"


@pytest.mark.parametrize(
    ("wording", "message"),
    [
        ('[regions]\nblocker = ["昆明路"]\n', "did you mean 'blockers'?"),
        ('[regions]\nblockers = "昆明路"\n', "must be a list"),
        ('[regions]\ntail = "片"\n', "replaces what the base pack has"),
        ('[regions.letters]\n"昆" = "昆明市"\n', ""),
    ],
)
def test_keys_are_those_that_something_reads(tmp_path: Path, wording: str, message: str) -> None:
    report = check_pack(write_pack(tmp_path / "p", wording=wording))
    assert message in said(report) and bool(report.problems) == bool(message)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("regex = '{whole}认{member}'", "no part 'member'"),
        ("regex = '{whole}(认{members}'", "the regex is none"),
        ("regex = '认{members}'", "needs {members}"),
        ("regex = '{whole}认{members}为亲'", ""),
    ],
)
def test_a_membership_is_proved_too(tmp_path: Path, row: str, message: str) -> None:
    wording = f"""
[members]
hints = ["认"]

[[members.wording]]
name = "adopts"
{row}
confidence = 0.7
examples = ["[[Institution|西部算力联盟]]认[[Firm|云岭科技]]为亲。 => 云岭科技 memberOf 西部算力联盟"]
counterexamples = ["[[Institution|西部算力联盟]]认为[[Firm|云岭科技]]领先。 => 云岭科技 memberOf 西部算力联盟"]
"""
    report = check_pack(write_pack(tmp_path / "p", wording=wording))
    assert message in said(report) and bool(report.problems) == bool(message), said(report)


def test_a_missing_pack_and_an_empty_one_are_wrong(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="atlantis"):
        check_pack("atlantis")
    assert "lists no file" in said(check_pack(write_pack(tmp_path / "p")))
