"""Errors for people: what was wanted, what was got, and what to do about it.

Raise one of these wherever the remedy lies with the person at the keyboard (or the machine
under it). They are caught once, at the edge (``tasks.py``), printed as one line, and end the
process with ``exit_code``. Anything else that escapes is a bug of ours and keeps its traceback.
"""


MOST_CHARS = 4_000
"""Of what was got: a file of somebody else's may hold anything."""


class WreckError(Exception):
    """Something a person can mend. ``str()`` is the one line they read; what would not be seen in it, or drive a terminal, has a mark in its stead."""

    exit_code = 1

    def __init__(self, wanted: str, got: str, do: str):
        self.wanted, self.got, self.do = wanted, got, do
        shown = got if len(got) <= MOST_CHARS else f"{got[:MOST_CHARS]}…"
        super().__init__("".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in f"wanted {wanted}; got {shown}; {do}"))


class UsageError(WreckError):
    """An argument, a token or a name that does not exist."""

    exit_code = 2


class EvidenceError(WreckError):
    """Evidence that is missing, damaged, too large or of another version."""


class StackError(WreckError):
    """A server that would not start, died, or answered wrongly."""


class ClaimError(WreckError):
    """A claim of the story that the evidence does not bear out."""

    exit_code = 3


def nearest(name: str, known) -> str:
    """Return ``known`` names as a phrase, the ones most like ``name`` first."""
    import difflib

    known = sorted(map(str, known))
    close = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    if close:
        return "did you mean " + " or ".join(f"'{c}'" for c in close) + "?"
    return "there is " + ", ".join(known) if known else "there is none"
