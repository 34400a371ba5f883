// 还没有实现的：计划、主张与问题 · Not yet so: plans, demands, problems
MATCH (a:Resource)-[fact:DEVELOPS|SPECIALIZES_IN|LOCATED_IN|TRANSFERS_TO|COLLABORATES_WITH]->(b:Resource)
WHERE NOT fact.asserted
RETURN a, fact, b
LIMIT 100
