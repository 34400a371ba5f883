// 各地区的分工 · The division of labour between places
MATCH (place:Resource)-[fact:PLAYS_ROLE]->(role:Role)
RETURN place, fact, role
LIMIT 100
