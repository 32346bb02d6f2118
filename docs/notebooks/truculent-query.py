# %% [markdown]
# # Notebook: SS Truculent Query
#
# The [dive](../dives/truculent-query.md) drew its conclusions from a handful of rounds. Here is the same evidence, to
# be asked further questions: how sure is the ladder if one does not believe in Student’s *t*, and what sort of queue
# is it that five clients wait in?

# %%
import math
import random

from scenarios.claims import interval, ratio
from scenarios.publish.charts.chart import Axis, Bars, Chart, Line, Points, Rule, Table
from scenarios.publish.exhibit import median
from scenarios.publish.notebooks import evidence, exhibit, off_by, picture
from scenarios.publish.units import digits

dive = evidence("truculent-query")
headline = dive.experiment("headline")
runs = sum(len(arm.rounds) for arm in headline.arms.values())
print(f"{len(headline.arms)} arms, {runs} runs, made {dive.record.made_at:%Y-%m-%d}")

# %% [markdown]
# ## The ladder, as the dive has it

# %%
exhibit(dive, "ladder", salvaged="rewrite-covered")

# %% [markdown]
# ## The ladder, bootstrapped
#
# The page’s intervals come from Student’s *t* on the logarithms of the rounds’ ratios, which takes them to be normally
# distributed. The bootstrap takes them for nothing but what they are: it draws as many rounds as there were, with
# replacement, and looks how the mean moves (Efron, “Bootstrap methods: another look at the jackknife”, 1979). Of a handful
# of rounds there are not many different draws, and on so few the bootstrap is known to come out too narrow. Where the two
# tell the same story all the same, the story does not hang on the method.

# %%
DRAWS = 4_000


def bootstrapped(values, seed=2016):
    """Return the middle 95 % of the geometric means of so many draws."""
    draw = random.Random(seed)
    means = sorted(interval(draw.choices(values, k=len(values)), is_ratio=True).value for _ in range(DRAWS))
    return means[int(0.025 * DRAWS)], means[int(0.975 * DRAWS)]


arms = [name for name in headline.arms if name != "wrecked"]
titles = [headline.arms[name].title for name in arms]
by_t = [interval(ratio("headline", "wrecked", name)(dive.record), is_ratio=True) for name in arms]
by_draw = [bootstrapped(each.rounds) for each in by_t]
for many in sorted({len(each.rounds) for each in by_t}):
    print(f"{many} rounds: {math.comb(2 * many - 1, many)} different draws")

rows = [
    (title, digits(t.value), f"{digits(t.low)} to {digits(t.high)}", f"{digits(low)} to {digits(high)}")
    for title, t, (low, high) in zip(titles, by_t, by_draw, strict=True)
]
table = Table("Times as fast, two ways to be unsure", ("arm", "mean", "Student’s t", "bootstrap"), tuple(rows))
bars = Bars(
    "bootstrap",
    "fix",
    at=tuple(float(i) for i in range(len(arms))),
    length=tuple(t.value - 1 for t in by_t),
    base=(1.0,) * len(arms),
    low=tuple(low for low, _ in by_draw),
    high=tuple(high for _, high in by_draw),
)
rounds = [(value, float(i)) for i, t in enumerate(by_t) for value in t.rounds]
dots = Points("rounds", "ink", *zip(*rounds, strict=True), small=True)
narrower = sum(high / low < t.high / t.low for t, (low, high) in zip(by_t, by_draw, strict=True))
chart = Chart(
    f"Bootstrapped, {narrower} of {len(arms)} intervals are narrower than Student’s",
    "Bars: times as fast as the wreck, with the bootstrap’s interval.",
    Axis("times as fast as the wreck, log scale", "times", "log", low=0.8),
    Axis("", scale="category", categories=tuple(titles)),
    (Rule("x", 1.0, ""), bars, dots),
)
caption = f"Geometric means over rounds; the ends of each bar’s interval hold 95 % of {DRAWS:,} draws; dots are rounds."
picture(dive, chart, caption, table)

# %% [markdown]
# ## What sort of queue?
#
# In a closed loop of *N* clients that do not pause, one of two things holds the answer up. While there are fewer
# clients than the database has hands, an answer takes its own time, whatever *N*. Beyond that every further client waits
# for all the others: the answer takes its own time as often as there are clients to a hand (the asymptotic bounds of
# Denning and Buzen, “The operational analysis of queueing network models”, 1978). Only the number of hands is unknown.
# Fit it:

# %%
closed = sorted(
    (experiment.clients, median(r.latency_ms.p50 for r in experiment.arms["wrecked"].rounds))
    for name, experiment in dive.record.experiments.items()
    if name.startswith("clients-") and "wrecked" in experiment.arms
)
clients, latency_ms = zip(*closed, strict=True)
alone_ms = latency_ms[0] / clients[0]


def bound_ms(n, hands):
    """Return how long an answer takes at least with so many clients and hands."""
    return alone_ms * max(1.0, n / hands)


def misfit(hands):
    """Return the sum of squared relative errors: long answers are not to count for more."""
    return sum((bound_ms(n, hands) / ms - 1) ** 2 for n, ms in closed)


hands = min((step / 100 for step in range(50, 1_001)), key=misfit)
cores = dive.record.environment.cpu_count
print(f"{digits(alone_ms)} ms alone; best fit: {digits(hands)} hands,\n    on a machine of {cores} cores")

# %%
curve = tuple(1 + step / 10 for step in range(10 * (max(clients) - 1) + 1))
chart = Chart(
    f"As if {digits(hands)} statements were worked on at a time",
    f"Measured latency against clients, and the fitted bound with {digits(hands)} hands.",
    Axis("clients"),
    Axis("median latency", "ms", low=0.0),
    (
        Line("fitted", "muted", curve, tuple(bound_ms(n, hands) for n in curve)),
        Points("measured", "wrecked", tuple(map(float, clients)), latency_ms),
    ),
)
rows = [(str(n), digits(ms), digits(bound_ms(n, hands)), off_by(bound_ms(n, hands), ms)) for n, ms in closed]
table = Table("Measured and fitted", ("clients", "measured, ms", "fitted, ms", "off by"), tuple(rows))
picture(dive, chart, "Closed loop; median over rounds of each round’s p50. The number of hands is all that is fitted.", table)

# %% [markdown]
# A number of hands close to that of the cores says that the queue is for the processor, and not for a lock or a disk.
#
# ## What would the talk’s wait take?
#
# Two dials are left: how many rolls there are, and how many clients wait. For the first, take every experiment with one
# client alone, whatever its size, and fit the plainest thing that can be: so much for the page whatever it asks, and so
# much for each roll. Again it is relative errors that count (weighted least squares).

# %%
sizes = sorted(
    (dive.record.datasets[e.scale].rows["tw_rolls"], median(r.latency_ms.p50 for r in e.arms["wrecked"].rounds))
    for e in dive.record.experiments.values()
    if e.clients == 1 and "wrecked" in e.arms
)
one, per = [1 / ms for _, ms in sizes], [rolls / ms for rolls, ms in sizes]
one_one, one_per, per_per = (sum(a * b for a, b in zip(x, y, strict=True)) for x, y in ((one, one), (one, per), (per, per)))
apart = one_one * per_per - one_per**2
page_ms = (sum(one) * per_per - sum(per) * one_per) / apart
roll_ms = (sum(per) * one_one - sum(one) * one_per) / apart
for rolls, ms in sizes:
    print(f"{rolls:>9,} rolls: {digits(ms):>5} ms; fitted {off_by(page_ms + roll_ms * rolls, ms)}")
print(f"fitted: {digits(page_ms)} ms a page, {digits(1000 * roll_ms)} µs a roll")

# %%
talk_ms = 1000 * dive.wreck.logbook["response"].value
most_rolls = max(rolls for rolls, _ in sizes)
talk_clients = int(dive.wreck.logbook["clients"].value)
wanted_ms = talk_ms / max(1.0, talk_clients / hands)  # of one answer alone, for so many that wait for one another
print(f"measured most: {most_rolls:,} rolls")
print(f"{talk_clients} clients wait {digits(bound_ms(talk_clients, hands))} ms by the fit")
print(f"{digits(talk_ms)} ms would take")
print(f"    with {talk_clients} clients {digits((wanted_ms - page_ms) / roll_ms / 1e6)} million rolls,")
print(f"    with {most_rolls:,} rolls {math.ceil(talk_ms / alone_ms * hands)} clients")

# %% [markdown]
# Both answers go beyond what was measured, and a fit knows nothing of what waits out there: a table that no longer fits
# into memory, clients that give up. They say how far the talk’s wait is from this machine, not that it would come so.
#
# Try the same on a record of your own: put it in place of `site_data/truculent-query/`, and run this notebook again.
