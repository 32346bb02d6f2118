"""The SS Thundering Herd: an answer kept for a second, and what happens in the moment when it is too old."""

from collections.abc import Callable
from statistics import fmean

from scenarios.claims import distinct_answers, each_round, ratio, ratio_of_experiments, round_value, value
from scenarios.wreck import Arm, Claim, ClosedLoop, Experiment, OpenLoop, Wreck

CACHE = "CREATE UNLOGGED TABLE tw_cache (name text PRIMARY KEY, value json NOT NULL, until timestamptz NOT NULL, took interval NOT NULL)"


def its_own(arm: str) -> tuple[str, ...]:
    """Return what makes an arm's cache. The remark keeps arms from sharing one: what one kept another would find."""
    return (CACHE, f"COMMENT ON TABLE tw_cache IS 'of the arm {arm}'")


ARMS = (
    Arm("wrecked", "As it sank", "wrecked", prepare=its_own("wrecked")),
    Arm("longer", "Kept for twice as long", "longer", removes="a lifetime too short", prepare=its_own("longer")),
    Arm("jitter", "A lifetime drawn by lot", "jittered", removes="one moment for all", prepare=its_own("jitter")),
    Arm("more-workers", "Twice the workers", "wrecked", removes="too few workers", prepare=its_own("more-workers"), workers=16),
    Arm("one-at-a-time", "One adds up, others wait", "one_at_a_time", removes="all adding up at once", prepare=its_own("one-at-a-time")),
    Arm("early", "By lot, before it is too old", "early", prepare=its_own("early")),
    Arm("salvaged", "One adds up, others have the old", "salvaged", prepare=its_own("salvaged")),
    Arm("uncached", "Without a cache", "uncached"),
)
HEADLINE = tuple(arm.name for arm in ARMS if arm.name != "uncached")
RATE_PER_S = 50

# A run must be longer than the longest lifetime, so that each has a sum run out at least once.
# Time, on two quiet cores: 35 runs of about 4.5 s for the headline, 5 of about 3 s and 5 of about 4 s for the others.
EXPERIMENTS = (
    Experiment(
        "headline", "Every arm", "tenth", OpenLoop(rate_per_s=RATE_PER_S, duration_s=2.5), HEADLINE,
        workers=8, fresh_data=True, keep_samples=True, keep_traces=True, keep_plans=True,
    ),
    # What it takes to add up when nobody else wants the machine; and the plan, which a cache that happened to be full would hide.
    Experiment("alone", "One client, no cache", "tenth", ClosedLoop(clients=1, duration_s=1), ("uncached",), workers=2, keep_plans=True),
    # The same page as a load test of clients that wait would see it.
    Experiment(
        "load-test", "Five clients that wait for each answer", "tenth", ClosedLoop(clients=5, duration_s=2.5), ("wrecked",),
        workers=8, fresh_data=True,
    ),
)  # fmt: skip


def sums_per_s(arm: str) -> Callable:
    """Return how often a second the league was added up, over all rounds of an arm, by the database's own count of statements."""

    def measure(record) -> list[float]:
        found = record.experiments["headline"].arms[arm]
        for each in found.rounds:
            round_value(each, "rows_per_request")  # says so where the server's statistics could not be read
        return [sum(s.calls for s in found.statements if "tw_rolls" in s.text) / sum(r.duration_s for r in found.rounds)]

    return measure


def slowest_beside_alone(record) -> list[float]:
    """Return the slowest answer of each round beside one that adds up alone."""
    alone_ms = fmean(value("alone", "uncached", "latency_ms.p50")(record))
    return [slowest_ms / alone_ms for slowest_ms in value("headline", "wrecked", "latency_ms.max")(record)]


TAIL = "latency_ms.p95"
CLAIMS = (
    Claim(
        "needs-its-cache", "Without a cache this page would keep {value} cores adding up.",
        each_round("alone", "uncached", lambda r: RATE_PER_S * r.layers_ms["postgres"] / 1e3), "cores", at_least=1.2,
    ),
    Claim(
        "tail", "One answer in twenty took at least {value} as long as the median one.",
        each_round("headline", "wrecked", lambda r: r.latency_ms.p95 / r.latency_ms.p50), "times", at_least=8, is_ratio=True,
    ),
    Claim(
        "median-says-nothing", "The wreck's median answer took {value} as long as the salvaged page's.",
        ratio("headline", "wrecked", "salvaged"), "times", at_most=4, is_ratio=True,
    ),
    Claim(
        "herd", "The league was added up {value} times a second, where once would do.",
        sums_per_s("wrecked"), "times a second", at_least=2.5, is_exact=True,
    ),
    Claim(
        "slows-itself", "In the herd the slowest answer took {value} as long as adding up takes alone.",
        slowest_beside_alone, "times", at_least=1.5, is_ratio=True,
    ),
    Claim(
        "longer-is-no-cure", "Kept for twice as long, the slowest answer still took {value} as long as before.",
        ratio("headline", "longer", "wrecked", "latency_ms.max"), "times", at_least=0.5, is_ratio=True,
    ),
    Claim(
        "jitter-is-no-cure", "With a lifetime drawn by lot the slowest answer still took {value} as long as before.",
        ratio("headline", "jitter", "wrecked", "latency_ms.max"), "times", at_least=0.5, is_ratio=True,
    ),
    Claim(
        "workers-are-no-cure", "With twice the workers the slowest answer took {value} as long as before.",
        ratio("headline", "more-workers", "wrecked", "latency_ms.max"), "times", at_least=0.8, is_ratio=True,
    ),
    Claim(
        "one-at-a-time", "With one at a time adding up, the slow answers came {value} as fast.",
        ratio("headline", "wrecked", "one-at-a-time", TAIL), "times", at_least=1.5, is_ratio=True,
    ),
    Claim(
        "once-is-enough", "With one at a time, the league was added up {value} times a second.",
        sums_per_s("one-at-a-time"), "times a second", at_most=1.4, is_exact=True,
    ),
    Claim(
        "salvage", "With the old sum for all but the one who adds up, the slow answers came {value} as fast.",
        ratio("headline", "wrecked", "salvaged", TAIL), "times", at_least=8, is_ratio=True,
    ),
    Claim(
        "salvaged-once", "Salvaged, the league was added up {value} times a second.",
        sums_per_s("salvaged"), "times a second", at_most=1.4, is_exact=True,
    ),
    Claim(
        "early-helps", "Renewed early and by lot, the slow answers came {value} as fast.",
        ratio("headline", "wrecked", "early", TAIL), "times", at_least=1.2, is_ratio=True,
    ),
    Claim(
        "database-rests", "The wreck's database used {value} as much of the processor as the salvaged one's.",
        ratio("headline", "wrecked", "salvaged", "cpu_s.postgres"), "times", at_least=1.5, is_ratio=True,
    ),
    Claim(
        "load-test-sees-nothing", "One answer in twenty took {value} as long as the load test says.",
        ratio_of_experiments(("headline", "wrecked"), ("load-test", "wrecked"), TAIL), "times", at_least=2.5, is_ratio=True,
    ),
    Claim(
        "same-answer", "All arms give {value} and the same answer.",
        distinct_answers("headline", "alone"), "answer", at_most=1, is_exact=True,
    ),
)  # fmt: skip

WRECK = Wreck(
    title="SS Thundering Herd",
    finding="An answer kept for a second was made again by everybody at once, each second.",
    arms=ARMS,
    paths=("/thundering-herd/10", "/thundering-herd/25"),
    experiments=EXPERIMENTS,
    claims=CLAIMS,
)
