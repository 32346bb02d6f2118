"""The kinds of exhibit: every module here is one, found by its name. ``exhibit.py`` says what one must have."""
