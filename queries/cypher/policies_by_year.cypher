// summary: Which policies were issued when? Those whose year no document says come first, without a year.
// summary zh: 政策按年份有哪些？（文中没有年份的排在最前）
// param topic (Topic): only policies on this subject
// param region (Region|Zone): only policies for this place
// param year (year): only policies issued in this year
// columns: policy, year, modality, origin, doc, start, end, quote
// example: topic=数据要素
// example: region=北京; year=2023
MATCH (p:Policy)
// given topic: , (p)-[:ADDRESSES]->(:Resource {uri: $topic})
// given region: , (p)-[:APPLIES_TO]->(:Resource {uri: $region})
WITH DISTINCT p
CALL (p) {
  MATCH (p)<-[a:ABOUT {relation: 'issuedOn'}]-(e:Evidence)
  RETURN left(a.value, 4) AS year, e, a.origin AS origin
  UNION
  WITH p WHERE p.issuedOn IS NULL
  MATCH (p)-[f]->()
  UNWIND f.evidence AS evidence_uri
  MATCH (e:Resource {uri: evidence_uri})
  RETURN null AS year, e, f.origin AS origin
}
WITH p, year, e, origin
// given year: WHERE year = $year
RETURN DISTINCT p.name AS policy, year AS year,
  e.modality AS modality, origin AS origin, e.doc AS doc, e.start AS start, e.end AS end, e.quote AS quote
ORDER BY year IS NOT NULL, year, policy, doc, start, end, quote, modality, origin
