// summary: Which policies are drafts?
// summary zh: 哪些政策是征求意见稿？
// columns: policy, status, modality, origin, doc, start, end, quote
MATCH (p:Policy {status: 'draft'})
MATCH (p)<-[:ABOUT]-(e:Evidence)
RETURN DISTINCT p.name AS policy, p.status AS status,
  e.modality AS modality, 'extracted' AS origin, e.doc AS doc, e.start AS start, e.end AS end, e.quote AS quote
ORDER BY policy, status, doc, start, end, quote, modality, origin
