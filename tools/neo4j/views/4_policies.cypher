// 政策与领域 · Policies and what they address
MATCH (policy:Policy)-[fact:ADDRESSES]->(topic:Topic)
OPTIONAL MATCH (policy)-[by:ISSUED_BY]->(issuer:Resource)
RETURN policy, fact, topic, by, issuer
LIMIT 100
