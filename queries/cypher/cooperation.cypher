// summary: Who works with whom?
// summary zh: 谁与谁协同、合作、联动？
// param partner (Region|Zone|Organization): one of the partners; everybody when left out
// columns: partner, other, modality, origin, doc, start, end, quote
// example: partner=雄安新区
MATCH (s:Resource)-[f:COLLABORATES_WITH]->(o:Resource)
// given partner: WHERE s.uri = $partner OR o.uri = $partner
UNWIND f.evidence AS evidence_uri
MATCH (e:Resource {uri: evidence_uri})
RETURN s.name AS partner, o.name AS other,
  e.modality AS modality, f.origin AS origin, e.doc AS doc, e.start AS start, e.end AS end, e.quote AS quote
ORDER BY partner, other, doc, start, end, quote, modality, origin
