"""From documents as people have them to the graph: facts, and the page or cell that each stands on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from packed import read_page
from sample_documents import make_docx, make_pdf, make_zip

import kg
from kg.settings import Settings

PAGES = [
    ["安徽产业简报", "科大讯飞在合肥市推出讯飞星火大模型。", "1"],
    ["安徽产业简报", "芜湖市重点发展智能网联汽车。", "2"],
]
TABLE = [["地区", "数字经济规模(亿元)"], ["安徽省", "3100"]]
PAGE = """<html><head><meta http-equiv="Content-Type" content="text/html; charset=gb2312">
<title>简报_某市政府网</title></head>
<body><div class="nav"><a>首页</a> &gt; <a>政务公开</a></div><h1>杭州产业简报</h1>
<p>索 引 号:A/2024-1 发布日期:2024-05-12 来源:某日报</p>
<div class="content"><p>杭州市重点发展生物医药,鎔铸集团落户杭州市。</p></div>
<div class="footer">主办单位:某市人民政府办公室 备案号:某ICP备1号</div></body></html>"""


@pytest.mark.integration
def test_facts_of_documents_know_their_page_and_cell(tmp_path: Path) -> None:
    files = {
        "简报.pdf": make_pdf(PAGES), "表.docx": make_docx(["安徽省数字经济稳步增长。"], table=TABLE),
        "页.html": PAGE.encode("gb18030"), "扫描.pdf": make_pdf([[]], picture_on=[1]),
    }  # fmt: skip
    (tmp_path / "a.zip").write_bytes(make_zip(files))
    report = kg.build([tmp_path / "a.zip"], out=tmp_path / "out", settings=Settings(profile="rules"))
    assert (report.exit_code, [f.code for f in report.lost]) == (1, ["scanned-document"])
    facts = [json.loads(line) for line in (tmp_path / "out" / "facts.jsonl").read_text("utf-8").splitlines()]
    found = {
        (f["doc"], f["subject"], f["relation"], f["object"] if isinstance(f["object"], str) else f["object"]["value"]):
        f["place"] for f in facts if f["origin"] == "extracted"
    }  # fmt: skip
    car, medicine = (next(o for _, _, r, o in found if r == "specializesIn" and w in str(o)) for w in ("汽车", "医药"))
    assert found["a.zip/简报.pdf", "id:Region_芜湖市", "specializesIn", car] == "page=2&line=2"
    assert found["a.zip/表.docx", "id:Region_安徽省", "observed", 3100] == "table=1&cell=2,2"
    assert found["a.zip/页.html", "id:Region_杭州市", "specializesIn", medicine] is None
    page = next(record for record in report.corpus.documents if record.doc == "a.zip/页.html")
    assert (page.metadata.date, page.encoding) == ("2024-05-12", "gb18030")
    turtle = (tmp_path / "out" / "graph.ttl").read_text("utf-8")
    assert 'kg:place "page=2&line=2"' in turtle
    assert '"page=2&line=2"' in json.dumps(read_page((tmp_path / "out" / "graph.html").read_text("utf-8")))
