"""What the instruments themselves cost, drawn from ``bench.json``: the fence ``bench`` of the page Method."""

from __future__ import annotations

from collections.abc import Callable

from scenarios.bench import COMMAND, Bench, Finding, Load, ProbeSetting
from scenarios.errors import UsageError, nearest
from scenarios.publish import units
from scenarios.publish.charts.chart import Axis, Bars, Chart, Line, Rule, Table
from scenarios.publish.exhibit import Exhibit
from scenarios.record import Interval

NOT_MEASURED = f"The instruments' own cost has not been measured here: '{COMMAND}' does that."
VERDICTS = {"met": "✓ met", "missed": "✗ missed", "untold": "cannot be told", "no budget": "none set"}


def draw(bench: Bench, show: str) -> Exhibit:
    """Return the exhibit called ``show``. Raises UsageError for a name there is not."""
    if show not in SHOWN:
        raise UsageError("something to show of the benchmarks", f"'{show}'", nearest(show, SHOWN))
    return SHOWN[show](bench)


def amount(value: float, unit: str) -> str:
    """Return a number with its unit; ``times`` and shares as prose has them."""
    return units.text(value, unit)


def spread(measured: Interval, unit: str) -> str:
    """Return an interval with its unit, ``one repeat`` where there was but one."""
    if len(measured.rounds) == 1:
        return "one repeat"
    return f"{amount(measured.low, unit)} to {amount(measured.high, unit)}"


def made(bench: Bench) -> str:
    """Return where and when it was measured, and whether to rely on it."""
    said = f"{bench.environment.cpu_model}, {bench.environment.cpu_count} processors, {units.day(bench.made_at)}."
    return said if bench.publishable else f"A quick run, to see that it works: do not rely on these numbers. {said}"


def budget_of(found: Finding) -> str:
    """Return a finding's budget in words."""
    if found.at_most is not None:
        return f"at most {amount(found.at_most, found.unit)}"
    return f"at least {amount(found.at_least, found.unit)}" if found.at_least is not None else "–"


def _budgets(bench: Bench) -> Exhibit:
    findings = list(bench.findings.values())
    told = [each for each in findings if each.verdict != "no budget"]
    met = sum(each.verdict == "met" for each in told)
    title = f"{met} of {len(told)} budgets are met"
    rows = tuple(
        (
            f"{each.sentence[:1].upper()}{each.sentence[1:]}." + (f" {each.about}" if each.about else ""),
            amount(each.measured.value, each.unit), _spread_of(each), budget_of(each), VERDICTS[each.verdict],
        )
        for each in findings
    )  # fmt: skip
    return Exhibit(
        title=title,
        caption=f"Spread: 95 % interval over repeats. A budget is met where the whole of it keeps to it. {made(bench)}",
        table=Table(title, ("what", "measured", "spread", "budget", "verdict"), rows),
        command=bench.command,
    )


def _spread_of(found: Finding) -> str:
    return "counted" if found.is_range else spread(found.measured, found.unit)


def _probes(bench: Bench) -> Exhibit:
    pages = list(dict.fromkeys(each.page for each in bench.probes))
    ordered = [each for page in pages for each in bench.probes if each.page == page]
    names = tuple(f"{each.title}\n{each.statements_per_request:.0f} statements" for each in ordered)
    chatty = next(each for each in ordered if each.setting == "off")
    share = amount(chatty.share.value, "share")
    title = f"All probes together take {share} of a worker's CPU on a page of {chatty.statements_per_request:.0f} statements"
    rounds = len(chatty.cpu_ms.rounds)
    alt = "; ".join(f"{each.title}, {each.statements_per_request:.0f} statements: {amount(each.cpu_ms.value, 'ms')}" for each in ordered)
    return Exhibit(
        title=title,
        caption=f"CPU of the worker a request by the kernel's own count, with all probes, with none, and with one left out at a time; "
        f"median of a round's requests, mean of {rounds} rounds with fresh workers, with 95 % interval. {made(bench)}",
        chart=Chart(
            title, f"Horizontal bars, CPU a request: {alt}.", Axis("CPU of the worker a request", "ms", low=0.0),
            Axis("", scale="category", categories=names), tuple(_probe_bars(ordered)), height_px=60 + 34 * len(ordered),
        ),
        table=Table("CPU of the worker a request", _PROBE_COLUMNS, tuple(map(_probe_row, ordered))),
        command=bench.command,
    )  # fmt: skip


_PROBE_COLUMNS = ("probes", "statements", "CPU", "95 % interval", "saved of the CPU with all", "95 % interval")


def _probe_bars(ordered: list[ProbeSetting]):
    for name, role, chosen in (("with probes", "wrecked", lambda s: s != "off"), ("without any", "salvaged", lambda s: s == "off")):
        mine = [(float(at), each) for at, each in enumerate(ordered) if chosen(each.setting)]
        several = all(len(each.cpu_ms.rounds) > 1 for _, each in mine)
        yield Bars(
            name, role,
            at=tuple(at for at, _ in mine),
            length=tuple(each.cpu_ms.value for _, each in mine),
            low=tuple(max(0.0, each.cpu_ms.low) for _, each in mine) if several else (),
            high=tuple(each.cpu_ms.high for _, each in mine) if several else (),
            labels=tuple(amount(each.cpu_ms.value, "ms") for _, each in mine),
        )  # fmt: skip


def _probe_row(each: ProbeSetting) -> tuple[str, ...]:
    saved = ("–", "–") if each.share is None else (amount(each.share.value, "share"), spread(each.share, "share"))
    return each.title, f"{each.statements_per_request:.0f}", amount(each.cpu_ms.value, "ms"), spread(each.cpu_ms, "ms"), *saved


def _client(bench: Bench) -> Exhibit:
    times = bench.findings["client-times"]
    title = f"The traffic's client could ask {amount(times.measured.value, 'times')} as often as any wreck is asked"
    loads: list[Load] = bench.client
    x = tuple(each.rate_per_s for each in loads)
    lines = (
        Line("half of the requests", "salvaged", x, tuple(max(each.lateness_ms_p50.value, 0.0) for each in loads), markers=True),
        Line("all but one in twenty", "wrecked", x, tuple(max(each.lateness_ms_p95.value, 0.0) for each in loads), markers=True),
    )
    rows = tuple(
        (f"{each.rate_per_s:g}/s", f"{each.requests:,}", f"{each.answered:,}", amount(each.lateness_ms_p50.value, "ms"),
         amount(each.lateness_ms_p95.value, "ms"), f"{each.cores.value:.2f}")
        for each in loads
    )  # fmt: skip
    return Exhibit(
        title=title,
        caption="Lateness: how long after it was due a request was sent, at most, for half of them and for all but one in twenty. "
        f"A page that nginx answers by itself, asked in an open loop (Poisson arrivals). {made(bench)}",
        chart=Chart(
            title, "Two lines: lateness in milliseconds by requests a second.", Axis("requests a second", "/s", low=0.0),
            Axis("late by up to", "ms", low=0.0), lines, height_px=240,
        ),
        table=Table("The client at each rate", ("rate", "sent", "answered", "late by (p50)", "late by (p95)", "cores used"), rows),
        command=bench.command,
    )  # fmt: skip


def _recorder(bench: Bench) -> Exhibit:
    sizes = bench.recorder
    longest = sizes[-1]
    took, held = amount(longest.time_s.value, "s"), amount(longest.memory_mb.value, "MB")
    title = f"A run of {longest.requests:,} requests is boiled down in {took} and {held}"
    x = tuple(float(each.requests) for each in sizes)
    line = Line("memory beyond the program's own", "wrecked", x, tuple(each.memory_mb.value for each in sizes), markers=True)
    rows = tuple(
        (
            f"{each.requests:,}", amount(each.time_s.value, "s"), amount(each.memory_mb.value, "MB"),
            amount(each.evidence_bytes.value, "bytes"),
        )
        for each in sizes
    )
    return Exhibit(
        title=title,
        caption="Made-up runs, read and summarised as real ones are; the longer ones are to need no more memory and no more room "
        f"than those of 10,000 requests. {made(bench)}",
        chart=Chart(
            title, "A line: memory by number of requests.", Axis("requests of the run", scale="log"), Axis("memory", "MB", low=0.0),
            (line, Rule("x", 10_000.0, "flat from here")), height_px=240,
        ),
        table=Table("Time, memory and evidence by size of run", ("requests", "time", "memory", "evidence"), rows),
        command=bench.command,
    )  # fmt: skip


def _pages(bench: Bench) -> Exhibit:
    heaviest = max(bench.pages, key=lambda page: page.bytes_gzip)
    title = f"The heaviest of {len(bench.pages)} pages is {amount(heaviest.bytes_gzip, 'bytes')}"
    ordered = sorted(bench.pages, key=lambda page: (-page.bytes_gzip, page.page))
    rows = tuple(
        (
            page.page, amount(page.bytes_gzip, "bytes"), amount(page.bytes_at_most, "bytes") if page.bytes_at_most else "–"
        ) for page in ordered
    )
    return Exhibit(
        title=title,
        caption=f"Each page with all that its markup loads, packed with gzip, before its reader touches anything. {made(bench)}",
        table=Table("What pages weigh", ("page", "weight", "budget"), rows),
        command=bench.command,
    )


def _felt(bench: Bench) -> Exhibit:
    felt = bench.felt
    if felt is None:
        return Exhibit(
            title="How pages are felt was not measured",
            caption="That takes a browser, and there was none where the instruments were put to the test.",
            table=Table("How pages are felt", ("page",), (("none measured",),)),
            command=bench.command,
        )
    still = sum(page.layout_shift.high == 0 for page in felt.pages)
    slowest = max(felt.pages, key=lambda page: page.longest_task_ms.high)
    title = f"On {still} of {len(felt.pages)} pages nothing moves; the longest task takes {amount(slowest.longest_task_ms.high, 'ms')}"
    rows = tuple(
        (page.page, *(_loads(each, unit) for each, unit in ((page.layout_shift, ""), (page.longest_task_ms, "ms"), (page.chart_ms, "ms"))))
        for page in felt.pages
    )
    loads = len(felt.pages[0].longest_task_ms.rounds)
    return Exhibit(
        title=title,
        caption=f"{felt.browser}, a phone's screen, the processor slowed {felt.slowed_by:g}-fold, {loads} loads a page, least to greatest. "
        "Layout shift: cumulative, from the load to the last line. Longest task: before anything is touched. "
        f"Chart: from the touch of the page's first picture, at full speed. {made(bench)}",
        table=Table("How pages are felt", ("page", "layout shift", "longest task", "chart alive after"), rows),
        command=bench.command,
    )


def _scored(bench: Bench) -> Exhibit:
    scored = bench.felt.scored if bench.felt else None
    if scored is None:
        why = (bench.felt.not_scored_because if bench.felt else "") or "there was no browser"
        return Exhibit(
            title="Pages were not scored by Lighthouse",
            caption=f"That takes a browser and npm where the instruments are put to the test. Here: {why}.",
            table=Table("Lighthouse's scores", ("page",), (("none scored",),)),
            command=bench.command,
        )
    least = min(scored.pages, key=lambda page: page.performance.low)
    kinds = ("performance", "accessibility", "best_practices", "seo")
    loads = len(least.performance.rounds)
    return Exhibit(
        title=f"{scored.tool} gives every page at least {least.performance.low:.0f} of 100 for performance",
        caption=f"As on a slow phone, from a server that packs with gzip, {loads} loads a page, least to greatest. {made(bench)}",
        table=Table(
            "Lighthouse's scores", ("page", *(kind.replace("_", " ") for kind in kinds)),
            tuple((page.page, *(_loads(getattr(page, kind), "") for kind in kinds)) for page in scored.pages),
        ),
        command=bench.command,
    )  # fmt: skip


def _loads(measured: Interval | None, unit: str) -> str:
    if measured is None:
        return "–"
    ends = [amount(end, unit) for end in (measured.low, measured.high)]
    return ends[0] if ends[0] == ends[1] else f"{ends[0]} to {ends[1]}"


SHOWN: dict[str, Callable[[Bench], Exhibit]] = {
    "budgets": _budgets, "probes": _probes, "client": _client, "recorder": _recorder, "pages": _pages, "felt": _felt, "scored": _scored,
}  # fmt: skip
