"""Names and words that a careless page would execute, a graph full of them, and the policy that stops them."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any

from kg.projection import Node, PropertyGraph, Relationship
from ontology.iri import RESOURCE

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


def without_policy(html: str) -> str:
    bare, count = re.subn(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", html)
    assert count == 1
    return bare


def guard_again(html: str) -> str:
    """Name the changed script in the policy, so that only the payloads are left outside it."""
    blocks = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    hashes = [base64.b64encode(hashlib.sha256(block.encode()).digest()).decode() for block in blocks]
    return re.sub(r"script-src [^;]*", "script-src " + " ".join(f"'sha256-{h}'" for h in hashes), html, count=1)
