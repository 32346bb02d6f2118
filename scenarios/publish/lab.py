"""The reader's lab, the fence ``lab``: Postgres in the page, on a click, with the wreck's own statements ready to run and to change.

    wreck: highly-selective
    path: latency_ms.mean

``path`` is the number whose ratios stand beside the reader's own, the median latency unless named. What the page has before the
click is this paragraph and its button; the rest is written where figures go, and fetched when it is wanted.
"""

from __future__ import annotations

import hashlib
import json
from html import escape
from pathlib import Path

from scenarios.errors import UsageError, nearest
from scenarios.publish import html, lab_document, units
from scenarios.publish.dive import Dive, Fleet
from scenarios.publish.lab_engine import FOLDER, POSTGRES, VERSION, Engine

OPTIONS = ("wreck", "path")
PATH = "latency_ms.p50"
MEMORY_MB = 600
"""What a tab with an open lab holds more than before, at 50,000 rolls, as Chromium was seen to."""
LARGE_MB = 800
"""The same at 500,000 rolls."""
SCRIPT = f'<script src="{html.ROOT}assets/lab/lab.js" defer></script>'


def render(
    fleet: Fleet, dive: Dive, ident: str, options: dict[str, str], engine: Engine | str, figures: Path | None
) -> str:  # fmt: skip
    """Return a ``lab`` fence as HTML; write what it loads to ``figures``. Raises UsageError.

    ``engine`` is a sentence where there is none.
    """
    for name in options:
        if name not in OPTIONS:
            raise UsageError("an option of a fence 'lab'", f"'{name}'", nearest(name, OPTIONS))
    if isinstance(engine, str):
        lacking = f"Here would be a lab: Postgres in this page, to run and change the statements of {dive.wreck.title}."
        return html.absent_html(ident, f"{lacking} {engine}.")
    document = lab_document.document(fleet, dive, options.get("path", PATH)) | {"engine": {"version": VERSION, "files": engine.files}}
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), allow_nan=False) + "\n"
    name = f"lab-{dive.slug}-{hashlib.sha256(text.encode()).hexdigest()[:8]}.json"
    if figures is not None:
        figures.mkdir(parents=True, exist_ok=True)
        (figures / name).write_text(text, encoding="utf-8")
        engine.put(figures)
    return _html(dive, ident, name, engine)


def _html(dive: Dive, ident: str, name: str, engine: Engine) -> str:
    size = units.text(engine.bytes, "bytes", to="MB", significant=2)
    measured = dive.record.environment.versions.get("postgres", "")
    not_this = f"the Postgres {escape(measured)} that was measured" if measured else "the Postgres that was measured"
    release = "the same release, but another build" if measured == POSTGRES else "another release than was measured"
    return (
        f'<div class="lab" id="{ident}" role="group" aria-label="Lab: Postgres in this page" data-search-exclude '
        f'data-lab="{html.ROOT}exhibits/{name}" data-engine="{html.ROOT}exhibits/{FOLDER}/" data-memory-mb="{MEMORY_MB}">'
        "<p>Postgres itself can run in this page, with the statements of this dive ready to run, to time and to change, on the same dice "
        f"world, made in place from the same seed. The button loads {escape(size)}, and while the lab is open the page holds about "
        f"{MEMORY_MB}\u00a0MB of memory more, with the larger of its two worlds {LARGE_MB}\u00a0MB. Nothing leaves your machine.</p>"
        f"<p><strong>What this is not:</strong> {not_this}. It is PGlite {VERSION}, which is Postgres {POSTGRES}, {release}, compiled to "
        "WebAssembly: one connection in one tab, so nothing ever waits for anybody; no second core, no disk, no network, no application "
        "around it. Its times are your browser’s own. Answers carry over, the shapes of plans mostly, ratios in good part; so it is "
        "ratios that stand beside the captured ones.</p>"
        '<noscript><p>JavaScript is turned off here, and the lab needs it: without it, this is all there is of it.</p></noscript>'
        f'<div class="lab-head"><button type="button" class="lab-start" hidden>Load Postgres into this page ({escape(size)}, and about '
        f'{MEMORY_MB}\u00a0MB of memory)</button> <button type="button" class="lab-end" hidden>Cancel</button></div>'
        '<p class="lab-status" role="status"></p>'
        '<p class="lab-without">Without it, the same statements are in the '
        f'<a href="{html.ROOT}evidence/{dive.slug}/plans.json">kept plans</a>, for any psql.</p></div>'
        f"{SCRIPT}"
    )
