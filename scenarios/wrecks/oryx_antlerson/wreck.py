"""The SS Oryx-Antlerson: a page that did nothing wrong, and somebody else on its database."""

from scenarios.claims import (
    busiest_elsewhen,
    busiest_share,
    neighbours_failures,
    ratio,
    ratio_of_phases,
    rise_beyond,
    rise_in_layers,
    rise_left,
    shapes,
    value,
)
from scenarios.wreck import Arm, Claim, Experiment, Figure, Neighbour, NeighbourArm, OpenLoop, Wreck

COVERING_INDEX = "CREATE INDEX rolls_by_player ON tw_rolls (player_id, die_sides) INCLUDE (num_dice, result, bonus)"
KEPT_ANSWER = """
CREATE TABLE kept_answer AS
SELECT p.login, p.first_name, p.last_name, r.die_sides, sum(r.num_dice) AS dice,
       round(sum(r.result - r.bonus)::numeric / sum(r.num_dice), 2) AS average
FROM tw_players p JOIN tw_rolls r ON r.player_id = p.id
WHERE p.login LIKE '%smith%'
GROUP BY p.id, p.login, p.first_name, p.last_name, r.die_sides
"""

# The first host's code is the same in every arm: what differs is next door.
ARMS = (
    Arm("wrecked", "The neighbour as it came", "wrecked", neighbour=NeighbourArm("wrecked")),
    Arm("held", "The neighbour without its statement", "wrecked", prepare=(KEPT_ANSWER,), neighbour=NeighbourArm("held")),
    Arm("mended", "Its query rewritten and indexed", "wrecked", prepare=(COVERING_INDEX,), neighbour=NeighbourArm("rewritten")),
    Arm("pool", "Two connections for it, not ten", "wrecked", neighbour=NeighbourArm("wrecked", workers=2)),
    Arm("timeout", "statement_timeout of 5 s", "wrecked", neighbour=NeighbourArm("wrecked", database_options="-c statement_timeout=5000")),
    Arm("timeout-low", "statement_timeout of 0.25 s", "wrecked", neighbour=NeighbourArm("wrecked", database_options="-c statement_timeout=250")),
    Arm("cancel", "An operator who cancels what it runs", "wrecked", neighbour=NeighbourArm("wrecked", remedy="cancel")),
    Arm("renice", "Its sessions reniced", "wrecked", neighbour=NeighbourArm("wrecked", remedy="renice")),
    Arm("weight", "The lowest CPU weight for its sessions", "wrecked", neighbour=NeighbourArm("wrecked", remedy="weight")),
    Arm("replica", "A copy of the data for it", "wrecked", neighbour=NeighbourArm("wrecked", own_database=True)),
)
PLAYERS = ("gsmith1", "ajones1", "fgarcia1", "cnguyen1", "gjones1", "jgarcia1", "nnguyen1", "tmartinez1", "jmartinez1", "amartin1")
NOISY = ("/noisy/smith",)
NOBODY = ("/noisy/zqxj",)
"""A pattern that matches no login, as the talk's matched none."""

STEADY = OpenLoop(rate_per_s=5, duration_s=8.6)
BUSIER = OpenLoop(rate_per_s=20, duration_s=1.9)

# Ten clients are served in waves of two to three seconds. One that has just begun as they leave is waited for, and what is due
# by then is not yet after: it may be six seconds before anything is.
COMES_AND_GOES = Neighbour(NOISY, clients=10, begins_s=1.6, ends_s=3.7)


def stays(clients: int, paths: tuple[str, ...] = NOISY) -> Neighbour:
    """Return a neighbour for all of a short run but its beginning: what comes after is known from the headline."""
    return Neighbour(paths, clients, begins_s=0.5, ends_s=1.9)


APART = {"hosts_apart": True, "fresh_data": True}

# Where the time goes, on two quiet cores: a run costs about 3 s beside its traffic (two hosts to start, to warm and to stop,
# fresh data) and up to 1.5 s until the neighbour's last answers. 5 headline runs of 12 s, 25 short ones of 6 s, 15 s around
# it all: under 4 min. What a claim on times rests on has 5 rounds; what only draws a picture has 1, and says so.
EXPERIMENTS = (
    Experiment(
        "headline", "Ten clients come and go", "talk", STEADY, ("wrecked",), neighbour=COMES_AND_GOES, **APART,
        keep_samples=True, keep_traces=True, keep_series=True,
    ),
    Experiment(
        "fixes", "Ten clients come and stay", "talk", BUSIER, ("wrecked", "held", "mended"), neighbour=stays(10), **APART,
        keep_samples=True, keep_series=True,
    ),
    Experiment(
        "more-fixes", "Ten clients come and stay", "talk", BUSIER, ("pool", "timeout", "timeout-low", "cancel", "renice", "weight", "replica"),
        rounds=1, neighbour=stays(10), **APART, keep_series=True,
    ),
    Experiment("clients-2", "Two clients come and stay", "talk", BUSIER, ("wrecked",), rounds=1, neighbour=stays(2), **APART, keep_samples=True),
    Experiment("clients-5", "Five clients come and stay", "talk", BUSIER, ("wrecked",), rounds=1, neighbour=stays(5), **APART, keep_samples=True),
    Experiment(
        "nobody", "Ten clients ask for a pattern that matches nobody", "talk", BUSIER, ("wrecked",), rounds=1,
        neighbour=stays(10, NOBODY), **APART, keep_series=True,
    ),
)  # fmt: skip

DURING = "phases.during.latency_ms.p50"
CLAIMS = (
    Claim(
        "rises", "While the neighbour was busy, the median answer took {value} as long as before.",
        ratio_of_phases("headline", "wrecked", "during", "before"), "times", at_least=1.5, is_ratio=True,
    ),
    Claim(
        "returns", "Once the neighbour had gone, {value} of that rise remained; below nought is quicker than before.",
        rise_left("headline", "wrecked"), "share", at_most=0.35,
    ),
    Claim(
        "rises-when-busier", "At four times the rate the median answer took {value} as long as before.",
        ratio_of_phases("fixes", "wrecked", "during", "before"), "times", at_least=1.5, is_ratio=True,
    ),
    Claim(
        "same-shape", "Before and during, our requests sent {value} and the same sequence of statements.",
        shapes("headline", "wrecked", ("before", "during")), "sequence", at_most=1, is_exact=True,
    ),
    Claim(
        "waits-for-database", "{value} of what was added to a request was added between SQLAlchemy and Postgres.",
        rise_in_layers("headline", "wrecked", ("sqlalchemy", "postgres")), "share", at_least=0.6,
    ),
    Claim(
        "core-is-busy", "While the neighbour was there the database kept {value} of its core busy.",
        value("headline", "wrecked", "phases.during.cores.postgres"), "share", at_least=0.6,
    ),
    Claim(
        "control-asks-as-often", "Without its statement the neighbour asked {value} as often.",
        ratio("fixes", "held", "wrecked", "neighbour.requests"), "times", at_least=1, is_ratio=True,
    ),
    Claim(
        "not-the-machine", "{value} of the rise went away with the statement, though the neighbour asked no less.",
        rise_beyond("fixes", "wrecked", "held"), "share", at_least=0.6,
    ),
    Claim(
        "one-culprit", "Of all sessions found at work in those seconds, {value} were one client's at one statement.",
        busiest_share("headline", "wrecked", "during"), "share", at_least=0.7,
    ),
    Claim(
        "culprit-is-new", "Before, {value} sessions of that client's address were found at work.",
        busiest_elsewhen("headline", "wrecked", "during", "before"), "sessions", at_most=0, is_exact=True,
    ),
    Claim(
        "timeout-never-reached", "Under a statement_timeout of five seconds {value} of the neighbour's requests failed.",
        neighbours_failures("more-fixes", "timeout"), "share", at_most=0, is_exact=True,
    ),
    Claim(
        "low-timeout-reached", "Under a statement_timeout of a quarter of a second {value} of the neighbour's requests failed.",
        neighbours_failures("more-fixes", "timeout-low"), "share", at_least=0.5, is_exact=True,
    ),
    Claim(
        "cancelling-fails-them", "With its statements cancelled {value} of the neighbour's requests failed.",
        neighbours_failures("more-fixes", "cancel"), "share", at_least=0.5, is_exact=True,
    ),
    Claim(
        "mended-helps", "With the neighbour's query mended, the quiet page answered {value} as fast.",
        ratio("fixes", "wrecked", "mended", DURING), "times", at_least=1.3, is_ratio=True,
    ),
    Claim(
        "mended-serves-more", "And the neighbour itself was served {value} as often.",
        ratio("fixes", "mended", "wrecked", "neighbour.requests"), "times", at_least=3, is_ratio=True,
    ),
)  # fmt: skip

WRECK = Wreck(
    title="SS Oryx-Antlerson",
    finding="The page was slow because of a statement it never sent, on a host it never heard of.",
    arms=ARMS,
    paths=tuple(f"/quiet/{player}/{game}/3d6+2" for game, player in enumerate(PLAYERS, 1)),
    experiments=EXPERIMENTS,
    claims=CLAIMS,
    logbook={
        "before": Figure(30, "ms", "slide 53"),
        "growth": Figure(1.5, "times", "slide 54"),
        "fast": Figure(18.11, "ms", "slide 57"),
        "slow": Figure(53.53, "ms", "slide 57"),
        "idle-database": Figure(0.20, "share", "slide 58"),
        "busy-database": Figure(1.0, "share", "slide 58"),
        "clients": Figure(10, "clients", "slides 51-62"),
        "rate": Figure(5, "/s", "slides 51-62"),
    },
    cast=("%smith%",),
)
