"""The SS Truculent Query: one statement that reads everything to answer almost nothing."""

from scenarios.claims import distinct_answers, layer_share, ratio, ratio_of_experiments, value
from scenarios.wreck import Arm, Claim, ClosedLoop, Experiment, Figure, OpenLoop, Wreck

COVERING_INDEX = (
    "CREATE INDEX rolls_by_player ON tw_rolls (player_id, die_sides) INCLUDE (num_dice, result, bonus)"
)
TRIGRAM_INDEX = (
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    "CREATE INDEX players_by_login_trigram ON tw_players USING gin (login gin_trgm_ops)",
)

ARMS = (
    Arm("wrecked", "As it sank", "wrecked"),
    Arm("no-like", "Without LIKE", "without_like", removes="LIKE on an unindexed field"),
    Arm("trigram", "LIKE with a trigram index", "wrecked", removes="LIKE on an unindexed field", prepare=TRIGRAM_INDEX, needs_extension="pg_trgm"),
    Arm("no-join-back", "Without the join back", "without_join_back", removes="an unneeded join"),
    Arm("no-subquery", "Without the sub-query", "without_subquery", removes="a sub-query as the source"),
    Arm("covered", "The same SQL, rolls indexed", "wrecked", prepare=(COVERING_INDEX,)),
    Arm("rewrite", "Rewritten", "rewritten", removes="the sub-query and the join back"),
    Arm("rewrite-covered", "Rewritten, rolls indexed", "rewritten", prepare=(COVERING_INDEX,)),
    Arm("lateral-covered", "Lateral, rolls indexed", "lateral", prepare=(COVERING_INDEX,)),
)
ALL = tuple(arm.name for arm in ARMS if arm.name not in ("trigram", "lateral-covered"))
"""What is told at ten times the talk's size. LIKE's own index makes a difference too small for long answers: see talk-size."""
SALVAGED = "rewrite-covered"
CURVE = ("wrecked", "rewrite", SALVAGED)

# Each worker is warmed by a name that nobody has: it connects, compiles and plans, and reads next to nothing.
WARM = ("/truculent/nobody",)

# What a claim rests on has 5 rounds; what only draws a curve has one, and its caption says so.
# About 4 minutes in all on 2 cores: headline 1.8, clients 1, LIKE at the talk's size 0.6, other worlds and what comes after the traffic 0.8.
EXPERIMENTS = (
    Experiment(
        "headline", "Every arm", "deep", OpenLoop(rate_per_s=2, duration_s=1, arrivals="constant"), ALL,
        workers=3, warm_paths=WARM, keep_samples=True, keep_traces=True, keep_plans=True,
    ),
    # Small differences want several short answers, one at a time: a machine that others share is quiet now and then, not for seconds.
    Experiment(
        "talk-size", "LIKE at the talk's size", "talk", ClosedLoop(clients=1, duration_s=1.2), ("wrecked", "no-like", "trigram"),
        workers=3, warm_paths=WARM, keep_plans=True,
    ),
    Experiment("clients-1", "One client in a closed loop", "deep", ClosedLoop(clients=1, duration_s=1.5), ("wrecked",), workers=3, warm_paths=WARM),
    Experiment("clients-2", "Two clients in a closed loop", "deep", ClosedLoop(clients=2, duration_s=2), ("wrecked",), rounds=1, warm_paths=WARM),
    Experiment(
        "clients-5", "The talk's traffic: five clients in a closed loop", "deep", ClosedLoop(clients=5, duration_s=1.5), ("wrecked",),
        warm_paths=WARM, keep_samples=True, keep_traces=True,
    ),
    Experiment("clients-5-salvaged", "The same, salvaged", "deep", ClosedLoop(clients=5, duration_s=1.5), (SALVAGED,), rounds=1, warm_paths=WARM),
    Experiment(
        "another-way", "Another way to write it", "deep", OpenLoop(rate_per_s=2, duration_s=1, arrivals="constant"), ("lateral-covered",),
        rounds=1, workers=3, warm_paths=WARM, keep_plans=True,
    ),
    Experiment("rows-50k", "A tenth of the talk's", "tenth", ClosedLoop(clients=1, duration_s=1), CURVE, rounds=1, workers=3),
    Experiment("rows-500k", "The talk's size", "talk", ClosedLoop(clients=1, duration_s=1), CURVE, rounds=1, workers=3),
    Experiment("rows-5m", "Ten times the talk's", "deep", ClosedLoop(clients=1, duration_s=1), ("rewrite", SALVAGED), rounds=1, workers=3, warm_paths=WARM),
)

QUICKEST = "latency_ms.min"
"""What a page takes when nothing else wants the machine: the least noisy number there is (Chen and Revels, "Robust benchmarking
in noisy environments", 2016)."""

CLAIMS = (
    Claim(
        "mostly-database", "{value} of a request's time is spent in Postgres.",
        layer_share("headline", "wrecked", ["postgres"]), "share", at_least=0.8,
    ),
    Claim(
        "salvage", "Rewritten and indexed, the page answers {value} as fast.",
        ratio("headline", "wrecked", SALVAGED), "times", at_least=20, is_ratio=True,
    ),
    Claim(
        "like-is-innocent", "Taking LIKE away makes the page {value} as fast: it was not LIKE.",
        ratio("talk-size", "wrecked", "no-like", QUICKEST), "times", at_most=1.5, is_ratio=True,
    ),
    Claim(
        "trigram-is-no-cure", "Giving LIKE an index of its own makes the page {value} as fast.",
        ratio("talk-size", "wrecked", "trigram", QUICKEST), "times", at_most=1.5, is_ratio=True,
    ),
    Claim(
        "index-is-no-cure", "Indexing the rolls and leaving the SQL as it was makes the page {value} as fast.",
        ratio("headline", "wrecked", "covered"), "times", at_most=1.5, is_ratio=True,
    ),
    Claim(
        "join-back-alone", "Taking only the join back away makes the page {value} as fast.",
        ratio("headline", "wrecked", "no-join-back"), "times", at_least=2, is_ratio=True,
    ),
    Claim(
        "subquery-alone", "Taking only the sub-query away makes the page {value} as fast.",
        ratio("headline", "wrecked", "no-subquery"), "times", at_least=2, is_ratio=True,
    ),
    Claim(
        "rewrite-alone", "The rewrite alone makes the page {value} as fast.",
        ratio("headline", "wrecked", "rewrite"), "times", at_least=2, is_ratio=True,
    ),
    Claim(
        "queueing", "With the talk's five clients each answer takes {value} as long as with one.",
        ratio_of_experiments(("clients-5", "wrecked"), ("clients-1", "wrecked")), "times", at_least=1.8, is_ratio=True,
    ),
    Claim(
        "one-statement", "The page sends {value} statement a request: it is slow, not chatty.",
        value("headline", "wrecked", "statements_per_request"), "statements", at_most=1.5,
    ),
    Claim(
        "same-answer", "All arms give {value} and the same answer.",
        distinct_answers("headline"), "answer", at_most=1, is_exact=True,
    ),
    Claim(
        "same-answer-at-talk-size", "At the talk's size, too, all arms give {value} and the same answer.",
        distinct_answers("talk-size"), "answer", at_most=1, is_exact=True,
    ),
)

WRECK = Wreck(
    title="SS Truculent Query",
    finding="One statement read every roll ever made to answer a question about a few players.",
    arms=ARMS,
    paths=tuple(f"/truculent/{pattern}" for pattern in ("smith", "jones", "jon", "garcia", "nguyen", "mart", "hug")),
    experiments=EXPERIMENTS,
    claims=CLAIMS,
    logbook={
        "response": Figure(14, "s", "slide 29"),
        "slow-log": Figure(14, "s", "slide 33"),
        "clients": Figure(5, "clients", "slides 27-38"),
        "rolls": Figure(500_000, "rolls", "the talk's data"),
    },
    cast=("%smith%", "%jones%", "%jon%", "%garcia%", "%nguyen%", "%mart%", "%hug%"),
)
