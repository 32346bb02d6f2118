"""What a token's subject may be, kind by kind. ``evidence.py`` has the grammar and finds the kind."""
