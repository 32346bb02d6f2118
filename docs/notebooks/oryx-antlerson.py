# %% [markdown]
# # Notebook: SS Oryx-Antlerson
#
# The [dive](../dives/oryx-antlerson.md) shows a heat map that comes loose when a neighbour moves in. The cells of a heat
# map are a choice, and a choice can hide what it should show. Choose others.

# %%
import bisect
import math

from scenarios.publish.charts.chart import Axis, Chart, Heat
from scenarios.publish.neighbours import phase_rounds, rules, samples_of
from scenarios.publish.notebooks import evidence, exhibit, picture
from scenarios.publish.units import digits

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
        f"{title}: its fullest row holds {fullest / len(due_s):.0%} of all requests",
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
total, so_far, gains = sum(logs), 0.0, []
for i, value in enumerate(logs[:-1], start=1):
    so_far += value
    apart = so_far / i - (total - so_far) / (len(logs) - i)
    gains.append((i * (len(logs) - i) * apart**2, ordered[i][0]))
edge = len(gains) // 50 + 1  # a part of a few requests is no part
found_s = max(gains[edge:-edge])[1]
there = shown.phases["during"]
print(f"found: {digits(found_s)} s")
print(f"the neighbour came at {digits(there.start_s)} s, and asked for the last time at {digits(there.end_s)} s")

# %% [markdown]
# With one change point there is one answer, though the neighbour both came and went: the stronger of the two is found.
# Look for the second in what lies on either side of the first.
