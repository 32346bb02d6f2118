# %% [markdown]
# # Notebook: SS Remembrance Lost
#
# A worker that needs much memory for a moment is no trouble; ten of them at the same moment are. The
# [dive](../dives/remembrance-lost.md) measured one worker climbing and many under a limit. Between the two lies a
# question that can be reckoned: *how likely is it that the peaks meet?*

# %%
import random

from scenarios.publish.charts.chart import Axis, Chart, Line, Rule, Table
from scenarios.publish.exhibit import median
from scenarios.publish.exhibits.memory_staircase import climbed
from scenarios.publish.notebooks import evidence, exhibit, picture
from scenarios.publish.units import digits, text

dive = evidence("remembrance-lost")
arm = climbed(dive, ["headline"], {"arms": "wrecked"})["wrecked"]
steps = [reading.path.rsplit("/", 1)[-1] for reading in arm.rounds[0].memory]
peaks_mb = [median(r.memory[i].peak_mb or r.memory[i].rss_mb for r in arm.rounds) for i in range(len(steps))]
for step, peak_mb in zip(steps, peaks_mb, strict=True):
    print(f"{step:>4} players: {digits(peak_mb):>5} MB at the peak")

# %%
exhibit(dive, "memory-staircase", experiments="headline", arms="wrecked")

# %% [markdown]
# ## Peak times workers
#
# The talk asks for small counts more often than for large ones, with weights from 10 down to 1. Let every worker be busy
# with a request of such a mix, at its peak, and add up. That is the worst moment of each draw; a real worker is at its
# peak only for a part of its time, so it is a bound, and luck decides how near to it one comes.

# %%
DRAWS = 5_000
draw = random.Random(2016)
WORKERS = tuple(range(1, 17))


def together_mb(peaks, workers, draws):
    """Return, sorted, what so many workers hold together in each of many draws."""
    weights = range(len(peaks), 0, -1)
    return sorted(sum(draw.choices(peaks, weights, k=workers)) for _ in range(draws))


drawn = [together_mb(peaks_mb, workers, DRAWS) for workers in WORKERS]
half = tuple(each[DRAWS // 2] for each in drawn)
rarely = tuple(each[DRAWS - DRAWS // 100] for each in drawn)
worst = tuple(workers * max(peaks_mb) for workers in WORKERS)
limits = sorted({e.memory_limit_mb for e in dive.record.experiments.values() if e.memory_limit_mb})
at = tuple(map(float, WORKERS))
chart = Chart(
    f"Ten workers: {text(half[9], 'MB')} in half of the draws, {text(worst[9], 'MB')} if all the largest meet",
    "Lines of memory against workers: the middle draw, one in a hundred, and all at the largest.",
    Axis("workers, all of them busy"),
    Axis("memory together", "MB", low=0.0),
    (
        Line("half of the draws need more", "fix", at, half),
        Line("one in a hundred needs more", "suspect", at, rarely),
        Line("all at the largest", "wrecked", at, worst),
        *(Rule("y", float(limit), f"a limit of the dive: {text(limit, 'MB')}") for limit in limits[:1]),
    ),
)
rows = [(str(n), *(digits(line[n - 1]) for line in (half, rarely, worst))) for n in (1, 2, 4, 8, 10, 16)]
columns = ("workers", "half of the draws", "one in a hundred", "all at the largest")
table = Table("Memory together, MB", columns, tuple(rows))
picture(dive, chart, f"Peaks of one worker, median over rounds; {DRAWS:,} draws for each number of workers.", table)

# %% [markdown]
# ## How many workers fit?
#
# Turn it round: for a limit, the most workers that one draw in a hundred would not break. Bounding the input takes the
# last steps off the climb; see what that buys.

# %%
def fitting(limit_mb, peaks):
    """Return the most workers, up to 64, whose peaks stay below the limit in 99 of 100 draws."""
    workers = 0
    while workers < 64 and together_mb(peaks, workers + 1, 1_000)[990] <= limit_mb:
        workers += 1
    return workers


for limit_mb in (512, 1024, 2048, 4096):
    whole, bounded = fitting(limit_mb, peaks_mb), fitting(limit_mb, peaks_mb[:-2])
    print(f"{limit_mb:>5} MB: {whole:>2} workers as it is, {bounded:>2} where counts above {steps[-3]} are refused")
