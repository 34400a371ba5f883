// summary: Which policies have a plan period, and which?
// summary zh: 哪些政策有规划期？
// param year (year): only periods with this year in them
// param limit (count): how many rows at most; 500 when left out
// columns: policy, period_start, period_end, status, modality, origin, doc, start, end, quote
// example: year=2025
MATCH (p:Policy)
WHERE p.planPeriodStart IS NOT NULL AND p.planPeriodEnd IS NOT NULL AND EXISTS { (p)<-[:ABOUT]-(:Evidence) }
// given year: AND p.planPeriodStart <= $year AND p.planPeriodEnd >= $year
WITH p ORDER BY p.planPeriodStart, p.planPeriodEnd, p.name
LIMIT 500  // given limit: LIMIT $limit
MATCH (p)<-[:ABOUT]-(e:Evidence)
RETURN DISTINCT p.name AS policy, p.planPeriodStart AS period_start, p.planPeriodEnd AS period_end, p.status AS status,
  e.modality AS modality, 'extracted' AS origin, e.doc AS doc, e.start AS start, e.end AS end, e.quote AS quote
ORDER BY period_start, period_end, policy, doc, start, end, quote, modality, origin, status IS NOT NULL, status
LIMIT 500  // given limit: LIMIT $limit
