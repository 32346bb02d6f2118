"""What is done to the pages once they are built, and what is checked of them: links, policy, weight. ``site.py`` puts it together."""
