// summary: Which platforms does an organization develop, own or run?
// summary zh: 哪些平台由哪家企业或机构开发、运营？
// param firm (Firm|Organization): the firm or other body; every one when left out
// columns: organization, class, platform, modality, origin, doc, start, end, quote
// example: firm=百度
MATCH (s:Resource:Organization)-[f:DEVELOPS]->(o:Resource:Platform)
// given firm: WHERE s.uri = $firm
UNWIND f.evidence AS evidence_uri
MATCH (e:Resource {uri: evidence_uri})
RETURN s.name AS organization, head([label IN labels(s) WHERE NOT label IN ['Resource', 'Entity', 'Organization', 'Industry', 'Technology']]) AS class, o.name AS platform,
  e.modality AS modality, f.origin AS origin, e.doc AS doc, e.start AS start, e.end AS end, e.quote AS quote
ORDER BY organization, class, platform, doc, start, end, quote, modality, origin
