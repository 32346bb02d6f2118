"""SS Idle Hands: a harmless page behind a harmless migration behind a transaction that did nothing at all."""

from scenarios.claims import (
    distinct_answers,
    each_round,
    neighbours_failures,
    ratio,
    ratio_of_phases,
    rise_in_layers,
    rise_left,
    round_value,
    shapes,
    statement_calls,
    statement_mean_ms,
    value,
    waits_behind,
)
from scenarios.wreck import Arm, Claim, Experiment, Neighbour, NeighbourArm, OpenLoop, Wreck

# The first host's code is the same in every arm: what differs is the back office.
ARMS = (
    Arm("wrecked", "As they met", "wrecked", neighbour=NeighbourArm("wrecked")),
    Arm("no-migration", "No migration", "wrecked", removes="the migration", neighbour=NeighbourArm("without_migration")),
    Arm("no-write", "Nothing written", "wrecked", removes="the row that is written", neighbour=NeighbourArm("without_writing")),
    Arm("salvaged", "Mailed between transactions", "wrecked", removes="the transaction left open", neighbour=NeighbourArm("salvaged")),
    Arm("lock-timeout", "A migration that steps aside", "wrecked", neighbour=NeighbourArm("patient")),
    Arm(
        "idle-timeout", "Idle transactions ended after 0.4 s", "wrecked",
        neighbour=NeighbourArm("wrecked", database_options="-c idle_in_transaction_session_timeout=400"),
    ),
)  # fmt: skip

TRAFFIC = OpenLoop(rate_per_s=16, duration_s=3, arrivals="constant")

# Two clients with a job each, and no job is done twice. The mail is out 1.3 s after the office began, so the migration waits for
# longer than the second after which Postgres says so in its log. What is due "during" is due before that, and so all of it waits.
JOBS = ("/idle-hands/office/prize", "/idle-hands/office/deployment")
OFFICE = Neighbour(JOBS, clients=2, begins_s=0.8, ends_s=1.95, workers=4, requests=len(JOBS))

# More workers than there are requests in line at the worst: those shall wait in the database, where the fault is, and not for a worker.
COMMON = {"workers": 20, "neighbour": OFFICE, "fresh_data": True, "keep_samples": True, "keep_series": True}

# A run is 3 s and as much again to start two hosts, to warm and to stop them. What a claim on times rests on has 5 rounds; what is
# counted, or many times as large, has 1.
EXPERIMENTS = (
    Experiment(
        "headline", "The office at work", "small", TRAFFIC, ("wrecked", "no-migration", "no-write", "salvaged"), **COMMON,
        keep_traces=True, keep_plans=True,
    ),
    Experiment("fixes", "Limits set", "small", TRAFFIC, ("wrecked", "lock-timeout", "idle-timeout"), rounds=1, **COMMON),
)  # fmt: skip


def whole_beside_during(round_) -> float:
    """Return the share that the median over the whole run is of the one while the office was at work."""
    return round_value(round_, "latency_ms.p50") / round_value(round_, DURING)


def active(round_) -> float:
    """Return how many sessions the database listed as active while the office was at work, on average."""
    return sum(each.mean for each in round_.phases["during"].sessions)


def waiting_share(round_) -> float:
    """Return the share of those that waited for a lock."""
    return sum(each.waiting.get("Lock", 0.0) for each in round_.phases["during"].sessions) / active(round_)


def readers_behind_idle(round_) -> float:
    """Return how many of our own sessions waited for one that was idle, on average."""
    return sum(each.mean for each in round_.phases["during"].waits if each.client == "web" and each.holder_state != "active")


def stalled(round_) -> float:
    """Return how many of all sessions waited for a lock while the office was at work, on average."""
    return sum(each.mean for each in round_.phases["during"].waits)


def failed(round_) -> float:
    """Return how many of the office's requests were not answered with 200."""
    return float(round_.neighbour.requests - round_.neighbour.statuses.get("200", 0))


def times_as_long(record) -> list[float]:
    """Return how many times as long the migration's statement took behind the open transaction."""
    (behind,), (free,) = (statement_mean_ms("headline", arm, ALTER)(record) for arm in ("wrecked", "salvaged"))
    return [behind / free]


ALTER, IDLE = "ALTER TABLE tw_players", "idle in transaction"
DURING, LONGEST = "phases.during.latency_ms.p50", "phases.during.latency_ms.max"

CLAIMS = (
    Claim(
        "stands-still", "While the back office was at work, the median answer took {value} as long as before.",
        ratio_of_phases("headline", "wrecked", "during", "before"), "times", at_least=8, is_ratio=True,
    ),
    Claim("returns", "Once it was done, {value} of that rise was left.", rise_left("headline", "wrecked"), "share", at_most=0.2),
    Claim(
        "median-sees-little", "Taken over the whole run, the median was {value} of what it was meanwhile.",
        each_round("headline", "wrecked", whole_beside_during), "share", at_most=0.35,
    ),
    Claim(
        "in-postgres", "{value} of what was added to a request was added in Postgres.",
        rise_in_layers("headline", "wrecked", ("postgres",)), "share", at_least=0.7,
    ),
    Claim(
        "same-shape", "Before and during, our requests sent {value} and the same sequence of statements.",
        shapes("headline", "wrecked", ("before", "during")), "sequence", at_most=1, is_exact=True,
    ),
    Claim(
        "database-rests", "All the while the database kept {value} of a core busy.",
        value("headline", "wrecked", "phases.during.cores.postgres"), "share", at_most=0.2,
    ),
    Claim(
        "listed-as-active", "On average it listed {value} sessions as active.",
        each_round("headline", "wrecked", active), "sessions", at_least=2.5,
    ),
    Claim(
        "active-but-waiting", "Of these, {value} were waiting for a lock.",
        each_round("headline", "wrecked", waiting_share), "share", at_least=0.7,
    ),
    Claim(
        "behind-the-idle", "On average {value} waited for a session that was idle in a transaction.",
        waits_behind("headline", "wrecked", "during", IDLE), "sessions", at_least=0.3,
    ),
    Claim(
        "line-behind", "On average {value} waited for a session that was itself waiting.",
        waits_behind("headline", "wrecked", "during", "active"), "sessions", at_least=2,
    ),
    Claim(
        "no-reader-behind-the-idle", "Of our own sessions, {value} were found waiting for an idle one.",
        each_round("headline", "wrecked", readers_behind_idle), "sessions", at_most=0, is_exact=True,
    ),
    Claim(
        "nobody-waits-for-idle-alone", "Without the migration, {value} sessions were found waiting for a lock.",
        each_round("headline", "no-migration", stalled), "sessions", at_most=0, is_exact=True,
    ),
    Claim(
        "idle-alone-is-innocent", "With the transaction just as open and no migration, the median answer took {value} as long as before.",
        ratio_of_phases("headline", "no-migration", "during", "before"), "times", at_most=3, is_ratio=True,
    ),
    Claim(
        "migration-alone-is-innocent", "With the migration as before and no transaction left open, it took {value} as long as before.",
        ratio_of_phases("headline", "salvaged", "during", "before"), "times", at_most=3, is_ratio=True,
    ),
    Claim(
        "migration-is-quick", "Behind the open transaction its statement took {value} as long as without one.",
        times_as_long, "times", at_least=8, is_exact=True,
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
        ratio("fixes", "wrecked", "lock-timeout", LONGEST), "times", at_least=2, is_ratio=True, is_exact=True,
    ),
    Claim(
        "stepping-aside-succeeds", "In each run {value} change of the table went through, as it should.",
        statement_calls("fixes", "lock-timeout", ALTER), "change", at_least=1, is_exact=True,
    ),
    Claim(
        "stepping-aside-fails-nobody", "{value} of the office's requests failed.",
        neighbours_failures("fixes", "lock-timeout"), "share", at_most=0, is_exact=True,
    ),
    Claim(
        "limit-helps", "With a limit on idling, the slowest answer came {value} as fast.",
        ratio("fixes", "wrecked", "idle-timeout", LONGEST), "times", at_least=2, is_ratio=True, is_exact=True,
    ),
    Claim(
        "limit-costs-the-prize", "Under that limit {value} of the office's two jobs failed.",
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
