"""The SS Highly Selective: a page that asks the database for one small thing, again and again."""

from scenarios.claims import Measure, distinct_answers, layer_share, ratio, value
from scenarios.wreck import Arm, Claim, ClosedLoop, Experiment, Figure, Wreck

FOREIGN_KEYS = (
    "CREATE INDEX rolls_by_game ON tw_rolls (game_id)",
    "CREATE INDEX seats_by_game ON tw_player_to_game (game_id)",
    "CREATE INDEX seats_by_player ON tw_player_to_game (player_id)",
)
MANY, MISSING = "a statement for every game", "the missing index"

ARMS = (
    Arm("wrecked", "Lazy", "wrecked"),
    Arm("indexed", "Lazy, indexed", "wrecked", removes=MISSING, prepare=FOREIGN_KEYS),
    Arm("selectin", "Select-in", "selectin", removes=MANY),
    Arm("selectin-indexed", "Select-in, indexed", "selectin", prepare=FOREIGN_KEYS),
    Arm("joined", "Joined", "joined", removes=MANY),
    Arm("joined-indexed", "Joined, indexed", "joined", prepare=FOREIGN_KEYS),
    Arm("aggregate", "Counted in SQL, game by game", "aggregate"),
    Arm("aggregate-indexed", "Counted in SQL, indexed", "aggregate", prepare=FOREIGN_KEYS),
    Arm("grouped", "Counted in SQL, in one pass", "grouped"),
)
ALL = tuple(arm.name for arm in ARMS)
INDEXED = ("indexed", "selectin-indexed", "joined-indexed", "aggregate-indexed")
SALVAGED = "aggregate-indexed"

NAMES = "gsmith ajones fgarcia cnguyen gjones jgarcia nnguyen tmartinez jmartinez amartin".split()
PATHS = tuple(f"/1000queries/{name}" for name in NAMES)
TALKS_PAGE = ("/1000queries/jgarcia",)
"""3 players in 51 games: the 106 statements of the talk's picture."""
# Nobody has this name: a worker connects and maps its classes, and reads next to nothing.
WARM = ("/1000queries/nobody1",)
# Two pages again and again, each as often as the others, for at least 0.4 s: quick arms come round twice or more, slow ones once.
TWO = PATHS[:2]
IN_TURN = ClosedLoop(clients=1, duration_s=0.4, whole=len(TWO))

# Under 3 minutes in all on 2 cores. A run is some 1.1 s and its traffic, for there is one worker to start.
#   headline       9 arms x 5 rounds                  50 s + 5 x 7 s: "wrecked" and "aggregate" take 3 s of these
#   round-trip-2   4 arms x 5 rounds                  22 s + 5 x 3 s
#   round-trip-05  4 arms x 1 round, for a curve       4 s + 3 s
#   one-page       3 arms x 1 round, for traces        4 s + 4 s, warming included
#   clients-5      2 arms x 1 round, ten workers       4 s + 5 s
# and 12 s for answers, plans, and what the indexes cost an insert.
EXPERIMENTS = (
    Experiment(
        "headline", "Two pages, one client", "talk", IN_TURN, ALL, workers=1, paths=TWO, warm_paths=WARM,
        keep_samples=True, keep_plans=True,
    ),
    Experiment(
        "round-trip-05", "Half a millisecond further away", "talk", IN_TURN, INDEXED, rounds=1, workers=1, paths=TWO,
        warm_paths=WARM, round_trip_ms=0.5,
    ),
    Experiment(
        "round-trip-2", "Two milliseconds further away", "talk", IN_TURN, INDEXED, workers=1, paths=TWO, warm_paths=WARM,
        round_trip_ms=2,
    ),
    Experiment(
        "one-page", "The talk's page of 106 queries", "talk", ClosedLoop(clients=1, duration_s=60, requests=1),
        ("wrecked", "indexed", "selectin-indexed"), rounds=1, workers=1, paths=TALKS_PAGE, keep_traces=True,
    ),
    Experiment(
        "clients-5", "The talk's traffic: five clients in a closed loop", "talk", ClosedLoop(clients=5, duration_s=60, requests=8),
        ("wrecked", SALVAGED), rounds=1, warm_paths=WARM,
    ),
)
MEAN = "latency_ms.mean"
"""Over the same two pages in every arm, so that long pages and short ones weigh alike."""
PYTHON = ["flask", "template", "sqlalchemy", "fetch"]


def saved(arm: str) -> Measure:
    """Return which share of the wreck's time an arm takes away, round by round."""
    return lambda record: [1 - 1 / times for times in ratio("headline", "wrecked", arm, MEAN)(record)]


def saved_by_either(record) -> list[float]:
    return [index + eager for index, eager in zip(saved("indexed")(record), saved("selectin")(record), strict=True)]


def index_worth(record) -> list[float]:
    """Return how many times more the index buys the lazy page than the one that selects in."""
    lazy, eager = ratio("headline", "wrecked", "indexed", MEAN)(record), ratio("headline", "selectin", "selectin-indexed", MEAN)(record)
    return [a / b for a, b in zip(lazy, eager, strict=True)]


def blocks(over: str, under: str) -> Measure:
    """Return the ratio of blocks looked at for a page, in memory or not, between two arms."""

    def looked_at(record, arm: str) -> list[float]:
        counted = (value("headline", arm, path)(record) for path in ("database.blocks_hit", "database.blocks_read", "requests"))
        return [(hit + read) / requests for hit, read, requests in zip(*counted, strict=True)]

    return lambda record: [a / b for a, b in zip(looked_at(record, over), looked_at(record, under), strict=True)]


def cost_of_a_millisecond(arm: str) -> Measure:
    """Return how many ms longer a page's statements are on their way for each ms that the measured round trip is longer."""

    def measure(record) -> list[float]:
        paths = ("layers_ms.sqlalchemy", "round_trip_ms")
        near, far = ([value(experiment, arm, path)(record) for path in paths] for experiment in ("headline", "round-trip-2"))
        return [(b - a) / (long - short) for a, short, b, long in zip(*near, *far, strict=True)]

    return measure


def ground_lost(record) -> list[float]:
    """Return how many times worse the lazy page compares with the join far from the database than near it."""
    far, near = (ratio(experiment, "indexed", "joined-indexed", MEAN)(record) for experiment in ("round-trip-2", "headline"))
    return [a / b for a, b in zip(far, near, strict=True)]


CLAIMS = (
    Claim(
        "many-statements", "The page sends {value} statements a request.",
        value("headline", "wrecked", "statements_per_request"), "statements", at_least=50, is_exact=True,
    ),
    Claim(
        "the-talks-page", "For jgarcia the page sends {value} statements.",
        value("one-page", "wrecked", "statements_per_request"), "statements", at_least=100, is_exact=True,
    ),
    Claim(
        "mostly-database", "{value} of its time is spent in Postgres.",
        layer_share("headline", "wrecked", ["postgres"]), "share", at_least=0.6,
    ),
    Claim("index-alone", "The index alone takes away {value} of the time.", saved("indexed"), "share", at_least=0.6),
    Claim("eager-alone", "Few statements alone, without any index, take away {value} of the time.", saved("selectin"), "share", at_least=0.6),
    Claim("blame-overlaps", "The two savings together come to {value} of all the time there was.", saved_by_either, "share", at_least=1.1),
    Claim(
        "index-when-lazy", "The index makes {value} more difference to the lazy page than to the one that selects in.",
        index_worth, "times", at_least=1.5, is_ratio=True,
    ),
    Claim(
        "eager-when-indexed", "With the index there, few statements still make the page {value} as fast.",
        ratio("headline", "indexed", "selectin-indexed", MEAN), "times", at_least=1, is_ratio=True,
    ),
    Claim(
        "python-is-left", "With both mended, {value} of what remains is Python.",
        layer_share("headline", "selectin-indexed", PYTHON), "share", at_least=0.5,
    ),
    Claim(
        "one-is-no-better", "Without the index the one query takes {value} the time of the wreck's dozens.",
        ratio("headline", "aggregate", "wrecked", MEAN), "times", at_least=0.5, is_ratio=True,
    ),
    Claim(
        "same-blocks", "Game by game in one statement, Postgres looks at {value} as many blocks as for the wreck.",
        blocks("aggregate", "wrecked"), "times", at_least=0.9, is_ratio=True, is_exact=True,
    ),
    Claim(
        "one-pass", "The same answer asked for in one pass over the rolls comes {value} as fast, without any index.",
        ratio("headline", "aggregate", "grouped", MEAN), "times", at_least=4, is_ratio=True,
    ),
    Claim(
        "rows-multiply", "Joined, the database sends {value} as many rows for the same objects.",
        ratio("headline", "joined", "selectin", "rows_per_request"), "times", at_least=3, is_ratio=True, is_exact=True,
    ),
    Claim(
        "joined-no-better-near",
        "Next door to the database the join is no better: it takes {value} as long as asking for one thing after another.",
        ratio("headline", "joined-indexed", "indexed", MEAN), "times", at_least=1.0, is_ratio=True,
    ),
    Claim(
        "joined-wins-far", "Two milliseconds away, asking for one thing after another takes {value} as long as the join.",
        ratio("round-trip-2", "indexed", "joined-indexed", MEAN), "times", at_least=1, is_ratio=True,
    ),
    Claim(
        "ground-lost", "On the way there the lazy page lost ground to the join: it compares {value} worse than next door.",
        ground_lost, "times", at_least=1.3, is_ratio=True,
    ),
    Claim(
        "each-millisecond", "Each millisecond of round trip costs the lazy page {value}.",
        cost_of_a_millisecond("indexed"), "ms", at_least=40,
    ),
    Claim(
        "one-does-not-mind", "A millisecond of round trip costs the one query {value}.",
        cost_of_a_millisecond(SALVAGED), "ms", at_most=20,
    ),
    Claim(
        "salvage", "Counted by the database, with the index, the page answers {value} as fast.",
        ratio("headline", "wrecked", SALVAGED, MEAN), "times", at_least=20, is_ratio=True,
    ),
    Claim(
        "same-answer", "All arms give {value} and the same answer.",
        distinct_answers("headline"), "answer", at_most=1, is_exact=True,
    ),
)

WRECK = Wreck(
    title="SS Highly Selective",
    finding="A page asked two small questions about every game, and each was answered by reading everything.",
    arms=ARMS,
    paths=PATHS,
    experiments=EXPERIMENTS,
    claims=CLAIMS,
    logbook={
        "response": Figure(4.2, "s", "slide 41"),
        "extents": Figure(106, "queries", "slides 46-47"),
        "clients": Figure(5, "clients", "slides 39-50"),
        "rolls": Figure(500_000, "rolls", "the talk's data"),
    },
    cast=tuple(f"{name}%" for name in NAMES),
)
