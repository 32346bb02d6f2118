# %% [markdown]
# # Notebook: SS Oryx-Antlerson
#
# The [dive](../dives/oryx-antlerson.md) shows a heat map that comes loose when a neighbour moves in. The cells of a heat
# map are a choice, and a choice can hide what it should show. Choose others.

# %%
import bisect
import math
import random

from scenarios.publish.charts.chart import Axis, Chart, Heat
from scenarios.publish.neighbours import phase_rounds, rules, samples_of
from scenarios.publish.notebooks import evidence, exhibit, picture
from scenarios.publish.units import digits, text

dive = evidence("oryx-antlerson")
runs = samples_of(dive, "headline", "wrecked")
due_s = [at for run in runs for at in run.due_s]
latency_ms = [ms for run in runs for ms in run.latency_ms]
shown = phase_rounds(dive.arm("headline", "wrecked"), "headline.wrecked")[0]
print(f"{len(due_s):,} requests in {len(runs)} rounds")

# %%
exhibit(dive, "heat-map")

# %% [markdown]
# ## The same requests in other cells
#
# Coarse cells show that something happened, fine ones when. Cells on a linear scale show the slow answers and press the
# quick ones, which are most, into a few rows.

# %%
def heat(title, columns, edges_ms, scale):
    """Return a heat map of so many columns, with these edges of latency."""
    edges_s = tuple(max(due_s) * 1.001 * i / columns for i in range(columns + 1))
    counts = [[0] * columns for _ in edges_ms[1:]]
    for at, ms in zip(due_s, latency_ms, strict=True):
        row = min(max(bisect.bisect_right(edges_ms, ms) - 1, 0), len(counts) - 1)
        counts[row][min(bisect.bisect_right(edges_s, at) - 1, columns - 1)] += 1
    fullest = max(sum(row) for row in counts)
    chart = Chart(
        f"{title}: its fullest row holds {text(fullest / len(due_s), 'share', significant=2)} of all requests",
        "Heat map of latency against time.",
        Axis("time since traffic began", "s"),
        Axis(f"latency, {scale} scale", "ms", scale),
        (Heat("requests", "wrecked", edges_s, tuple(edges_ms), tuple(map(tuple, counts))), *rules(shown)),
    )
    return picture(dive, chart, f"n = {len(due_s):,} requests, {columns} columns and {len(counts)} rows.")


low, high = min(latency_ms), max(latency_ms) * 1.001
heat("Fine cells, log scale", 60, [low * (high / low) ** (i / 24) for i in range(25)], "log")

# %%
heat("Linear cells", 28, [high * i / 16 for i in range(17)], "linear")

# %% [markdown]
# ## When did it begin?
#
# Without looking at the neighbour: find the moment that parts the requests best into quick and slow, the one where the
# means of the logarithms on either side differ most for their number (one change point, by least squares). It knows
# nothing of who came, and should find it all the same.

# %%
ordered = sorted(zip(due_s, latency_ms, strict=True))
logs = [math.log(ms) for _, ms in ordered]
EDGE = len(logs) // 50 + 1  # a part of a few requests is no part


def parted(logs, low, high):
    """Return the place that parts low to high best, and how much of their squared deviation that explains."""
    total, so_far, best = sum(logs[low:high]), 0.0, (0.0, low)
    for i in range(low + 1, high):
        so_far += logs[i - 1]
        left, right = i - low, high - i
        apart = so_far / left - (total - so_far) / right
        if min(left, right) >= EDGE:
            best = max(best, (left * right / (high - low) * apart**2, i))
    return best[1], best[0]


first, gain = parted(logs, 0, len(logs))
mean = sum(logs) / len(logs)
share = gain / sum((each - mean) ** 2 for each in logs)
print(f"found: {digits(ordered[first][0])} s; it explains\n    {text(share, 'share', significant=2)} of what latency varies by")

# %% [markdown]
# With one change point there is one answer, though the neighbour both came and went: the stronger of the two is found.
# Look for the second in what lies on either side of the first, and keep the better (binary segmentation: Scott and Knott,
# “A cluster analysis method for grouping means in the analysis of variance”, 1974).

# %%
second, _ = max((parted(logs, 0, first), parted(logs, first, len(logs))), key=lambda found: found[1])
found_s = sorted(ordered[i][0] for i in (first, second))
there = shown.phases["during"]
print(f"found: {' and '.join(f'{digits(s)} s' for s in found_s)}")
print(f"the neighbour came: {digits(there.start_s)} s")
print(f"asked for the last time: {digits(there.end_s)} s")
if "after" in shown.phases:
    print(f"was answered by: {digits(shown.phases['after'].start_s)} s")

# %% [markdown]
# A neighbour that has asked for the last time is not gone: what it asked has still to be answered, and our requests wait
# beside it until then.
#
# ## How much of it is luck?
#
# Deal the same latencies out in any order: what time does to them is then gone, and the best parting that is left is
# what a search finds in noise (a permutation test; Fisher, “The Design of Experiments”, 1935). Single requests are dealt
# as if each were slow or quick for itself. But requests are slow in company, one waiting behind another, and company
# looks like a change where there is none. So deal whole seconds too, each round’s for itself: the stricter test.

# %%
DEALS = 200
draw = random.Random(2016)


def requests_dealt():
    return draw.sample(logs, len(logs))


def seconds_dealt():
    """Return the logarithms in the order of time after each round's seconds have changed places."""
    dealt = []
    for run in runs:
        seconds = range(int(max(run.due_s)) + 1)
        place = draw.sample(seconds, len(seconds))
        dealt += [(place[int(at)] + at % 1, math.log(ms)) for at, ms in zip(run.due_s, run.latency_ms, strict=True)]
    return [value for _, value in sorted(dealt)]


for what, dealt in {"single requests": requests_dealt, "whole seconds": seconds_dealt}.items():
    by_luck = [parted(dealt(), 0, len(logs))[1] for _ in range(DEALS)]
    as_well = sum(each >= gain for each in by_luck)
    best = text(max(by_luck) / gain, "share", significant=2)
    print(f"{what}: of {DEALS} deals {as_well}\n    part as well; best: {best} of ours")

# %% [markdown]
# If time did nothing, ours would be one deal among the others, and as likely as any of them to come first. The fewer come
# before it, the harder that is to believe.
