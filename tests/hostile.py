"""Names and words that a careless page would execute, a graph full of them, and the policy that stops them."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any

from kg.projection import Node, PropertyGraph, Relationship
from ontology.iri import RESOURCE, entity_id
from ontology.model import DateValue, DocumentMetadata, DocumentRecord, Entity, Evidence, Fact, Finding, Observation

CALL = "window.__hit=(window.__hit||0)+1"
PAYLOADS = [
    *(
        f"<{tag} {event}={CALL}>"
        for tag, event in (
            ("img src=x", "onerror"), ("svg", "onload"), ("body", "onload"), ("video src=x", "onerror"),
            ("audio src=x", "onerror"), ("details open", "ontoggle"), ("iframe srcdoc=''", "onload"),
            ("input autofocus", "onfocus"), ("select autofocus", "onfocus"), ("textarea autofocus", "onfocus"),
            ("marquee", "onstart"), ("object data=x", "onerror"), ("embed src=x", "onload"), ("div", "onclick"),
            ("a href=#", "onmouseover"), ("link rel=stylesheet href=x", "onerror"), ("style", "onload"),
            ("img/src=`x`", "onerror"), ("svg><animate", "onbegin"), ("p", "onpointerover"),
        )
    ),
    *(
        form.format(CALL)
        for form in (
            "<script>{}</script>", "</script><script>{}</script>", "<script>{}", "<SCRIPT>{}</SCRIPT>",
            "<scr<script>ipt>{}</script>", "<!--<script>{}", "--><script>{}</script>", "]]><script>{}</script>",
            "</title><script>{}</script>", "</style><script>{}</script>", "</textarea><script>{}</script>",
            "</noscript><script>{}</script>", "<svg><script>{}</script></svg>", "<math><script>{}</script></math>",
            "<template><script>{}</script></template>", "javascript:{}", "<a href='javascript:{}'>href</a>",
            "<a href=javascript:{} autofocus tabindex=1 onfocus={}>x".replace("{}", "{0}"),
            "<form action=javascript:{}><button>x", "<iframe src='javascript:{}'>", "<object data='javascript:{}'>",
            "<embed src='javascript:{}'>", "<meta http-equiv=refresh content='0;url=javascript:{}'>",
            "<base href='javascript:{}//'>", "'-{}-'", '"-{}-"', "`${{{}}}`", "${{{}}}", "{{{{{}}}}}", "{{% {} %}}",
            "\\u003cscript\\u003e{}\\u003c/script\\u003e", "\\x3cscript\\x3e{}", "&lt;script&gt;{}&lt;/script&gt;",
            "&#60;script&#62;{}&#60;/script&#62;", "%3Cscript%3E{}%3C/script%3E", "');{};//", '");{};//', "*/{}/*",
            "\u2028{}\u2029", "<\x00script>{}</script>", "＜script＞{}＜/script＞", "<svg/onload={}>",
            "<img src=x:x onerror\n=\n{}>", '" onmouseover="{}', "' onfocus='{}' autofocus='",
            "__proto__ {}", "constructor {}", "=cmd|'/C calc'!A1 {}",
            "<noscript><p title='</noscript><img src=x onerror={}>'>",
            "<mxss><style><img src=x onerror={}>", "<math><mtext><table><mglyph><style><img src=x onerror={}>",
            "<svg><style><img src=x onerror={}></style></svg>",
            "<svg><a xlink:href='javascript:{}'><text>x</text></a></svg>",
            "<svg><use href='data:image/svg+xml,<svg onload={}>'/></svg>",
            "<svg><foreignObject><img src=x onerror={}>",
            "<svg><set attributeName=href to='javascript:{}'>", "<xmp><img src=x onerror={}>",
            "<plaintext><img src=x onerror={}>",
            "<select><option><img src=x onerror={}></select>", "<table><td background='javascript:{}'>",
            "<isindex action='javascript:{}' type=submit>", "<keygen autofocus onfocus={}>",
            "<button formaction='javascript:{}'>x",
            "<video><source onerror={}></video>", "<img srcset=x onerror={}>", "<image src=x onerror={}>",
            "<iframe srcdoc='<script>parent.{}</script>'></iframe>",
            "<iframe src='data:text/html,<script>parent.{}</script>'>",
            "<dialog open onclose={}>", "<p style='background:url(javascript:{})'>",
            "<style>@import 'javascript:{}';</style>",
            "<style>*{{x:expression({})}}</style>", "<input type=image src=x onerror={}>", "<frameset onload={}>",
            "<custom-x tabindex=1 onfocus={} id=x>", "<details ontoggle={} open>x",
            "<a ping='javascript:{0}' href='javascript:{0}'>x",
            "\ufeff<script>{}</script>", "<script\u3000>{}</script>",
            "<script src='data:text/javascript,{}'></script>",
            "<script type=module>{}</script>", "<link rel=import href='data:text/html,<script>{}</script>'>",
        )
    ),
]  # fmt: skip

_FIRING = (
    ("svg", "onload"), ("img src=x", "onerror"), ("details open", "ontoggle"), ("input autofocus", "onfocus"),
    ("style", "onload"), ("body", "onpageshow"), ("body", "onresize"), ("body", "onhashchange"),
    ("svg><animate attributeName=x dur=1s", "onend"), ("svg><animate attributeName=x dur=1s", "onrepeat"),
    ("svg><discard", "onbegin"), ("video autoplay src=x", "onloadstart"), ("audio src=x", "onloadstart"),
    ("xss style=animation-name:a", "onanimationstart"), ("xss style=transition:all", "ontransitionend"),
    ("xss contenteditable autofocus", "onfocusin"), ("xss tabindex=1 autofocus", "onfocus"), ("xss", "onpointerenter"),
    ("xss", "onmouseenter"), ("xss draggable=true", "ondrag"), ("xss contenteditable", "onbeforeinput"),
    ("button popovertarget=x>x</button><xss popover id=x", "onbeforetoggle"), ("xss", "onwheel"),
    ("xss", "onscrollend"), ("xss", "onauxclick"), ("xss", "oncontextmenu"), ("xss", "oncopy"), ("xss", "onpaste"),
    ("input type=search value=x", "onsearch"), ("form", "onsubmit"), ("input required", "oninvalid"),
    ("xss style=content-visibility:auto", "oncontentvisibilityautostatechange"),
    ("video controls", "onvolumechange"), ("marquee width=1 loop=1", "onfinish"), ("dialog open", "oncancel"),
    ("frameset", "onpageshow"), ("track default src=x", "onerror"), ("object data='data:,'", "onload"),
    ("iframe src='about:blank'", "onload"), ("script src=x", "onerror"), ("link rel=preload as=image href=x",
    "onerror"),
)  # fmt: skip
"""Elements with handlers, most of which fire without anybody touching them."""
_SPELLINGS = (
    "<img\tsrc=x\tonerror\t=\t{}>", "<img\fsrc=x\fonerror={}>", "<img\rsrc=x\ronerror={}>", "<IMG SRC=x ONERROR={}>",
    "<iMg sRc=x oNeRrOr={}>", "<img src=x onerror='{}'>", '<img src=x onerror="{}">', "<img src=x onerror={}//",
    "<img src='x'onerror={}>", '<img src="x"onerror={}>', "<img a='>' src=x onerror={}>",
    '<img """><script>{}</script>">',
    "<<img src=x onerror={}>", "<img src=x onerror={};//", "<svg/onload={}//", "<svg\nonload\n=\n{}>",
    "<a/href=javascript&colon;{}>x", "<a href=&#106;avascript:{}>x", "<a href='java\tscript:{}'>x",
    "<a href='\x01javascript:{}'>x", "<a href=' javascript:{}'>x", "<a href=JaVaScRiPt:{}>x",
    "<a href=//x onclick={}>x",
    "java\nscript:{}", " javascript:{}", "\tjavascript:{}", "javascript://%0a{}", "data:text/html,<script>{}</script>",
    "vbscript:{}", "<svg><a href=javascript:{}><rect width=9 height=9 /></a>", "<svg><script href='data:,{}'/>",
    "<svg><script>{}//</svg>", "<svg><script xlink:href='data:,{}'></script>", "<script>{}<!--</script>",
    "<script\n>{}</script\n>", "<script/x>{}</script>", "<script src=data:,{}></script>", "<script>{}//</script x>",
    "<ScRiPt >{}</sCrIpT >", "<script type='text/javascript'>{}</script>", "<script async defer>{}</script>",
    '"><script>{}</script>', "'><script>{}</script>", "`><script>{}</script>", '"><img src=x onerror={}>',
    "'><img src=x onerror={}>", "></option></select><img src=x onerror={}>", "</p></div><img src=x onerror={}>",
    "</li></ul></section><svg onload={}>", "</blockquote><svg onload={}>", "</td></tr></table><svg onload={}>",
    "</a><svg onload={}>", "</button><svg onload={}>", "</svg><svg onload={}>", "</template><svg onload={}>",
    "</select><svg onload={}>", "</iframe><svg onload={}>", "</xmp><svg onload={}>", "</noembed><svg onload={}>",
    "--!><svg onload={}>", "<!--><svg onload={}>-->", "<![CDATA[><svg onload={}>]]>", "<?xml ?><svg onload={}>",
    '" autofocus onfocus="{}" x="', "' autofocus onfocus='{}' x='", '" onclick={} "',
    '" style=animation-name:a onanimationstart={} ',
    "x onerror={} y", '\\"};{};//', "\\';{};//", '";{};var y="', "';{};var y='", "</script><svg onload={}>", "\n{}\n//",
    "\\u0022;{};//", "\\x27;{};//", "${globalThis.{}}", "#{{}}", "[[{}]]", "<%= {} %>",
    "{{constructor.constructor('{}')()}}",
    "<math><mi xlink:href='javascript:{}'>x", "<math href='javascript:{}'>x</math>", "<svg><image href=x onerror={}>",
    "<svg><title><![CDATA[</title><img src=x onerror={}>]]></svg>", "<p id='</noscript><img src=x onerror={}>'>",
    "<form><math><mtext></form><form><mglyph><style></math><img src=x onerror={}>",
    "<svg></p><style><a id='</style><img src=x onerror={}>'>",
    "<textarea><img title='</textarea><img src=x onerror={}>'>",
    "<title><a id='</title><img src=x onerror={}>'>", "<style><a id='</style><img src=x onerror={}>'>",
    "<!--<img src='--><img src=x onerror={}//'>", "&lt;img src=x onerror={}&gt;", "&#x3c;img src=x onerror={}&#x3e;",
    "\\u003cimg src=x onerror={}\\u003e", "%3Cimg%20src%3Dx%20onerror%3D{}%3E", "+ADw-script+AD4-{}+ADw-/script+AD4-",
    "\u00bcscript\u00be{}\u00bc/script\u00be", "\u02c2img src=x onerror={}\u02c3", "\u202e<img src=x onerror={}>",
    "[x](javascript:{})", "![x](x \"onerror={}\")", "<https://x\"onmouseover=\"{}>", "url(javascript:{})",
    "expression({})",
)  # fmt: skip
"""Other ways to write the same, ways out of where a careless page would put them, and ways past what filters know."""
PAYLOADS += [f"<{head} {event}={CALL}>" for head, event in _FIRING]
PAYLOADS += [form.replace("{}", CALL) for form in _SPELLINGS]
PAYLOADS = list(dict.fromkeys(PAYLOADS))


def hostile_graph() -> PropertyGraph:
    """Each payload as a name, an alias, an attribute, an IRI, a quote, a rule, a speaker, a document and a measure."""
    nodes, relationships = [], []
    for i, payload in enumerate(PAYLOADS):
        uri, evidence, document = RESOURCE + f"Firm_{i}{payload}", f"{RESOURCE}Evidence_{i}", f"{RESOURCE}Document_{i}"
        measured = f"{RESOURCE}Observation_{i}"
        properties: dict[str, Any] = {
            "name": payload, "names": [payload, f"别名{payload}"], "nameEn": payload, "docs": [payload],
            "status": payload, "title": [payload],
        }  # fmt: skip
        nodes.append(Node(uri, ("Resource", "Organization", "Firm"), properties))
        nodes.append(
            Node(
                document, ("Resource", "Document"), {"path": payload, "name": payload, "title": payload, "date": "2024"}
            )
        )
        nodes.append(
            Node(evidence, ("Resource", "Evidence"), {
                "quote": payload, "start": 1, "end": 2, "doc": payload, "modality": "planned", "confidence": 0.5,
                "rule": payload, "speaker": RESOURCE + payload,
            })
        )  # fmt: skip
        nodes.append(
            Node(measured, ("Resource", "Observation"), {
                "measure": payload, "value": 1.0, "factor": 1.0, "unit": payload, "comparison": "=",
            "period": payload,
            })
        )  # fmt: skip
        target = RESOURCE + f"Firm_{i // 4}{PAYLOADS[i // 4]}"
        words: dict[str, Any] = {
            "origin": "extracted",
            "evidence": [evidence],
            "memberRole": payload,
            "source": payload,
        }
        relationships.append(Relationship(f"{RESOURCE}Fact_{i}", "HAS_MEMBER", uri, target, words))
        relationships.append(Relationship(f"{RESOURCE}Fact_o{i}", "OBSERVED", uri, measured, words))
    return PropertyGraph(tuple(nodes), tuple(relationships))


def hostile_record(payload: str, number: int) -> DocumentRecord:
    """A document in which all that a text can bring along is a payload: names, words, title, place, measure, date."""
    named = "/" + payload  # as the path of a document in an archive
    firm, other = (
        Entity(
            entity_id(kind, payload), kind, payload, (payload, f"别名{payload}"), (named,),
            attributes=(("code", payload), ("status", payload), ("titleEn", payload)),
        )
        for kind in ("Firm", "Platform")
    )  # fmt: skip
    name = f"{PAYLOADS[number // 4]} et al."
    neighbour = Entity(entity_id("Firm", name), "Firm", name, (name,), (named,))
    evidence = Evidence(named, 0, 9, payload, "planned", 0.5, payload, firm.id, payload, payload)
    measured = Observation(payload, 1.0, 1.0, payload, "=", payload)
    facts = (
        Fact(firm.id, "develops", other.id, evidence=(evidence,), source=payload, role=payload),
        Fact(firm.id, "collaboratesWith", neighbour.id, evidence=(evidence,)),
        Fact(firm.id, "observed", measured, evidence=(evidence,)),
        Fact(other.id, "issuedOn", DateValue(payload), evidence=(evidence,)),
    )
    finding = Finding("hostile", "warning", named, 0, 9, payload)
    about = DocumentMetadata(payload, payload, payload, (payload,))
    return DocumentRecord(named, "0" * 64, about, (firm, other, neighbour), facts, (finding,))


def without_policy(html: str) -> str:
    bare, count = re.subn(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", html)
    assert count == 1
    return bare


def guard_again(html: str) -> str:
    """Name the changed script in the policy, so that only the payloads are left outside it."""
    blocks = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    hashes = [base64.b64encode(hashlib.sha256(block.encode()).digest()).decode() for block in blocks]
    return re.sub(r"script-src [^;]*", "script-src " + " ".join(f"'sha256-{h}'" for h in hashes), html, count=1)
