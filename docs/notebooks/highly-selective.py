# %% [markdown]
# # Notebook: SS Highly Selective
#
# The [dive](../dives/highly-selective.md) folds what a page asks again and again. A detector is a rule that somebody
# chose. Here are the statements of a kept request; choose your own.

# %%
from collections import Counter

from scenarios.publish.charts.chart import Axis, Chart, Line, Table
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
far_ms = tuple(step / 10 for step in range(51))
chart = Chart(
    "Reckoned: what each way costs as the database moves away",
    "; ".join(f"{near[way].title}: {digits(own_ms[way])} ms and {digits(trips[way])} statements" for way in WAYS),
    Axis("added round trip", "ms"),
    Axis("mean latency", "ms", low=0.0),
    tuple(Line(near[w].title, role, far_ms, tuple(own_ms[w] + trips[w] * ms for ms in far_ms)) for w, role in WAYS.items()),
)
rows = [(near[w].title, digits(trips[w]), *(digits(own_ms[w] + trips[w] * ms) for ms in (0, 1, 2))) for w in WAYS]
table = Table("Reckoned latency, ms", ("way", "statements", "next door", "1 ms away", "2 ms away"), tuple(rows))
caption = "Own time and statements as measured next door; the rest is multiplication. The dive measured it, with a relay that waits."
picture(dive, chart, caption, table)
