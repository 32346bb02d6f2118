"""One request taken apart: its spans, its statements and what repeats among them, the lines that sent them, its way."""
