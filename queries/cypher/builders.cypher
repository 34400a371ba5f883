// summary: Who builds, launches, owns or runs what?
// summary zh: 谁打造、建设、推出、运营什么？
// param builder (Organization|Region|Zone|Policy|Initiative): who; anybody when left out
// param thing (Platform|Zone|Facility|Institution|Cluster): what; anything when left out
// columns: builder, builder_class, thing, thing_class, modality, origin, doc, start, end, quote
// example: thing=中关村人工智能产业园
MATCH (s:Resource)-[f:DEVELOPS]->(o:Resource)
// given builder: WHERE s.uri = $builder
// given thing: WITH s, f, o WHERE o.uri = $thing
UNWIND f.evidence AS evidence_uri
MATCH (e:Resource {uri: evidence_uri})
RETURN s.name AS builder, head([label IN labels(s) WHERE NOT label IN ['Resource', 'Entity', 'Organization', 'Industry', 'Technology']]) AS builder_class, o.name AS thing, head([label IN labels(o) WHERE NOT label IN ['Resource', 'Entity', 'Organization', 'Industry', 'Technology']]) AS thing_class,
  e.modality AS modality, f.origin AS origin, e.doc AS doc, e.start AS start, e.end AS end, e.quote AS quote
ORDER BY builder, builder_class, thing, thing_class, doc, start, end, quote, modality, origin
