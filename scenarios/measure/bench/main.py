"""All benchmarks of the instruments, one after another; what they find is written at once, or not at all."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from scenarios import bench as contract
from scenarios import code
from scenarios.bench import Bench, Felt, Finding, PageBytes, Scored, SiteBuild, finding
from scenarios.claims import exact, interval
from scenarios.diceworld.scales import DEFAULT_SEED
from scenarios.measure import environment
from scenarios.measure.bench import generator, probes, recorder, start
from scenarios.measure.probes.counters import Machine
from scenarios.measure.options import PUBLISHABLE_ROUNDS
from scenarios.measure.progress import Progress
from scenarios.measure.rebuild import database_of
from scenarios.measure.runs_folder import run_folder
from scenarios.measure.store import write_text
from scenarios.measure.world import open_world
from scenarios.record import Environment, dumps
from scenarios.wreck import load, slugs

BuildSite = Callable[[int, Callable[[str], None]], SiteBuild]
"""Builds the site so many times, saying what it begins: the publishing side's part, which measuring knows nothing of."""


@dataclass(frozen=True)
class Size:
    """How much of everything is measured."""

    probe_rounds: int = 5
    probe_requests: int = 6
    client_rounds: int = 4
    client_s: float = 0.6
    recorder_sizes: tuple[int, ...] = (1_000, 10_000, 100_000)
    recorder_rounds: int = 2
    start_scale: str = "talk"
    starts_cold: int = 2
    starts_kept: int = 4
    site_builds: int = 3

    def expected_s(self) -> dict[str, float]:
        """Return how long each part takes, roughly."""
        settings = len(probes.settings())
        return {
            "probes": 2 + self.probe_rounds * settings * (0.5 + 0.12 * (self.probe_requests + probes.WARM_REQUESTS)),
            "client": 1 + self.client_rounds * 4 * (self.client_s + 0.7),
            "start": 8.0 * (self.starts_cold + 1) + 2.0 * self.starts_kept,
            "recorder": sum(self.recorder_sizes) * (6e-5 + 4e-5 * self.recorder_rounds) + 0.8 * len(self.recorder_sizes) * self.recorder_rounds,
            "site": 5.0 * self.site_builds,
        }


FULL = Size()
LONG = replace(FULL, recorder_sizes=(*FULL.recorder_sizes, 1_000_000))
QUICK = Size(2, 1, 2, 0.2, (100, 1_000), 1, "small", 1, 1, 1)


@dataclass(frozen=True)
class Parts:
    """What each part measured, raw."""

    probes: list[probes.Round]
    environment: Environment
    sent: list[generator.Sent]
    highest_per_s: float
    starts: tuple[list[float], list[float]]
    """From nothing, and from what was kept, in s."""
    recorded: dict[int, list[dict]]
    site: SiteBuild

    def findings(self, size: Size) -> dict[str, Finding]:
        return {
            **probes.findings(probes.table(self.probes)),
            **generator.findings(self.sent, self.highest_per_s),
            **start.findings(*self.starts, size.start_scale),
            **recorder.findings(self.recorded),
            **site_findings(self.site),
        }


def bench(site_data: Path, build_site: BuildSite, *, size: Size = FULL, command: str = contract.COMMAND) -> Bench:
    """Measure the instruments, write what was found to ``site_data``, and return it.

    Raises StackError where something would not start or end, WreckError where the site does not build: nothing is written then.
    """
    progress = Progress(sum(size.expected_s().values()))
    folder, _held = run_folder("bench")
    progress.say(f"the instruments' own cost, in about {progress.expected_s / 60:.1f} min; raw logs in {folder}")
    machine, began, sha256 = Machine(), time.monotonic(), code_sha256()
    commit, is_clean = code.commit()
    parts = _measured(folder, size, build_site, progress)
    made = Bench(
        made_at=datetime.now(UTC).replace(microsecond=0),
        publishable=size.probe_rounds >= PUBLISHABLE_ROUNDS,
        command=command,
        commit=commit,
        commit_is_clean=is_clean,
        code_sha256=sha256,
        environment=parts.environment,
        elapsed_s=time.monotonic() - began,
        load1_before=machine.load1,
        findings=parts.findings(size),
        probes=probes.table(parts.probes),
        client=generator.table(parts.sent),
        recorder=recorder.table(parts.recorded),
        pages=parts.site.pages,
        felt=parts.site.felt,
    )
    text = dumps(made)
    contract.loads(text, contract.FILE)
    write_text(site_data / contract.FILE, text)
    for line in said(made):
        progress.say(line)
    return made


def _measured(folder: Path, size: Size, build_site: BuildSite, progress: Progress) -> Parts:
    expected_s, begin = size.expected_s(), progress.begin
    wreck, highest_per_s = load(probes.SLUG), generator.highest_rate_per_s(map(load, slugs()))
    with open_world(probes.SCALE, DEFAULT_SEED, folder / "world", cast=wreck.cast) as world:
        watched = probes.measured(wreck, world, folder / "probes", size.probe_rounds, size.probe_requests, begin)
        described = environment.describe(*database_of(world), environment.nginx_version())
    progress.end(expected_s["probes"])
    sent = generator.measured(highest_per_s, folder / "client", size.client_rounds, size.client_s, begin)
    progress.end(expected_s["client"])
    starts = start.measured(folder / "start", size.start_scale, size.starts_cold, size.starts_kept, begin)
    progress.end(expected_s["start"])
    recorded = recorder.measured(size.recorder_sizes, folder / "recorder", size.recorder_rounds, begin)
    progress.end(expected_s["recorder"])
    site = build_site(size.site_builds, begin)
    progress.end(expected_s["site"])
    return Parts(watched, described, sent, highest_per_s, starts, recorded, site)


LAYOUT_SHIFT_AT_MOST = 0.0
LONGEST_TASK_MS_AT_MOST = 200.0
CHART_MS_AT_MOST = 1_000.0
SCORES_AT_LEAST = {"performance": 95.0, "accessibility": 100.0, "best_practices": 100.0, "seo": 100.0}
"""Lighthouse's, out of 100."""


def site_findings(site: SiteBuild) -> dict[str, Finding]:
    """Return how long the site takes to build, its heaviest pages, and the pages that are felt most."""
    found = {"site-build": finding("for the whole site to be built", "s", interval(site.build_s), at_most=site.build_s_at_most)}
    budgets: dict[int, list[PageBytes]] = {}
    for page in site.pages:
        budgets.setdefault(page.bytes_at_most or site.bytes_at_most, []).append(page)
    for at_most, pages in sorted(budgets.items(), reverse=True):
        heaviest = max(pages, key=lambda page: page.bytes_gzip)
        of = "" if len(budgets) == 1 else f" of {len(pages)} with that budget"
        name = "page-bytes" if at_most == site.bytes_at_most else f"page-bytes-{at_most // 1000}"
        said = f"for the heaviest page{of}, {heaviest.page}, with all that it loads, packed with gzip"
        found[name] = finding(said, "bytes", exact([heaviest.bytes_gzip]), is_range=True, at_most=at_most)
    return found | (_felt_findings(site.felt) if site.felt else {})


def _felt_findings(felt: Felt) -> dict[str, Finding]:
    how = f"on a phone's screen, the processor slowed {felt.slowed_by:g}-fold"
    charted = [page for page in felt.pages if page.chart_ms]
    moved = max(felt.pages, key=lambda page: page.layout_shift.high)
    busy = max(felt.pages, key=lambda page: page.longest_task_ms.high)
    found = {
        "layout-shift": finding(
            f"for the cumulative layout shift of the page that moves most, {moved.page}", "", moved.layout_shift,
            is_range=True, at_most=LAYOUT_SHIFT_AT_MOST,
        ),
        "longest-task": finding(
            f"for the longest task before a touch, {how}: {busy.page}", "ms", busy.longest_task_ms,
            is_range=True, at_most=LONGEST_TASK_MS_AT_MOST,
        ),
    }  # fmt: skip
    if charted:
        slow = max(charted, key=lambda page: page.chart_ms.high)
        said = f"from touching a picture to the live chart, on a phone's screen: {slow.page}"
        found["chart"] = finding(said, "ms", slow.chart_ms, is_range=True, at_most=CHART_MS_AT_MOST)
    return found | (_scored_findings(felt.scored) if felt.scored else {})


def _scored_findings(scored: Scored) -> dict[str, Finding]:
    found = {}
    for category, at_least in SCORES_AT_LEAST.items():
        least = min(scored.pages, key=lambda page: getattr(page, category).low)
        said = f"of 100 for {category.replace('_', ' ')} by {scored.tool}, as on a slow phone, for the page with least: {least.page}"
        name = f"lighthouse-{category.replace('_', '-')}"
        found[name] = finding(said, "", getattr(least, category), is_range=True, at_least=at_least)
    return found


def said(made: Bench) -> list[str]:
    """Return a line a finding, those beyond their budget named last."""
    lines = []
    for name, each in made.findings.items():
        m, bound = each.measured, each.at_most if each.at_most is not None else each.at_least
        word = "at most" if each.at_most is not None else "at least"
        budget = "" if bound is None else f"; budget {word} {bound:g}: {each.verdict}"
        spread = f"{m.low:.4g} to {m.high:.4g}" if each.is_range or len(m.rounds) > 1 else "one repeat"
        lines.append(f"  {name}: {m.value:.4g} {each.unit} ({spread}) {each.sentence}{budget}")
    beyond = [name for name, each in made.findings.items() if each.verdict in ("missed", "untold")]
    lines.append("beyond budget, or not told from it: " + ", ".join(beyond) if beyond else "every budget is met")
    return lines


def code_sha256() -> str:
    """Return the hash of the machinery that is measured, and of what measures it."""
    digest = hashlib.sha256(code.sha256(probes.SLUG).encode())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.name.encode() + b"\0" + code.essence(path.read_bytes()) + b"\0")
    return digest.hexdigest()
