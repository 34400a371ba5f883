// summary: Which documents are in the graph, with what metadata and how many facts, and which are copies of which?
// summary zh: 图谱来自哪些文件，各有多少事实，哪些是副本？
// columns: doc, title, date, outlet, copy_of, facts, evidence
MATCH (d:Document)
OPTIONAL MATCH (d)<-[:IN_DOCUMENT]-(e:Evidence)-[a:ABOUT]->()
WITH d, count(DISTINCT a.factId) AS facts, count(DISTINCT e) AS evidence
RETURN d.path AS doc, d.title AS title, d.date AS date, d.outlet AS outlet, d.copyOf AS copy_of, facts AS facts, evidence AS evidence
ORDER BY doc, title IS NOT NULL, title, date IS NOT NULL, date, outlet IS NOT NULL, outlet, copy_of IS NOT NULL, copy_of, facts, evidence
