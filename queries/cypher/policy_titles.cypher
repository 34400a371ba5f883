// summary: Under which titles is a policy cited, with the words that cite it?
// summary zh: 一项政策有哪些题名，各见于何处？
// param policy (Policy): the policy; every one when left out
// columns: policy, title, modality, origin, doc, start, end, quote
// example: policy=北京市数字经济促进条例
MATCH (p:Policy)
// given policy: WHERE p.uri = $policy
UNWIND p.title AS title
MATCH (p)<-[:ABOUT]-(e:Evidence)
WHERE e.quote CONTAINS title + '》'
RETURN DISTINCT p.name AS policy, title AS title,
  e.modality AS modality, 'extracted' AS origin, e.doc AS doc, e.start AS start, e.end AS end, e.quote AS quote
ORDER BY policy, title, doc, start, end, quote, modality, origin
