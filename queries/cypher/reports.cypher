// summary: Which reports and rankings are there, who published them and when?
// summary zh: 有哪些报告和榜单，由谁何时发布？
// param report (Report): the report; every one when left out
// columns: report, issuer, issued, modality, origin, doc, start, end, quote
MATCH (r:Report)
// given report: WHERE r.uri = $report
CALL (r) {
  MATCH (r)-[f:ISSUED_BY]->(o:Resource)
  UNWIND f.evidence AS evidence_uri
  MATCH (e:Resource {uri: evidence_uri})
  RETURN o.name AS issuer, null AS issued, e, f.origin AS origin
  UNION ALL
  MATCH (r)<-[a:ABOUT {relation: 'issuedOn'}]-(e:Evidence)
  RETURN null AS issuer, a.value AS issued, e, a.origin AS origin
}
RETURN r.name AS report, issuer AS issuer, issued AS issued,
  e.modality AS modality, origin AS origin, e.doc AS doc, e.start AS start, e.end AS end, e.quote AS quote
ORDER BY report, issuer IS NOT NULL, issuer, issued IS NOT NULL, issued, doc, start, end, quote, modality, origin
