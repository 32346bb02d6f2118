"""The SS Old Charts: a season was loaded, and the planner still steers by what it counted before."""

from scenarios.claims import Measure, distinct_answers, layer_share, misjudged, ratio, ratio_of_experiments, statements, value
from scenarios.wreck import Arm, Claim, ClosedLoop, Experiment, Wreck

SEASONS = 15
"""As many games in each. The newest adds a fourteenth to the table: less than the tenth at which autovacuum counts anew."""

# A table of the wreck's own: what it makes of the dice world's four is analysed once ``prepare`` is through. Here it is the
# last statement of BEFORE that counts, and what comes after is unknown to the planner, as it is after a job that only inserts.
BEFORE = (
    "CREATE TABLE tw_arrived (season int NOT NULL, game_id int NOT NULL, player_id int NOT NULL, points int NOT NULL)",
    f"""
    INSERT INTO tw_arrived
    SELECT 1 + (game_id - 1) * {SEASONS} / (SELECT count(*) FROM tw_games), game_id, player_id, sum(result)
    FROM tw_rolls GROUP BY game_id, player_id ORDER BY game_id, player_id
    """,
    "CREATE TABLE tw_scores (LIKE tw_arrived)",
    f"INSERT INTO tw_scores SELECT * FROM tw_arrived WHERE season < {SEASONS}",
    "CREATE INDEX scores_by_season ON tw_scores (season)",
    # A session tells how much it has changed now and then. Told after the next statement, it would pass for changes made since.
    "SELECT pg_stat_force_next_flush()",
    "VACUUM (ANALYZE) tw_arrived, tw_scores",
)
LOADED = (*BEFORE, f"INSERT INTO tw_scores SELECT * FROM tw_arrived WHERE season = {SEASONS}")
ARMS = (
    Arm("wrecked", "As it sank", "wrecked", prepare=LOADED),
    Arm("vacuumed", "The table vacuumed", "wrecked", removes="an untidy table", prepare=(*LOADED, "VACUUM tw_scores")),
    Arm(
        "indexed", "Games indexed", "wrecked", removes="a missing index",
        prepare=(*LOADED, "CREATE INDEX scores_by_game ON tw_scores (game_id)"),
    ),
    Arm("rewritten", "Not joined to itself", "rewritten", removes="a self-join", prepare=LOADED),
    Arm(
        "no-nested-loop", "Nested loops forbidden", "wrecked", removes="a way to join",
        prepare=LOADED, database_options="-c enable_nestloop=off",
    ),
    Arm("salvaged", "Loaded and analysed", "wrecked", removes="old statistics", prepare=(*LOADED, "ANALYZE tw_scores")),
    Arm("load", "A season loaded", "loaded", prepare=BEFORE),
    Arm("load-analysed", "A season loaded, and the table analysed", "loaded_and_analysed", prepare=BEFORE),
)
ALL = ("wrecked", "vacuumed", "indexed", "rewritten", "no-nested-loop", "salvaged")
NEWEST, BEFORE_IT = f"/old-charts/{SEASONS}", f"/old-charts/{SEASONS - 1}"

# The worker is warmed by a season that was never played: it connects, compiles and plans, and finds nothing.
WARM = ("/old-charts/0",)
# What a page costs, and not how long a line of people gets: one client, who has it in the end, however slow the machine.
ALONE = ClosedLoop(clients=1, duration_s=0.8)

# 2 minutes in all on 2 cores: 9 runs a round, each some 1.5 s beside its traffic.
EXPERIMENTS = (
    Experiment(
        "headline", "The newest season", "talk", ALONE, ALL,
        workers=1, warm_paths=WARM, keep_samples=True, keep_traces=True, keep_plans=True,
    ),
    Experiment("season-before", "The season before it", "talk", ALONE, ("wrecked",), workers=1, paths=(BEFORE_IT,), warm_paths=WARM),
    # The loads write: each run begins on a table without the newest season.
    Experiment(
        "loading", "The newest season loaded again and again", "talk", ALONE, ("load", "load-analysed"),
        workers=1, warm_paths=WARM, fresh_data=True,
    ),
)
P50 = "latency_ms.p50"


def blocks(record, arm: str) -> float:
    """Return how many blocks the page's statement looks at, in memory or not: a count, whatever the machine's speed."""
    found = statements(record, "headline", arm, "tw_scores")
    return sum(each.shared_blocks_hit + each.shared_blocks_read for each in found) / sum(each.calls for each in found)


def more_blocks(over: str, under: str) -> Measure:
    """Return how many times as many blocks one arm looks at as another: one value, over all rounds."""
    return lambda record: [blocks(record, over) / blocks(record, under)]


def in_the_last_round(record) -> list[float]:
    """Return how many times as long as the analysed table's the wreck's answers take at last: near 1 had somebody mended it meanwhile."""
    return ratio("headline", "wrecked", "salvaged")(record)[-1:]


def price(record) -> list[float]:
    """Return what ANALYZE adds to a load, as a share of what it saves on a single page."""
    arms = (("loading", "load"), ("loading", "load-analysed"), ("headline", "wrecked"), ("headline", "salvaged"))
    rounds = zip(*(value(experiment, arm, P50)(record) for experiment, arm in arms), strict=True)
    return [(analysed - load) / (wrecked - salvaged) for load, analysed, wrecked, salvaged in rounds]


CLAIMS = (
    Claim(
        "mostly-database", "{value} of a request's time is spent in Postgres.",
        layer_share("headline", "wrecked", ["postgres"]), "share", at_least=0.8,
    ),
    Claim(
        "one-statement", "The page sends {value} statement a request.",
        value("headline", "wrecked", "statements_per_request"), "statement", at_most=1, is_exact=True,
    ),
    Claim(
        "season-before", "Of the season before, the same page from the same table answers {value} as fast.",
        ratio_of_experiments(("headline", "wrecked"), ("season-before", "wrecked")), "times", at_least=10, is_ratio=True,
    ),
    Claim(
        "vacuum-is-no-cure", "With the table vacuumed, Postgres looks at {value} of the blocks that the wreck looks at.",
        more_blocks("vacuumed", "wrecked"), "share", at_least=0.9, is_exact=True,
    ),
    Claim(
        "unused-index", "With the games indexed, it looks at {value} of them.",
        more_blocks("indexed", "wrecked"), "share", at_least=0.9, is_exact=True,
    ),
    Claim(
        "rewrite", "Not joined to itself, the page answers {value} as fast.",
        ratio("headline", "wrecked", "rewritten"), "times", at_least=10, is_ratio=True,
    ),
    Claim(
        "told-not-to", "With nested loops forbidden, and nothing else changed, the page answers {value} as fast.",
        ratio("headline", "wrecked", "no-nested-loop"), "times", at_least=10, is_ratio=True,
    ),
    Claim(
        "misjudged", "In the wreck's plan the worst guess of a number of rows is {value} off.",
        misjudged("headline", "wrecked"), "times", at_least=500, is_exact=True,
    ),
    Claim(
        "rewrite-is-no-wiser", "In the plan of the rewritten statement the worst guess is still {value} off.",
        misjudged("headline", "rewritten"), "times", at_least=500, is_exact=True,
    ),
    Claim(
        "guesses-well", "In the plan over the analysed table the worst guess is {value} off.",
        misjudged("headline", "salvaged"), "times", at_most=100, is_exact=True,
    ),
    Claim(
        "salvage", "With the table analysed after the load, the same statement over the same rows is answered {value} as fast.",
        ratio("headline", "wrecked", "salvaged"), "times", at_least=10, is_ratio=True,
    ),
    Claim(
        "blocks", "For the same ten lines the wreck looks at {value} as many blocks.",
        more_blocks("wrecked", "salvaged"), "times", at_least=50, is_exact=True,
    ),
    Claim(
        "does-not-heal", "In the last round the wreck still took {value} as long as the page over the analysed table.",
        in_the_last_round, "times", at_least=5, is_exact=True,
    ),
    Claim("price", "ANALYZE adds to the load {value} of what it saves on a single page.", price, "share", at_most=0.5),
    Claim(
        "same-answer", "All arms give {value} and the same answer.",
        distinct_answers("headline"), "answer", at_most=1, is_exact=True,
    ),
)

WRECK = Wreck(
    title="SS Old Charts",
    finding="A season was loaded, and the planner steered by what it had counted before.",
    arms=ARMS,
    paths=(NEWEST,),
    experiments=EXPERIMENTS,
    claims=CLAIMS,
    answer_paths=(NEWEST, BEFORE_IT, "/old-charts/1", *WARM),
)
