"""SS Idle Hands: a harmless page behind a harmless migration behind a transaction that did nothing at all."""

from scenarios.claims import (
    distinct_answers,
    each_round,
    neighbours_failures,
    ratio,
    ratio_of_phases,
    rise_in_layers,
    rise_left,
    shapes,
    value,
)
from scenarios.wreck import Arm, Claim, Experiment, Neighbour, NeighbourArm, OpenLoop, Wreck

WORKERS = 20
"""More than there are requests in line at the worst: they shall wait in the database, where the fault is, and not for a worker."""


def who_waits() -> str:
    """Return a view that is worth having in any Postgres: who waits for a lock, and for whom."""
    return """
        CREATE VIEW who_waits AS
        SELECT waiting.application_name AS waits, left(waiting.query, 60) AS statement,
               holding.application_name AS holder, holding.state = 'idle in transaction' AS holder_is_idle
        FROM pg_stat_activity AS waiting
        CROSS JOIN LATERAL unnest(pg_blocking_pids(waiting.pid)) AS blocking (pid)
        JOIN pg_stat_activity AS holding ON holding.pid = blocking.pid
        WHERE waiting.wait_event_type = 'Lock'
    """


def arm(name: str, title: str, office: str, removes: str | None = None, options: str = "") -> Arm:
    """Return an arm: the first host's code is the same in all of them, what differs is the back office."""
    neighbour = NeighbourArm(office, database_options=options)
    return Arm(name, title, "wrecked", removes, prepare=(who_waits(),), workers=WORKERS, neighbour=neighbour)


ARMS = (
    arm("wrecked", "As they met", "wrecked"),
    arm("no-migration", "No migration", "without_migration", removes="the migration"),
    arm("no-write", "Nothing written", "without_writing", removes="the row that is written"),
    arm("salvaged", "Mailed between transactions", "salvaged", removes="the transaction left open"),
    arm("lock-timeout", "A migration that steps aside", "patient"),
    arm("idle-timeout", "Idle transactions ended after 0.4 s", "wrecked", options="-c idle_in_transaction_session_timeout=400"),
)

TRAFFIC = OpenLoop(rate_per_s=16, duration_s=3, arrivals="constant")

# Three clients: the first hands out the prize, the second deploys, the third looks who waits. So many looks that no job is done twice.
JOBS = ("/idle-hands/office/prize", "/idle-hands/office/deployment", *("/idle-hands/office/waits",) * 78)
# The mail is out 1.2 s after the office began: its last look begins before that, so that all who wait are due while it is there.
OFFICE = Neighbour(JOBS, clients=3, begins_s=0.8, ends_s=1.95, workers=4)
COMMON = {"workers": WORKERS, "neighbour": OFFICE, "fresh_data": True, "keep_samples": True}

# A run is 3 s and as much again to start two hosts, to warm and to stop them. What a claim on times rests on has 5 rounds; what is
# counted, or many times as large, has 1.
EXPERIMENTS = (
    Experiment(
        "headline", "The office at work", "small", TRAFFIC, ("wrecked", "no-migration", "no-write", "salvaged"), **COMMON,
        keep_traces=True, keep_plans=True, keep_series=True,
    ),
    Experiment("fixes", "Limits set", "small", TRAFFIC, ("wrecked", "lock-timeout", "idle-timeout"), rounds=1, **COMMON),
)  # fmt: skip


def statements(record, experiment: str, arm: str, words: str) -> list:
    """Return the kinds of statements of an arm that hold these words, as the database counted them over all rounds."""
    return [each for each in record.experiments[experiment].arms[arm].statements if words in each.text]


def a_run(experiment: str, arm: str, words: str, what: str):
    """Return how many ``calls`` or ``rows`` such statements had, for one run."""

    def measure(record) -> list[float]:
        counted = sum(getattr(each, what) for each in statements(record, experiment, arm, words))
        return [counted / len(record.experiments[experiment].arms[arm].rounds)]

    return measure


def mean_ms(record, arm: str, words: str) -> float:
    """Return what such a statement took on average, its waiting included."""
    (found,) = statements(record, "headline", arm, words)
    return found.mean_ms


def in_line_for_each(record) -> list[float]:
    """Return how many were seen to wait for somebody who waited, for each who was seen to wait for somebody idle."""
    behind_waiting, behind_idle = (a_run("headline", "wrecked", words, "rows")(record)[0] for words in (IN_LINE, BEHIND_IDLE))
    return [behind_waiting / behind_idle]


def listed(round_) -> float:
    """Return how many sessions were found at work while the office was, on average."""
    return sum(each.mean for each in round_.phases["during"].sessions)


def failed(round_) -> float:
    """Return how many of the office's requests were not answered with 200."""
    return float(round_.neighbour.requests - round_.neighbour.statuses.get("200", 0))


IN_LINE, BEHIND_IDLE, ALTER = "WHERE NOT who_waits.holder_is_idle", "WHERE who_waits.holder_is_idle", "ALTER TABLE tw_players"
DURING, LONGEST = "phases.during.latency_ms.p50", "phases.during.latency_ms.max"

CLAIMS = (
    Claim(
        "stands-still", "While the back office was at work, the median answer took {value} as long as before.",
        ratio_of_phases("headline", "wrecked", "during", "before"), "times", at_least=8, is_ratio=True,
    ),
    Claim("returns", "Once it had done, {value} of that rise was left.", rise_left("headline", "wrecked"), "share", at_most=0.2),
    Claim(
        "median-sees-little", "Over whole runs, the median is {value} that of runs in which nothing stood still.",
        ratio("headline", "wrecked", "salvaged"), "times", at_most=2.5, is_ratio=True,
    ),
    Claim(
        "in-postgres", "{value} of what was added to a request was added in Postgres.",
        rise_in_layers("headline", "wrecked", ("postgres",)), "share", at_least=0.8,
    ),
    Claim(
        "same-shape", "Before and during, our requests sent {value} and the same sequence of statements.",
        shapes("headline", "wrecked", ("before", "during")), "sequence", at_most=1, is_exact=True,
    ),
    Claim(
        "database-rests", "All the while the database kept {value} of a core busy.",
        value("headline", "wrecked", "phases.during.cores.postgres"), "share", at_most=0.4,
    ),
    Claim(
        "listed-at-work", "Its list of sessions had {value} at work, on average.",
        each_round("headline", "wrecked", listed), "sessions", at_least=1.5,
    ),
    Claim(
        "behind-the-idle", "In each run the list of who waits for whom had {value} of somebody who waits for a transaction that idles.",
        a_run("headline", "wrecked", BEHIND_IDLE, "rows"), "rows", at_least=1, is_exact=True,
    ),
    Claim(
        "line-behind", "For each of these it had {value} of somebody who waits for one that waits.",
        in_line_for_each, "rows", at_least=2, is_exact=True,
    ),
    Claim(
        "nobody-behind-idle-alone", "Without the migration, {value} were seen to wait for anybody.",
        a_run("headline", "no-migration", "who_waits.holder_is_idle", "rows"), "sessions", at_most=0, is_exact=True,
    ),
    Claim(
        "idle-alone-is-innocent", "With the transaction just as idle and no migration, the median answer took {value} as long as before.",
        ratio_of_phases("headline", "no-migration", "during", "before"), "times", at_most=2.5, is_ratio=True,
    ),
    Claim(
        "migration-alone-is-innocent", "With the migration as before and no transaction left open, it took {value} as long as before.",
        ratio_of_phases("headline", "salvaged", "during", "before"), "times", at_most=2.5, is_ratio=True,
    ),
    Claim(
        "migration-is-quick", "The same statement took {value} as long behind the transaction as without it.",
        lambda record: [mean_ms(record, "wrecked", ALTER) / mean_ms(record, "salvaged", ALTER)], "times", at_least=8, is_exact=True,
    ),
    Claim(
        "writing-is-innocent", "With nothing written, the median answer still took {value} as long as before.",
        ratio_of_phases("headline", "no-write", "during", "before"), "times", at_least=8, is_ratio=True,
    ),
    Claim(
        "salvage", "With the transaction ended before the mail, the page answered {value} as fast while the office was at work.",
        ratio("headline", "wrecked", "salvaged", DURING), "times", at_least=8, is_ratio=True,
    ),
    Claim(
        "stepping-aside-helps", "With a migration that steps aside, the slowest answer came {value} as fast.",
        ratio("fixes", "wrecked", "lock-timeout", LONGEST), "times", at_least=1.8, is_ratio=True, is_exact=True,
    ),
    Claim(
        "stepping-aside-gets-there", "In the end {value} was made in a run.",
        a_run("fixes", "lock-timeout", ALTER, "calls"), "change", at_least=1, is_exact=True,
    ),
    Claim(
        "stepping-aside-fails-nobody", "{value} of the office's requests failed.",
        neighbours_failures("fixes", "lock-timeout"), "share", at_most=0, is_exact=True,
    ),
    Claim(
        "limit-helps", "With a limit on idling, the slowest answer came {value} as fast.",
        ratio("fixes", "wrecked", "idle-timeout", LONGEST), "times", at_least=1.8, is_ratio=True, is_exact=True,
    ),
    Claim(
        "limit-costs-the-prize", "And {value} of the office failed: the winner had mail, and no prize.",
        each_round("fixes", "idle-timeout", failed), "job", at_least=1, is_exact=True,
    ),
    Claim("same-answer", "All arms give {value} and the same answer.", distinct_answers("headline"), "answer", at_most=1, is_exact=True),
)  # fmt: skip

WRECK = Wreck(
    title="SS Idle Hands",
    finding="What stopped every reader was not the transaction that did nothing, but the line that formed behind it.",
    arms=ARMS,
    paths=("/idle-hands/1",),
    experiments=EXPERIMENTS,
    claims=CLAIMS,
)
