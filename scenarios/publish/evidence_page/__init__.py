"""The page of a wreck's evidence: all that was measured on it, part by part."""
