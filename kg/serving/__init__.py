"""`kg serve`: a graph on the web, for reading: a SPARQL 1.1 Protocol endpoint, an editor, the questions, the pictures.

    browser ──► access.py ──► app.py ──► runner.py ══ socket ══► keeper.py ──fork──► one process a query ──► spool file
                Host, Origin   routes     slots, deadline         has the graph       limits of the kernel

A query runs in a process of its own, a fork of the one that has the graph in memory. It can be killed at any moment,
gives all its memory back, and cannot open a file or a connection. Its answer goes to a file first, so that what is sent
is whole. `docs/serve.md` says what each part defends.
"""
