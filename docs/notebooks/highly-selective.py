# %% [markdown]
# # Notebook: SS Highly Selective
#
# The [dive](../dives/highly-selective.md) folds what a page asks again and again. A detector is a rule that somebody
# chose. Here are the statements of a kept request; choose your own.

# %%
import itertools
from collections import Counter

from scenarios.claims import interval, ratio
from scenarios.publish.charts.chart import Axis, Chart, Line, Points, Table
from scenarios.publish.exhibit import median
from scenarios.publish.notebooks import evidence, exhibit, off_by, picture, statements
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

# %%
for arm in ("indexed", "selectin", "selectin-indexed"):
    print(f"{dive.arm('headline', arm).title}, times as fast")
    for by, path in {"means": "latency_ms.mean", "medians": "latency_ms.p50"}.items():
        times = interval(ratio("headline", "wrecked", arm, path)(dive.record), is_ratio=True)
        print(f"    {by:7} {digits(times.value)} ({digits(times.low)} to {digits(times.high)})")

# %% [markdown]
# Half of the requests are for the one page and half for the other, so that the median lies on the edge between two heaps,
# and a few requests more or less push it over. A mean over as many of each does not care. That is why the dive has means:
# not because they are better, but because of these two pages.

# %% [markdown]
# ## What distance would it take?
#
# Every way to fetch the page costs its own time, and a round trip for each of its statements. From those two numbers,
# measured with the database next door, reckon how each would do at any distance; where two lines cross, the better becomes
# the worse. Some of it was measured as well, and lies beside it as points.

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
    "; ".join(f"{near[way].title}: {digits(own_ms[way])} ms, statements: {digits(trips[way])}" for way in WAYS),
    Axis("added round trip", "ms"),
    Axis("mean latency", "ms", low=0.0),
    (
        *(Line(near[w].title, role, far_ms, tuple(own_ms[w] + trips[w] * ms for ms in far_ms)) for w, role in WAYS.items()),
        *(Points(near[w].title, role, *zip(*measured[w], strict=True)) for w, role in WAYS.items()),
    ),
)
rows = [
    (near[w].title, f"{digits(at)} ms", digits(own_ms[w] + trips[w] * at), digits(ms), off_by(own_ms[w] + trips[w] * at, ms))
    for w in WAYS
    for at, ms in measured[w]
]
table = Table("Reckoned and measured latency, ms", ("way", "further away by", "reckoned", "measured", "off by"), tuple(rows))
caption = "Lines: own time and statements as measured next door, and multiplication. Points: measured, with a relay that waits."
picture(dive, chart, caption, table)

# %%
for one, other in itertools.combinations(WAYS, 2):
    fewer = trips[one] - trips[other]
    meet_ms = (own_ms[other] - own_ms[one]) / fewer if fewer else 0.0
    if meet_ms > 0:
        print(f"{near[one].title} and {near[other].title}\n    cross {digits(meet_ms)} ms further away")

# %% [markdown]
# Where the points lie on the lines, a page’s own time and its number of statements are all one needs to know of it: the
# distance can be reckoned before anybody moves a database. Where they lie above, more goes to and fro than statements.
#
# ## What else travels?
#
# What waits for the database waits in some layer. Divide what the distance added to a layer by the distance, and it
# comes to round trips:

# %%
furthest = max(further, key=lambda e: e.round_trip_ms)


def waits(way, layer):
    """Return how many of the added round trips a page waits for in a layer."""
    far, close = (median(r.layers_ms[layer] for r in e.arms[way].rounds) for e in (furthest, dive.experiment("headline")))
    return (far - close) / added_ms(way, furthest)


for way in WAYS:
    print(f"{near[way].title}, statements: {digits(trips[way])}")
    print(f"    {digits(waits(way, 'sqlalchemy')):>4} SQLAlchemy, {digits(waits(way, 'flask')):>4} Flask")

# %% [markdown]
# About one more in SQLAlchemy than there are statements, and about one in Flask, which has nothing to ask. Before the
# first statement of a transaction the driver sends a `BEGIN` and waits for the answer, and SQLAlchemy counts that time
# as the statement’s. When the request is over, Flask closes its session: a `ROLLBACK`, and another wait. Neither is in
# our count of statements. Reckon with both:

# %%
ENDS = 2  # of a transaction: BEGIN and ROLLBACK
for way in WAYS:
    at, ms = max(measured[way])
    as_counted, as_sent = (own_ms[way] + sent * at for sent in (trips[way], trips[way] + ENDS))
    print(f"{near[way].title}, off by\n    {off_by(as_counted, ms):>5} as counted, {off_by(as_sent, ms):>5} as sent")

# %% [markdown]
# Beside dozens of statements nobody would see two more; beside a single one they are most of the bill. (The crossings do
# not move: every page has the same two.) What is still off is the page’s own time, which is not the same from run to run,
# and a page that takes long by itself hides a few round trips.
