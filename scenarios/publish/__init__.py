"""Reads records and draws pages from them; needs no stack, no database and no run.

site.py        from pages and evidence to a site: the main path; what it does to the built pages is in ``built/``
markdown.py    the one Markdown extension; what it reads, and what becomes of it, is in ``prose/``
evidence.py    numbers and claims for prose, with the grammar of tokens; kind by kind they are in ``facts/``
exhibit.py     a picture or table drawn from a record; one module a kind in ``exhibits/``
dive.py        a wreck's declaration and evidence together, as all of these see it

charts/        a picture as a value, and how it is drawn: still (svg) and live (plotly), in colours of their roles
traces/        one request taken apart: spans, repeats, senders, its way through the layers
soundings/     what was measured apart from any wreck, with its drawings
evidence_page/ the page of all that was measured on a wreck
"""
