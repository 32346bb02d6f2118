"""``invoke compare A B``, from what was asked for to what is said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from scenarios.compare.records import compare
from scenarios.compare.report import FORMATS, Report
from scenarios.compare.sources import ROOT, find, pairs
from scenarios.errors import ClaimError, UsageError, nearest

FAIL_ON = ("worse", "never")


def run(
    a: str, b: str, *, form: str = "text", output: str | None = None, fail_on: str = "worse", repository: Path = ROOT,
    say: Callable[[str], None] = print,
) -> None:  # fmt: skip
    """Compare two sources of evidence and say, or write to the file ``output``, what came out.

    Raises ClaimError (exit code 3) where something got worse, unless ``fail_on`` is ``never``; UsageError and EvidenceError
    for what cannot be compared.
    """
    for name, given, known in (("--format", form, FORMATS), ("--fail-on", fail_on, FAIL_ON)):
        if given not in known:
            raise UsageError(f"a value for {name}", f"'{given}'", nearest(given, known))
    found, only_a, only_b = pairs(find(a, repository), find(b, repository))
    report = Report((a, b), [compare(one, other) for one, other in found], only_a, only_b)
    text = FORMATS[form](report)
    if output:
        Path(output).write_text(text, encoding="utf-8")
    else:
        say(text.rstrip("\n"))
    if report.worse and fail_on == "worse":
        shown = "; ".join(report.worse[:10]) + (f"; and {len(report.worse) - 10} more" if len(report.worse) > 10 else "")
        raise ClaimError("nothing worse in B than in A", f"{len(report.worse)} worse: {shown}", "see the report, or give '--fail-on never'")
