"""`kg annotate`: texts with their entities and facts to annotation teams, and what they made of them back as gold.

`marking` marks in a text what a build says of it, `gold` makes gold files of marked texts, and a format is one module
that writes and reads them: `label_studio`, `doccano`. `command` is what is typed.
"""
