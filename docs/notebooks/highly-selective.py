# %% [markdown]
# # Notebook: SS Highly Selective
#
# The [dive](../dives/highly-selective.md) folds what a page asks again and again. A detector is a rule that somebody
# chose. Here are the statements of a kept request; choose your own.

# %%
from collections import Counter

from scenarios.publish.charts.chart import Axis, Chart, Line, Points, Table
from scenarios.publish.exhibit import median
from scenarios.publish.notebooks import evidence, exhibit, picture, statements
from scenarios.publish.traces import repeats
from scenarios.publish.traces.statements import name
from scenarios.publish.units import digits

dive = evidence("highly-selective")
sent = statements(dive, "one-page", "wrecked")
for statement, times in Counter(map(name, sent)).most_common():
    print(f"{times:4} × {statement}")

# %% [markdown]
# ## Three rules, one request
#
# The usual rule waits for equal statements in a row, and these take turns. Counting what is equal *anywhere* finds them,
# and also whatever a page may ask twice for good reason. The site’s own rule looks for patterns that come again at once.

# %%
def in_a_row(sent, least):
    """Return how many statements belong to a run of equal ones."""
    covered = at = 0
    while at < len(sent):
        end = at
        while end < len(sent) and sent[end] == sent[at]:
            end += 1
        covered += (end - at) if end - at >= least else 0
        at = end
    return covered


def anywhere(sent, least):
    """Return how many statements are sent so often or more, wherever they stand."""
    return sum(times for times in Counter(sent).values() if times >= least)


def patterns(sent, least):
    """Return how many statements a pattern covers that comes so often, one after the other."""
    return sum(part.end - part.start for part in repeats.folded(sent, fewest=least) if part.repeats > 1)


RULES = {"equal, in a row": in_a_row, "equal, anywhere": anywhere, "a pattern, in a row": patterns}
ROLES = ("muted", "suspect", "salvaged")
LEAST = (2, 3, 5, 10, 20)
found = {label: tuple(float(rule(sent, least)) for least in LEAST) for label, rule in RULES.items()}
places = tuple(float(i) for i in range(len(LEAST)))
chart = Chart(
    f"Waiting for 5 alike, the usual rule sees {in_a_row(sent, 5)} of {len(sent)} statements, patterns {patterns(sent, 5)}",
    "Lines: statements taken for repeats, by how many it takes to make a run.",
    Axis("so many make a run", scale="category", categories=tuple(map(str, LEAST))),
    Axis("statements taken for repeats", low=0.0),
    tuple(Line(label, role, places, found[label], markers=True) for label, role in zip(RULES, ROLES, strict=True)),
)
rows = [(label, *map(digits, counts)) for label, counts in found.items()]
table = Table("Statements that each rule takes for repeats", ("rule", *(f"{n} or more" for n in LEAST)), tuple(rows))
picture(dive, chart, f"One request of the wreck, {len(sent)} statements, parameters aside.", table)

# %% [markdown]
# And on a page that does it well? A rule that cries there as well would soon be turned off.

# %%
mended = statements(dive, "one-page", "selectin-indexed")
for label, rule in RULES.items():
    print(f"{label:20} {rule(mended, 2)} of {len(mended)} statements")

# %% [markdown]
# ## The ladder, from medians
#
# Two pages are asked for in turn, one longer than the other; the dive compares means, which count both. Does the story
# change with the median?

# %%
exhibit(dive, "ladder", arms="indexed, selectin, selectin-indexed", path="latency_ms.p50", salvaged="selectin-indexed")

# %% [markdown]
# ## What distance would it take?
#
# Every way to fetch the page costs its own time and so many round trips. From those two numbers, measured with the
# database next door, reckon how each would do at any distance; where two lines cross, the better becomes the worse.

# %%
WAYS = {"indexed": "wrecked", "selectin-indexed": "suspect", "joined-indexed": "fix", "aggregate-indexed": "salvaged"}
near = dive.experiment("headline").arms
own_ms = {way: median(r.latency_ms.mean for r in near[way].rounds) for way in WAYS}
trips = {way: median(r.statements_per_request for r in near[way].rounds) for way in WAYS}


def added_ms(way, experiment):
    """Return how much further away than next door the database was found to be."""
    return median(r.round_trip_ms for r in experiment.arms[way].rounds) - median(r.round_trip_ms for r in near[way].rounds)


further = [e for e in dive.record.experiments.values() if e.round_trip_ms and set(WAYS) <= set(e.arms)]
measured = {way: [(added_ms(way, e), median(r.latency_ms.mean for r in e.arms[way].rounds)) for e in further] for way in WAYS}
far_ms = tuple(step / 10 for step in range(51))
chart = Chart(
    "Reckoned: what each way costs as the database moves away",
    "; ".join(f"{near[way].title}: {digits(own_ms[way])} ms and {digits(trips[way])} statements" for way in WAYS),
    Axis("added round trip", "ms"),
    Axis("mean latency", "ms", low=0.0),
    (
        *(Line(near[w].title, role, far_ms, tuple(own_ms[w] + trips[w] * ms for ms in far_ms)) for w, role in WAYS.items()),
        *(Points(f"{near[w].title}, measured", role, *zip(*measured[w], strict=True)) for w, role in WAYS.items()),
    ),
)
rows = [
    (near[w].title, f"{digits(at)} ms", digits(own_ms[w] + trips[w] * at), digits(ms), f"{(own_ms[w] + trips[w] * at) / ms - 1:+.0%}")
    for w in WAYS
    for at, ms in measured[w]
]
table = Table("Reckoned and measured latency, ms", ("way", "further away by", "reckoned", "measured", "off by"), tuple(rows))
caption = "Lines: own time and statements as measured next door, and multiplication. Points: measured, with a relay that waits."
picture(dive, chart, caption, table)

# %% [markdown]
# Where the points lie on the lines, a page’s own time and its number of statements are all one needs to know of it: the
# distance can be reckoned before anybody moves a database. Where they lie above, more goes to and fro than statements.
# How much more? Divide what the distance added by the distance:

# %%
for way in WAYS:
    at, ms = max(measured[way])
    print(f"{near[way].title:24} {digits(trips[way]):>4} statements, {digits((ms - own_ms[way]) / at):>5} round trips")

# %% [markdown]
# The driver opens a transaction before the first statement and the pool rolls it back after the last, each a round trip of
# its own. Nobody would see two beside sixty; beside one they are most of the bill. (Where a page takes a hundred
# milliseconds, a trip or two less than there were statements is noise.)
