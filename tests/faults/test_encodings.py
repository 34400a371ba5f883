"""Every encoding that Chinese texts come in: the right text, or a refusal with its reason; never a silent U+FFFD."""

from __future__ import annotations

import codecs
from pathlib import Path

from tally import CORPUS, Tally

from extract.cleaning.encoding import decode_bytes
from extract.read import read_file
from ontology.model import Finding, SourceText

RARE = "朱镕基、㑇、𬭩(鿔)在深圳市镕辉科技有限公司考察,强调发展人工智能和量子信息产业,推动科技创新走在前列。"
HONG_KONG = "香港特別行政區政府與深圳市政府簽署合作協議,推動河套深港科技創新合作區發展,啟德與大嶼山一併規劃。"
FORMS: dict[str, tuple[str, bytes, str]] = {
    "UTF-8": ("utf-8", b"", ""),
    "UTF-8 with BOM": ("utf-8", codecs.BOM_UTF8, ""),
    "UTF-16LE with BOM": ("utf-16-le", codecs.BOM_UTF16_LE, ""),
    "UTF-16BE with BOM": ("utf-16-be", codecs.BOM_UTF16_BE, ""),
    "UTF-16LE": ("utf-16-le", b"", ""),
    "UTF-16BE": ("utf-16-be", b"", ""),
    "GBK": ("gbk", b"", ""),
    "GB18030": ("gb18030", b"", ""),
    "GB2312 declared, GB18030 meant": ("gb18030", b"", "gb2312"),
    "Big5": ("big5", b"", ""),
    "Big5-HKSCS": ("big5hkscs", b"", ""),
    "Big5 declared": ("big5hkscs", b"", "big5"),
}
ODD = {
    "NUL inside": "中国\x00人工智能".encode(),
    "lone surrogate": "中国\ud800人工智能".encode("utf-8", "surrogatepass"),
    "BOM inside": "中国\ufeff人工智能产业\n".encode(),
    "bidi controls": "中国\u202e人工智能\u202c产业\n".encode(),
    "mixed line ends": "中国\r\n人工\r智能\n产业\u2028发展".encode(),
    "last character cut": "中国人工智能产业发展规划".encode()[:-1],
    "last character cut, GB18030": "中国人工智能产业发展规划".encode("gb18030")[:-1],
    "odd number of bytes, UTF-16": codecs.BOM_UTF16_LE + "中国人工智能".encode("utf-16-le") + b"\x4e",
    "half and half": "中国人工智能产业".encode() + "发展规划和政策文件汇编".encode("gb18030"),
    "nothing but a BOM": codecs.BOM_UTF8,
    "noise": bytes(range(128, 256)) * 8,
}


def is_told(item: SourceText | Finding) -> bool:
    """Whether characters that could not be decoded are told of."""
    if isinstance(item, Finding):
        return item.severity == "error" and bool(item.message)
    return "\ufffd" not in item.text or any(finding.code == "undecodable-bytes" for finding in item.findings)


def test_encodings(tally: Tally, tmp_path: Path) -> None:
    texts = [decode_bytes(path.read_bytes()).text for path in sorted(CORPUS.glob("*.txt"))]
    texts += [text.replace("\n", "\r\n") for text in texts]
    texts += [RARE, HONG_KONG, RARE * 20, HONG_KONG * 20]
    right = refused = 0
    for form, (codec, mark, declared) in FORMS.items():
        for number, text in enumerate(texts):
            try:
                page = f'<html><head><meta charset="{declared}"></head><body>{text}</body></html>' if declared else text
                data = mark + page.encode(codec)
            except UnicodeEncodeError:
                continue  # these characters are not in that encoding
            path = tmp_path / ("a.html" if declared else "a.txt")
            path.write_bytes(data)
            item = read_file(path, doc=path.name)
            is_right = isinstance(item, SourceText) and item.text == page
            right += is_right
            refused += isinstance(item, Finding)
            tally.tried(is_right or isinstance(item, Finding), f"{form}, text {number}: another text was read")
    for name, data in ODD.items():
        path = tmp_path / "a.txt"
        path.write_bytes(data)
        item = read_file(path, doc="a.txt")
        tally.tried(is_told(item), f"{name}: U+FFFD without a word")
    assert right > 150
    tally.note = f"{len(FORMS)} encodings, {len(texts)} texts: {right} read right, {refused} refused"
