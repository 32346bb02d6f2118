"""The SS Thundering Herd: an answer kept for a second, and what happens in the moment when it is too old."""

from scenarios.claims import Measure, distinct_answers, each_round, ratio, ratio_of_experiments, statement_calls, statement_mean_ms
from scenarios.wreck import Arm, Claim, ClosedLoop, Experiment, OpenLoop, Wreck

CACHE = "CREATE UNLOGGED TABLE tw_cache (name text PRIMARY KEY, value json NOT NULL, until timestamptz NOT NULL)"


def its_own(arm: str) -> tuple[str, ...]:
    """Return what makes an arm's cache. The remark keeps arms from sharing one: a full cache would hide how the league is added up."""
    return (CACHE, f"COMMENT ON TABLE tw_cache IS 'of the arm {arm}'")


ARMS = (
    Arm("wrecked", "As it sank", "wrecked", prepare=its_own("wrecked")),
    Arm("longer", "Kept for twice as long", "longer", removes="a lifetime too short", prepare=its_own("longer")),
    Arm("jitter", "A lifetime drawn by lot", "jittered", removes="one moment for all", prepare=its_own("jitter")),
    Arm("more-workers", "Twice the workers", "wrecked", removes="too few workers", prepare=its_own("more-workers"), workers=16),
    Arm("one-at-a-time", "One adds up, others wait", "one_at_a_time", removes="all adding up at once", prepare=its_own("one-at-a-time")),
    Arm("salvaged", "One adds up, others have the old", "salvaged", prepare=its_own("salvaged")),
)
RATE_PER_S = 50

EXPERIMENTS = (
    # A run is longer than the longest lifetime, so that the sum runs out in every arm, and too short for that to happen more than thrice.
    # Requests come evenly, for how many meet a sum that has run out would be luck otherwise.
    Experiment(
        "headline", "Every arm", "tenth",
        OpenLoop(rate_per_s=RATE_PER_S, duration_s=2.5, arrivals="constant"), tuple(arm.name for arm in ARMS),
        workers=8, fresh_data=True, keep_samples=True, keep_traces=True, keep_plans=True,
    ),
    # The same page as a load test sees it whose clients wait.
    Experiment(
        "load-test", "Five clients that wait for each answer", "tenth", ClosedLoop(clients=5, duration_s=1.5), ("wrecked",),
        workers=8, fresh_data=True,
    ),
)  # fmt: skip

TAIL = "latency_ms.p95"
SLOWEST = "latency_ms.max"
ONCE_A_LIFETIME = 3
"""In a run, at most."""


def sums(arm: str) -> Measure:
    """Return how often a run of an arm added the league up: no other statement reads rolls."""
    return statement_calls("headline", arm, "tw_rolls")


def cores_without_cache(record) -> list[float]:
    """Return how many cores would be busy if each request added up, by what that takes where only one at a time does."""
    return [RATE_PER_S * took_ms / 1e3 for took_ms in statement_mean_ms("headline", "salvaged", "tw_rolls")(record)]


CLAIMS = (
    Claim(
        "needs-its-cache", "Added up for every request, the league would keep {value} cores busy.",
        cores_without_cache, "cores", at_least=1.5, is_exact=True,
    ),
    Claim(
        "tail", "One answer in twenty took at least {value} as long as the median one.",
        each_round("headline", "wrecked", lambda r: r.latency_ms.p95 / r.latency_ms.p50), "times", at_least=5, is_ratio=True,
    ),
    Claim(
        "median-says-nothing", "The wreck's median answer took {value} as long as the salvaged page's.",
        ratio("headline", "wrecked", "salvaged"), "times", at_most=3, is_ratio=True,
    ),
    Claim("herd", "In a run the league was added up {value}.", sums("wrecked"), "times", at_least=ONCE_A_LIFETIME + 1, is_exact=True),
    Claim(
        "longer-is-no-cure", "Kept for twice as long, the slowest answer still took {value} as long as before.",
        ratio("headline", "longer", "wrecked", SLOWEST), "times", at_least=0.5, is_ratio=True,
    ),
    Claim(
        "jitter-is-no-cure", "With a lifetime drawn by lot, the slowest answer still took {value} as long as before.",
        ratio("headline", "jitter", "wrecked", SLOWEST), "times", at_least=0.5, is_ratio=True,
    ),
    Claim(
        "workers-are-no-cure", "With twice the workers, the slowest answer still took {value} as long as before.",
        ratio("headline", "more-workers", "wrecked", SLOWEST), "times", at_least=0.5, is_ratio=True,
    ),
    Claim(
        "once-is-enough", "With one at a time adding up, the league was added up {value} in a run.",
        sums("one-at-a-time"), "times", at_most=ONCE_A_LIFETIME, is_exact=True,
    ),
    Claim(
        "one-at-a-time", "With one at a time adding up, the slow answers came {value} as fast.",
        ratio("headline", "wrecked", "one-at-a-time", TAIL), "times", at_least=1.2, is_ratio=True,
    ),
    Claim(
        "salvaged-once", "Salvaged, the league was added up {value} in a run.",
        sums("salvaged"), "times", at_most=ONCE_A_LIFETIME, is_exact=True,
    ),
    Claim(
        "salvage", "With the old league for all but the one who adds up, the slow answers came {value} as fast.",
        ratio("headline", "wrecked", "salvaged", TAIL), "times", at_least=5, is_ratio=True,
    ),
    Claim(
        "database-rests", "The wreck's database used {value} as much of the processor as the salvaged page's.",
        ratio("headline", "wrecked", "salvaged", "cpu_s.postgres"), "times", at_least=1.5, is_ratio=True,
    ),
    Claim(
        "load-test-sees-nothing", "One answer in twenty took {value} as long as the load test says.",
        ratio_of_experiments(("headline", "wrecked"), ("load-test", "wrecked"), TAIL), "times", at_least=2.5, is_ratio=True,
    ),
    Claim("same-answer", "All arms give {value} and the same answer.", distinct_answers("headline"), "answer", at_most=1, is_exact=True),
)  # fmt: skip

WRECK = Wreck(
    title="SS Thundering Herd",
    finding="An answer kept for a second was made again by everybody at once, each second.",
    arms=ARMS,
    paths=("/thundering-herd/10", "/thundering-herd/25"),
    experiments=EXPERIMENTS,
    claims=CLAIMS,
)
