// summary: Who belongs to a cluster, alliance or platform?
// summary zh: 谁是某一集群、联盟或平台的成员？
// param group (Cluster|Institution|Platform): the group; every one when left out
// columns: member, class, group, modality, origin, doc, start, end, quote
// example: group=京津冀数字经济联盟
MATCH (s:Resource)-[f:MEMBER_OF]->(o:Resource)
// given group: WHERE o.uri = $group
UNWIND f.evidence AS evidence_uri
MATCH (e:Resource {uri: evidence_uri})
RETURN s.name AS member, head([label IN labels(s) WHERE NOT label IN ['Resource', 'Entity', 'Organization', 'Industry', 'Technology']]) AS class, o.name AS group,
  e.modality AS modality, f.origin AS origin, e.doc AS doc, e.start AS start, e.end AS end, e.quote AS quote
ORDER BY member, class, group, doc, start, end, quote, modality, origin
