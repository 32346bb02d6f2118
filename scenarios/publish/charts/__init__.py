"""Pictures as values, and how they are drawn: still, live and in colours of their roles. Nothing here knows of evidence."""
