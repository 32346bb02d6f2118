"""SS Dry Well: a page that holds one connection while it waits for another, from a pool with one for each thread."""

from scenarios.claims import distinct_answers, each_round, layer_share, ratio, value
from scenarios.wreck import Arm, Claim, ClosedLoop, Experiment, Pool, Wreck

PATIENCE_S = 0.5
"""How long a thread waits for a connection. SQLAlchemy's own default is thirty seconds, and a run that long would show no more."""
SEATS_INDEXED = ("CREATE INDEX seats_by_player ON tw_player_to_game (player_id)",)


def arm(
    name: str, title: str, handler: str = "wrecked", *,
    threads: int = 4, size: int = 4, timeout_s: float = PATIENCE_S, **more,
) -> Arm:  # fmt: skip
    """Return an arm of one process whose threads share one pool."""
    # suspect 3: four threads, and as many connections, and none beyond
    gunicorn = ("--worker-class", "gthread", "--threads", str(threads))
    pool = Pool(size=size, max_overflow=0, timeout_s=timeout_s)

    return Arm(name, title, handler, gunicorn=gunicorn, pool=pool, **more)


ARMS = (
    arm("wrecked", "Four threads, four connections"),
    arm("indexed", "A quicker query", removes="a slow query", prepare=SEATS_INDEXED),
    arm("threads-8", "Eight threads", removes="too few threads", threads=8),
    arm("pool-5", "Five connections", removes="a pool with none to spare", size=5),
    arm("salvaged", "One connection a request", "salvaged", removes="a second connection"),
    arm("impatient", "A tenth of the patience", timeout_s=PATIENCE_S / 10),
    arm("given-back", "One given back, then another", "given_back"),
    # The smallest form that still sinks: one thread, and nobody else in the pool.
    arm("alone", "One thread, one connection", threads=1, size=1),
    arm("alone-pool-2", "One thread, two connections", threads=1, size=2),
    arm("alone-salvaged", "One connection a request, one in the pool", "salvaged", threads=1, size=1),
)
HEADLINE = ("wrecked", "indexed", "threads-8", "pool-5", "salvaged")
MORE = ("impatient", "given-back")
ALONE = ("alone", "alone-pool-2", "alone-salvaged")

# What waits for what is the subject, so loops are closed: a dozen people, each of whom asks again once answered.
CROWD = ClosedLoop(clients=12, duration_s=2)
EXPERIMENTS = (
    Experiment("headline", "A dozen clients", "talk", CROWD, HEADLINE, workers=1, keep_samples=True, keep_traces=True, keep_plans=True),
    Experiment("more", "A dozen clients, what else was tried", "talk", CROWD, MORE, rounds=1, workers=1, keep_plans=True),
    Experiment(
        "alone", "One client and one thread", "talk", ClosedLoop(clients=1, duration_s=60, requests=2), ALONE,
        rounds=1, workers=1, keep_traces=True,
    ),
    *(
        Experiment(
            f"clients-{count}", f"{count} client{'s' if count > 1 else ''}", "talk", ClosedLoop(count, duration_s=2), ("wrecked",),
            rounds=1, workers=1,
        )
        for count in (1, 2, 3, 8)
    ),
)  # fmt: skip
MEAN = "latency_ms.mean"
"""Errors are answers too: in a closed loop it is the clients divided by all answers a second."""
ASKING = ["sqlalchemy", "fetch", "postgres"]
"""The database, and the way there and back."""


def failed(round_) -> float:
    """Return how many requests of a round were not answered with 200."""
    return float(round_.requests - round_.statuses.get("200", 0))


def failed_share(round_) -> float:
    return failed(round_) / round_.requests


def waited_share(round_) -> float:
    """Return how much of the time that requests were with their threads they waited for a connection."""
    return round_.pool_wait_ms.mean / sum(ms for layer, ms in round_.layers_ms.items() if layer not in ("nginx", "gunicorn"))


def postgres_cores(round_) -> float:
    """Return how many cores the database's processes kept busy, on average over the traffic."""
    return round_.cpu_s["postgres"] / round_.duration_s


CLAIMS = (
    Claim(
        "stalls", "In every round somebody waited half a second or longer; the slowest answer took {value}.",
        value("headline", "wrecked", "latency_ms.max"), "ms", at_least=500, is_exact=True,
    ),
    Claim(
        "errors", "{value} answers of a round were errors.",
        each_round("headline", "wrecked", failed), "answers", at_least=1, is_exact=True,
    ),
    Claim(
        "asking-is-little", "Of its time, {value} goes into asking the database, there and back.",
        layer_share("headline", "wrecked", ASKING), "share", at_most=0.15,
    ),
    Claim(
        "postgres-is-idle", "All the while Postgres used {value} of a core.",
        each_round("headline", "wrecked", postgres_cores), "share", at_most=0.2,
    ),
    # A dozen clients and four threads: at any moment eight of the twelve are in line.
    Claim(
        "line-for-threads", "Of a request's time, {value} is spent in line for a thread.",
        layer_share("headline", "wrecked", ["gunicorn"]), "share", at_least=0.4,
    ),
    Claim(
        "threads-wait-too", "While a request is with its thread, {value} of the time is a wait for a connection.",
        each_round("headline", "wrecked", waited_share), "share", at_least=0.5,
    ),
    Claim(
        "alone-it-fails", "With one thread, one connection and nobody else there, {value} of its requests fail.",
        each_round("alone", "alone", failed_share), "share", at_least=1, is_exact=True,
    ),
    Claim(
        "third-never-sent", "It sends {value} statements where the page needs three.",
        value("alone", "alone", "statements_per_request"), "statements", at_most=2, is_exact=True,
    ),
    Claim(
        "alone-waits", "Of its time with its thread, {value} is a wait for a connection.",
        each_round("alone", "alone", waited_share), "share", at_least=0.5, is_exact=True,
    ),
    Claim(
        "two-are-enough", "With one thread and two connections {value} of them fail.",
        each_round("alone", "alone-pool-2", failed_share), "share", at_most=0, is_exact=True,
    ),
    Claim(
        "query-is-innocent", "With an index for its slowest query, {value} answers of a round were still errors.",
        each_round("headline", "indexed", failed), "answers", at_least=1, is_exact=True,
    ),
    # By the share, for errors come sooner than answers do: counted or timed, eight threads would look the better for them.
    Claim(
        "threads-are-no-cure", "With twice the threads, {value} of all answers were errors.",
        each_round("headline", "threads-8", failed_share), "share", at_least=0.3, is_exact=True,
    ),
    Claim(
        "one-more", "With one connection more the page answers {value} as fast.",
        ratio("headline", "wrecked", "pool-5", MEAN), "times", at_least=3, is_ratio=True,
    ),
    Claim(
        "one-more-serves-all", "With five connections for four threads {value} answers were errors.",
        each_round("headline", "pool-5", failed), "answers", at_most=0, is_exact=True,
    ),
    Claim(
        "three-are-safe", "Three clients got {value} errors.",
        each_round("clients-3", "wrecked", failed), "errors", at_most=0, is_exact=True,
    ),
    Claim(
        "eight-are-not", "With eight clients the slowest answer took {value}.",
        value("clients-8", "wrecked", "latency_ms.max"), "ms", at_least=500, is_exact=True,
    ),
    Claim(
        "salvage", "With one connection a request the page answers {value} as fast.",
        ratio("headline", "wrecked", "salvaged", MEAN), "times", at_least=3, is_ratio=True,
    ),
    Claim(
        "salvage-serves-all", "And {value} answers were errors.",
        each_round("headline", "salvaged", failed), "answers", at_most=0, is_exact=True,
    ),
    Claim(
        "alone-salvaged-answers", "With one thread and one connection, but one connection a request, {value} of them fail.",
        each_round("alone", "alone-salvaged", failed_share), "share", at_most=0, is_exact=True,
    ),
    Claim(
        "given-back-serves-all", "Where the first connection is given back before the second is taken, {value} answers were errors.",
        each_round("more", "given-back", failed), "answers", at_most=0, is_exact=True,
    ),
    Claim(
        "impatience-still-fails", "Told to wait a tenth as long, {value} of all answers were errors.",
        each_round("more", "impatient", failed_share), "share", at_least=0.1, is_exact=True,
    ),
    Claim(
        "same-answer", "All arms give {value} and the same answer.",
        distinct_answers("headline", "more"), "answer", at_most=1, is_exact=True,
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
