"""The SS Old Charts: a season was loaded, and the planner still steers by what it counted before."""

from scenarios.claims import Measure, distinct_answers, layer_share, ratio, ratio_of_experiments, value
from scenarios.wreck import Arm, Claim, ClosedLoop, Experiment, OpenLoop, Wreck

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
    """
    DO $$ BEGIN
        IF current_setting('server_version_num')::int >= 150000 THEN PERFORM pg_stat_force_next_flush(); END IF;
    END $$
    """,
    "VACUUM (ANALYZE) tw_arrived, tw_scores",
)
LOADED = (*BEFORE, f"INSERT INTO tw_scores SELECT * FROM tw_arrived WHERE season = {SEASONS}")
ARMS = (
    Arm("wrecked", "As it sank", "wrecked", prepare=LOADED),
    Arm("vacuumed", "The table vacuumed", "wrecked", removes="an untidy table", prepare=(*LOADED, "VACUUM tw_scores")),
    Arm(
        "indexed", "Games indexed within seasons", "wrecked", removes="a missing index",
        prepare=(*LOADED, "CREATE INDEX scores_by_season_game ON tw_scores (season, game_id)"),
    ),
    Arm("rewritten", "Not joined to itself", "rewritten", removes="a self-join", prepare=LOADED),
    Arm("salvaged", "Loaded and analysed", "wrecked", removes="old statistics", prepare=(*LOADED, "ANALYZE tw_scores")),
    Arm("no-nested-loop", "Nested loops forbidden", "without_nested_loop", prepare=LOADED),
    Arm("load", "A season loaded", "loaded", prepare=BEFORE),
    Arm("load-analysed", "A season loaded, and the table analysed", "loaded_and_analysed", prepare=BEFORE),
)
ALL = ("wrecked", "vacuumed", "indexed", "rewritten", "salvaged")
NEWEST, BEFORE_IT = f"/old-charts/{SEASONS}", f"/old-charts/{SEASONS - 1}"

# Each worker is warmed by a season that was never played: it connects, compiles and plans, and finds nothing.
WARM = ("/old-charts/0",)
EVENLY = OpenLoop(rate_per_s=2, duration_s=1, arrivals="constant")

# Under 2 minutes in all on 2 cores: 9 runs a round, each some 1.1 s beside its traffic.
EXPERIMENTS = (
    Experiment(
        "headline", "The newest season", "talk", EVENLY, ALL,
        workers=2, warm_paths=WARM, keep_samples=True, keep_traces=True, keep_plans=True,
    ),
    Experiment("season-before", "The season before it", "talk", EVENLY, ("wrecked",), workers=2, paths=(BEFORE_IT,), warm_paths=WARM),
    # Apart from the others: the setting is the transaction's own, and a plan asked for outside of it would not know of it.
    Experiment("told-not-to", "The newest season, nested loops forbidden", "talk", EVENLY, ("no-nested-loop",), workers=2, warm_paths=WARM),
    # The loads write: each run begins on a table without the newest season.
    Experiment(
        "loading", "The newest season loaded again and again", "talk", ClosedLoop(clients=1, duration_s=0.5), ("load", "load-analysed"),
        workers=1, warm_paths=WARM, fresh_data=True,
    ),
)
P50, QUICKEST = "latency_ms.p50", "latency_ms.min"
"""The quickest is what a page takes when nothing else wants the machine: for differences that should be none."""


def blocks(arm: str) -> Measure:
    """Return how many blocks a request looks at, in memory or not."""

    def measure(record) -> list[float]:
        counted = (value("headline", arm, path)(record) for path in ("database.blocks_hit", "database.blocks_read", "requests"))
        return [(hit + read) / requests for hit, read, requests in zip(*counted, strict=True)]

    return measure


def more_blocks(record) -> list[float]:
    """Return how many times as many blocks the wreck looks at as the same statement does once the table is analysed."""
    return [a / b for a, b in zip(blocks("wrecked")(record), blocks("salvaged")(record), strict=True)]


def last_to_first(record) -> list[float]:
    """Return how long the wreck's quickest answer took in the last round, to the first: near 0 had somebody mended it meanwhile."""
    took_ms = value("headline", "wrecked", QUICKEST)(record)
    return [took_ms[-1] / took_ms[0]]


def price(record) -> list[float]:
    """Return what ANALYZE adds to a load, as a share of what it saves on a single page."""
    arms = (("loading", "load"), ("loading", "load-analysed"), ("headline", "wrecked"), ("headline", "salvaged"))
    rounds = zip(*(value(experiment, arm, P50)(record) for experiment, arm in arms), strict=True)
    return [(analysed - load) / (wrecked - salvaged) for load, analysed, wrecked, salvaged in rounds]


CLAIMS = (
    Claim(
        "mostly-database", "{value} of a request's time is spent in Postgres.",
        layer_share("headline", "wrecked", ["postgres"]), "share", at_least=0.6,
    ),
    Claim(
        "one-statement", "The page sends {value} statement a request.",
        value("headline", "wrecked", "statements_per_request"), "statement", at_most=1, is_exact=True,
    ),
    Claim(
        "season-before", "Of the season before, the same page from the same table answers {value} as fast.",
        ratio_of_experiments(("headline", "wrecked"), ("season-before", "wrecked")), "times", at_least=5, is_ratio=True,
    ),
    Claim(
        "blocks", "For its ten lines the wreck looks at {value} as many blocks as the same statement does once the table is analysed.",
        more_blocks, "times", at_least=20, is_ratio=True, is_exact=True,
    ),
    Claim(
        "vacuum-is-no-cure", "Vacuumed after the load, the page answers {value} as fast: it was not disorder.",
        ratio("headline", "wrecked", "vacuumed", QUICKEST), "times", at_most=1.5, is_ratio=True,
    ),
    Claim(
        "unused-index", "With the games indexed within each season, the page answers {value} as fast: no index was missing.",
        ratio("headline", "wrecked", "indexed", QUICKEST), "times", at_most=1.5, is_ratio=True,
    ),
    Claim(
        "rewrite", "Not joined to itself, the page answers {value} as fast.",
        ratio("headline", "wrecked", "rewritten"), "times", at_least=5, is_ratio=True,
    ),
    Claim(
        "told-not-to", "With nested loops forbidden, and nothing else changed, the page answers {value} as fast.",
        ratio_of_experiments(("headline", "wrecked"), ("told-not-to", "no-nested-loop")), "times", at_least=5, is_ratio=True,
    ),
    Claim(
        "salvage", "With the table analysed after the load, the same statement over the same rows is answered {value} as fast.",
        ratio("headline", "wrecked", "salvaged"), "times", at_least=10, is_ratio=True,
    ),
    Claim(
        "does-not-heal", "In the last round the wreck still took {value} as long as in the first.",
        last_to_first, "times", at_least=0.5, is_ratio=True, is_exact=True,
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
