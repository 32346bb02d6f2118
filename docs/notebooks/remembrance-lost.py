# %% [markdown]
# # Notebook: SS Remembrance Lost
#
# A worker that needs much memory for a moment is no trouble; ten of them at the same moment are. The
# [dive](../dives/remembrance-lost.md) measured one worker climbing and many under a limit. Between the two lies a
# question that can be reckoned: *how likely is it that the peaks meet?*

# %%
import bisect
import random

from scenarios.publish.charts.chart import Axis, Chart, Line, Rule, Table
from scenarios.publish.exhibit import median
from scenarios.publish.exhibits.memory_staircase import climbed
from scenarios.publish.neighbours import samples_of
from scenarios.publish.notebooks import evidence, exhibit, picture
from scenarios.publish.units import digits, text

dive = evidence("remembrance-lost")
arm = climbed(dive, ["headline"], {"arms": "wrecked"})["wrecked"]
measured_mb = {}
for i, reading in enumerate(arm.rounds[0].memory):
    players = int(reading.path.rsplit("/", 1)[-1])
    # The climb ends with a small request again, into what the large ones left: only the way up is wanted here.
    measured_mb.setdefault(players, median(r.memory[i].peak_mb or r.memory[i].rss_mb for r in arm.rounds))
for players, peak_mb in measured_mb.items():
    print(f"{players:>4} players: {digits(peak_mb):>5} MB at the peak")

# %%
exhibit(dive, "memory-staircase", experiments="headline", arms="wrecked")

# %% [markdown]
# ## Peak times workers, request by request
#
# The talk asks for 1, 2, 4 … 512 players, small counts more often than large ones, with weights from 10 down to 1. What
# lies between the measured steps is read off straight lines. Let every worker be busy with a request of that mix, at
# its peak, and add up. A real worker is at its peak only for a part of its time: luck decides how near to this one comes.
# On the other hand these workers are new: what one keeps of earlier requests comes in further down.

# %%
SIZES = tuple(2**n for n in range(10))
WEIGHTS = tuple(range(len(SIZES), 0, -1))
DRAWS = 5_000
draw = random.Random(2016)
WORKERS = tuple(range(1, 17))


def peak_mb(players):
    """Return the peak for so many players, on the straight line between the measured ones on either side."""
    steps = sorted(measured_mb)
    right = min(max(bisect.bisect_left(steps, players), 1), len(steps) - 1)
    low, high = steps[right - 1], steps[right]
    return measured_mb[low] + (measured_mb[high] - measured_mb[low]) * (players - low) / (high - low)


def together_mb(peaks, weights, workers, draws=DRAWS):
    """Return, sorted, what so many workers hold together in each of many draws."""
    return sorted(sum(draw.choices(peaks, weights, k=workers)) for _ in range(draws))


peaks_mb = [peak_mb(players) for players in SIZES]
by_request = [together_mb(peaks_mb, WEIGHTS, workers) for workers in WORKERS]
print(f"ten workers, in half of the draws:\n    {text(by_request[9][DRAWS // 2], 'MB')}")

# %% [markdown]
# ## The same, moment by moment
#
# But memory does not run out *per request*. It runs out at a moment, and a request that takes long is there at more
# moments than a quick one: whoever looks at a random time meets the large ones more often than their share of requests
# says. (Who comes to the stop at a random time waits, on average, longer than half the mean interval, for the same
# reason: Feller, “An Introduction to Probability Theory and Its Applications”, volume 2, on the inspection paradox.)
# How long each size held a worker was kept by the dive’s storm, however the request ended: one that was killed on its way
# held its worker the shorter, so that the largest are counted for less than they would be if they were let. Weigh by
# that time:

# %%
held_ms = {players: [] for players in SIZES}
for run in samples_of(dive, "storm", "wrecked"):
    for path, ms in zip(run.path, run.latency_ms, strict=True):
        held_ms[int(dive.samples.paths[path].rsplit("/", 1)[-1])].append(ms)
by_time = [weight * median(held_ms[players]) for weight, players in zip(WEIGHTS, SIZES, strict=True)]
print("players  of requests  of busy time")
for players, weight, moments in zip(SIZES, WEIGHTS, by_time, strict=True):
    of_requests, of_time = (text(part, "share", significant=2) for part in (weight / sum(WEIGHTS), moments / sum(by_time)))
    print(f"{players:>7}  {of_requests:>11}  {of_time:>12}")

# %%
by_moment = [together_mb(peaks_mb, by_time, workers) for workers in WORKERS]
half_of_requests = tuple(each[DRAWS // 2] for each in by_request)
half_of_moments = tuple(each[DRAWS // 2] for each in by_moment)
rarely = tuple(each[DRAWS - DRAWS // 100] for each in by_moment)
worst = tuple(workers * max(peaks_mb) for workers in WORKERS)
limits = sorted({e.memory_limit_mb for e in dive.record.experiments.values() if e.memory_limit_mb})
at = tuple(map(float, WORKERS))
chart = Chart(
    f"Ten busy workers: {text(half_of_requests[9], 'MB')} by requests, {text(half_of_moments[9], 'MB')} by moments",
    "Lines of memory against workers: the middle draw by requests and by moments, one moment in a hundred, and all at the largest.",
    Axis("workers, all of them busy"),
    Axis("memory together", "MB", low=0.0),
    (
        Line("drawn by requests, half need more", "fix", at, half_of_requests),
        Line("drawn by moments, half need more", "suspect", at, half_of_moments),
        Line("drawn by moments, one in a hundred needs more", "salvaged", at, rarely),
        Line("all at the largest", "wrecked", at, worst),
        *(Rule("y", float(limit), f"limit: {text(limit, 'MB')}") for limit in limits[:1]),
    ),
)
lines = (half_of_requests, half_of_moments, rarely, worst)
rows = [(str(n), *(digits(line[n - 1]) for line in lines)) for n in (1, 2, 4, 8, 10, 16)]
columns = ("workers", "half, by requests", "half, by moments", "one moment in a hundred", "all at the largest")
table = Table("Memory together, MB", columns, tuple(rows))
caption = f"Peaks of one worker, median over rounds; {DRAWS:,} draws for each number of workers; pages that workers share count in each."
picture(dive, chart, caption, table)

# %% [markdown]
# ## How many workers fit?
#
# Turn it round: for a limit, the most workers that one moment in a hundred would not break. A worker that has been large
# stays large, as the picture of the climb shows: sooner or later each has served the largest request, and holds at least
# what that one left behind, whatever it is asked for. The dive’s first fix bounds the input to 16 players: whoever asks for
# more is given those, and no worker is ever large. See what that buys.

# %%
BOUND = 16


def fitting(limit_mb, peaks, weights):
    """Return the most workers, up to 64, that stay below the limit in 99 of 100 draws."""
    workers = 0
    while workers < 64 and together_mb(peaks, weights, workers + 1, 1_000)[990] <= limit_mb:
        workers += 1
    return workers


kept_mb = median(r.memory[-1].rss_mb for r in arm.rounds)
grown_mb = [max(peak, kept_mb) for peak in peaks_mb]
bounded_mb = [peak_mb(min(players, BOUND)) for players in SIZES]
by_bounded_time = [weight * median(held_ms[min(players, BOUND)]) for weight, players in zip(WEIGHTS, SIZES, strict=True)]
print("workers      new  grown  bounded")
for limit_mb in (512, 1024, 2048, 4096):
    new, grown = fitting(limit_mb, peaks_mb, by_time), fitting(limit_mb, grown_mb, by_time)
    bounded = fitting(limit_mb, bounded_mb, by_bounded_time)
    print(f"{limit_mb:>5} MB {new:>7} {grown:>6} {bounded:>8}")

# %% [markdown]
# ## Was it so?
#
# The dive sent that mix at workers under a limit, and the kernel’s kills were counted. Lay a bound beside them: what all
# but one moment in a hundred keep below if every worker is busy, and grown where the page lets it grow.

# %%
TRIED = {
    ("storm", "wrecked"): (grown_mb, by_time),
    ("workers", "capped"): (grown_mb, by_time),
    ("ladder", "bounded"): (bounded_mb, by_bounded_time),
}
declared = {arm.name: arm.workers for arm in dive.wreck.arms}
for (name, tried_arm), (peaks, weights) in TRIED.items():
    tried = dive.experiment(name)
    workers = declared[tried_arm] or tried.workers
    needed_mb = together_mb(peaks, weights, workers)[DRAWS - DRAWS // 100]
    kills = median(r.kills for r in tried.arms[tried_arm].rounds)
    print(f"{tried.arms[tried_arm].title}, workers: {workers}")
    print(f"    bound {digits(needed_mb)} MB, limit {tried.memory_limit_mb} MB\n    kills a round: {digits(kills)}")

# %% [markdown]
# Where the bound keeps below the limit the workers fit, and that is what it is for. Where it does not, nothing is proven:
# no more workers are busy than there are clients, few of them have grown yet, and the interpreter, its libraries and our
# own code, which all workers share, were counted once for each.
