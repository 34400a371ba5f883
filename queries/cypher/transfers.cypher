// summary: Who hands functions, industries or results over to whom?
// summary zh: 谁向谁转移（疏解、承接）功能、产业或成果？
// param giver (Region|Zone): from where; anywhere when left out
// param taker (Region|Zone): to where; anywhere when left out
// columns: giver, taker, modality, origin, doc, start, end, quote
// example: giver=北京
// example: taker=河北
MATCH (s:Resource)-[f:TRANSFERS_TO]->(o:Resource)
// given giver: WHERE s.uri = $giver
// given taker: WITH s, f, o WHERE o.uri = $taker
UNWIND f.evidence AS evidence_uri
MATCH (e:Resource {uri: evidence_uri})
RETURN s.name AS giver, o.name AS taker,
  e.modality AS modality, f.origin AS origin, e.doc AS doc, e.start AS start, e.end AS end, e.quote AS quote
ORDER BY giver, taker, doc, start, end, quote, modality, origin
