"""`kg review`: a page of this machine on which people look at facts and entities and decide about them.

browser ──► serving/access.py ──► app.py ──► graph.py    what a build says, the most doubtful first
Host, Origin, token    routes     texts.py    the words around a quote
ledger.py   the file of decisions, written at each click
"""
