"""What our Markdown may say and what becomes of it: tokens, fences, questions, notices. ``markdown.py`` puts it together."""
