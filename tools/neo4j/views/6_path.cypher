// 两个名字之间怎样联系 · How two names hang together
WITH '合肥市' AS one, '上海市' AS other
MATCH (a:Resource {name: one})
MATCH (b:Resource {name: other})
MATCH path = shortestPath((a)-[:PART_OF|LOCATED_IN|DEVELOPS|SPECIALIZES_IN|COLLABORATES_WITH|TRANSFERS_TO|MEMBER_OF|ADDRESSES|APPLIES_TO|ISSUED_BY|HAS_MEMBER*..6]-(b))
RETURN path
