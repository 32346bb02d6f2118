"""SS Dry Well: a page that holds one connection while it waits for another, from a pool with one for each thread."""

from scenarios.claims import Measure, distinct_answers, each_round, layer_share, ratio, value
from scenarios.wreck import Arm, Claim, ClosedLoop, Experiment, Wreck

SEATS_INDEXED = ("CREATE INDEX seats_by_player ON tw_player_to_game (player_id)",)


def threads(count: int) -> tuple[str, ...]:
    """Return gunicorn's options for a worker of so many threads, which share one pool."""
    return ("--worker-class", "gthread", "--threads", str(count))


def pool(size: int, timeout_s: float = 1) -> tuple[tuple[str, str], ...]:
    """Return the application's settings for a pool of so many connections, and how long a thread waits for one."""
    return (("POOL_SIZE", str(size)), ("POOL_TIMEOUT_S", str(timeout_s)))


EIGHT, SIXTEEN = threads(8), threads(16)
ARMS = (
    Arm("wrecked", "Eight threads, eight connections", "wrecked", gunicorn=EIGHT, environment=pool(8)),
    Arm("indexed", "A quicker query", "wrecked", removes="a slow query", prepare=SEATS_INDEXED, gunicorn=EIGHT, environment=pool(8)),
    Arm("threads-16", "Sixteen threads", "wrecked", removes="too few threads", gunicorn=SIXTEEN, environment=pool(8)),
    Arm("pool-9", "Nine connections", "wrecked", removes="a pool with none to spare", gunicorn=EIGHT, environment=pool(9)),
    Arm("both-16", "Sixteen of either", "wrecked", gunicorn=SIXTEEN, environment=pool(16)),
    Arm("impatient", "A tenth of the patience", "wrecked", gunicorn=EIGHT, environment=pool(8, 0.1)),
    Arm("given-back", "One given back, then another", "given_back", gunicorn=EIGHT, environment=pool(8)),
    Arm("salvaged", "One connection a request", "salvaged", gunicorn=EIGHT, environment=pool(8)),
    # A process of one thread, as the instruments need it to tell whose time it was: the same wreck, one request at a time.
    Arm("alone", "As it sank, a pool of one", "wrecked", environment=pool(1)),
    Arm("alone-salvaged", "One connection, a pool of one", "salvaged", environment=pool(1)),
)
HEADLINE = ("wrecked", "indexed", "threads-16", "pool-9", "salvaged")
MORE = ("both-16", "impatient", "given-back")
ALONE = ("alone", "alone-salvaged")

# What waits for what is the subject, so loops are closed: two dozen people, each of whom asks again once answered.
CROWD = ClosedLoop(clients=24, duration_s=2)
# Spans tell one request of a process at a time. Where threads share it they are off: layers and traces are of "alone".
EXPERIMENTS = (
    Experiment("headline", "Two dozen clients", "tenth", CROWD, HEADLINE, workers=1, probes=False, keep_samples=True, keep_plans=True),
    Experiment("more", "Two dozen clients, what else was tried", "tenth", CROWD, MORE, rounds=1, workers=1, probes=False),
    Experiment(
        "alone", "One client, one thread, a pool of one", "tenth", ClosedLoop(clients=1, duration_s=60, requests=2), ALONE,
        rounds=1, workers=1, keep_samples=True, keep_traces=True,
    ),
    *(
        Experiment(
            f"clients-{count}", f"{count} client{'s' if count > 1 else ''}", "tenth", ClosedLoop(count, duration_s=1.2), ("wrecked",),
            rounds=1, workers=1, probes=False,
        )
        for count in (1, 4, 7, 10)
    ),
)  # fmt: skip
MEAN = "latency_ms.mean"
"""Errors are answers too: in a closed loop it is the clients divided by all answers a second."""


def failed(round_) -> float:
    """Return how many requests of a round were not answered with 200."""
    return float(round_.requests - round_.statuses.get("200", 0))


def failed_share(round_) -> float:
    return failed(round_) / round_.requests


def postgres_cores(round_) -> float:
    """Return how many cores the database's processes kept busy, on average over the traffic."""
    return round_.cpu_s["postgres"] / round_.duration_s


def good_answers(over: str, under: str) -> Measure:
    """Return the ratio of good answers a second between two arms of the same round."""

    def good_per_s(record, arm: str) -> list[float]:
        return each_round("headline", arm, lambda r: r.statuses.get("200", 0) / r.duration_s)(record)

    return lambda record: [a / b for a, b in zip(good_per_s(record, over), good_per_s(record, under), strict=True)]


def times_failed(over: str, under: str) -> Measure:
    """Return the ratio of the shares of answers that were errors, between two arms of the same round."""
    shares = [each_round("headline", arm, failed_share) for arm in (over, under)]
    return lambda record: [a / b for a, b in zip(*(share(record) for share in shares), strict=True)]


CLAIMS = (
    Claim(
        "stalls", "In every round somebody waited a second or longer; the slowest answer took {value}.",
        value("headline", "wrecked", "latency_ms.max"), "ms", at_least=1000, is_exact=True,
    ),
    Claim(
        "errors", "{value} answers of a round were errors.",
        each_round("headline", "wrecked", failed), "answers", at_least=1, is_exact=True,
    ),
    Claim(
        "postgres-is-idle", "All the while Postgres used {value} of a core.",
        each_round("headline", "wrecked", postgres_cores), "share", at_most=0.4,
    ),
    Claim(
        "query-is-innocent", "With an index for its slowest query, {value} answers of a round were still errors.",
        each_round("headline", "indexed", failed), "answers", at_least=1, is_exact=True,
    ),
    Claim(
        "threads-fail-more", "With twice the threads, errors were {value} as large a share of all answers.",
        times_failed("threads-16", "wrecked"), "times", at_least=2, is_ratio=True,
    ),
    Claim(
        "one-more", "With one connection more the page answers {value} as fast.",
        ratio("headline", "wrecked", "pool-9", MEAN), "times", at_least=1.5, is_ratio=True,
    ),
    Claim(
        "one-more-serves-all", "With nine connections for eight threads {value} answers were errors.",
        each_round("headline", "pool-9", failed), "answers", at_most=0, is_exact=True,
    ),
    Claim(
        "both-sink", "With sixteen threads and sixteen connections {value} answers of the round were errors.",
        each_round("more", "both-16", failed), "answers", at_least=1, is_exact=True,
    ),
    Claim(
        "impatience-still-fails", "Told to wait a tenth as long, {value} of all answers are errors.",
        each_round("more", "impatient", failed_share), "share", at_least=0.02, is_exact=True,
    ),
    Claim(
        "given-back-serves-all", "Where the first connection is given back before the second is taken, {value} answers were errors.",
        each_round("more", "given-back", failed), "answers", at_most=0, is_exact=True,
    ),
    Claim(
        "seven-are-safe", "Seven clients got {value} errors.",
        each_round("clients-7", "wrecked", failed), "errors", at_most=0, is_exact=True,
    ),
    Claim(
        "ten-are-not", "With ten clients the slowest answer took {value}.",
        value("clients-10", "wrecked", "latency_ms.max"), "ms", at_least=1000, is_exact=True,
    ),
    Claim(
        "alone-it-fails", "With a pool of one and nobody else there, {value} of its requests fail.",
        each_round("alone", "alone", failed_share), "share", at_least=1, is_exact=True,
    ),
    Claim(
        "not-the-database", "Of its time, {value} is spent in the database or on the way there and back.",
        layer_share("alone", "alone", ["sqlalchemy", "fetch", "postgres"]), "share", at_most=0.2, is_exact=True,
    ),
    Claim(
        "alone-salvaged-answers", "With the same pool of one, one connection a request: {value} fail.",
        each_round("alone", "alone-salvaged", failed_share), "share", at_most=0, is_exact=True,
    ),
    Claim(
        "salvage", "With one connection a request the page answers {value} as fast.",
        ratio("headline", "wrecked", "salvaged", MEAN), "times", at_least=2, is_ratio=True,
    ),
    Claim(
        "salvage-serves-all", "And {value} answers were errors.",
        each_round("headline", "salvaged", failed), "answers", at_most=0, is_exact=True,
    ),
    Claim(
        "serves-more", "It gives {value} as many good answers a second.",
        good_answers("salvaged", "wrecked"), "times", at_least=2, is_ratio=True,
    ),
    Claim(
        "same-answer", "All arms of the ladder give {value} and the same answer.",
        distinct_answers("headline"), "answer", at_most=1, is_exact=True,
    ),
)  # fmt: skip

WRECK = Wreck(
    title="SS Dry Well",
    finding="Every thread held a connection and waited for one more, and the database had nothing to do.",
    arms=ARMS,
    paths=tuple(f"/dry-well/{player}" for player in range(1, 9)),
    experiments=EXPERIMENTS,
    claims=CLAIMS,
)
