"""A made-up wreck with every kind of experiment that an exhibit draws."""

from scenarios.claims import distinct_answers, layer_share, ratio
from scenarios.wreck import Arm, Claim, ClosedLoop, Experiment, Figure, Neighbour, OpenLoop, Wreck

ARMS = (
    Arm("wrecked", "As it sank", "wrecked"),
    Arm("no-sail", "Without the <sail>", "without_sail", removes="a sail & its mast"),
    Arm("waxed", "Waxed", "waxed"),
)
NAMES = tuple(arm.name for arm in ARMS)

WRECK = Wreck(
    title="Paper Boat",
    finding="Paper does not float.",
    arms=ARMS,
    paths=("/boat/a", "/boat/<b>"),
    experiments=(
        Experiment("headline", "Every arm", "deep", OpenLoop(2, 5), NAMES, keep_samples=True, keep_traces=True, keep_plans=True),
        Experiment("clients-1", "One client", "deep", ClosedLoop(1, 5), ("wrecked",), rounds=3),
        Experiment("clients-5", "Five clients", "deep", ClosedLoop(5, 5), ("wrecked",), rounds=3),
        Experiment("rows-5k", "Few rows", "small", ClosedLoop(1, 2), ("wrecked", "waxed"), rounds=3),
        Experiment("rows-5m", "Many rows", "deep", ClosedLoop(1, 2), ("wrecked", "waxed"), rounds=3),
        Experiment("probes-off", "Probes off", "deep", ClosedLoop(1, 2), ("wrecked",), rounds=3, probes=False),
        Experiment("round-trip-2", "Further away", "deep", ClosedLoop(1, 2), ("wrecked", "waxed"), rounds=3, round_trip_ms=2),
        Experiment(
            "neighbour", "Somebody comes and goes", "small", OpenLoop(5, 6), ("wrecked", "waxed"), rounds=3,
            neighbour=Neighbour(("/noisy",), clients=3, begins_s=2, ends_s=4), keep_samples=True, keep_traces=True, keep_series=True,
        ),
        Experiment(
            "storm", "In bounded memory", "small", ClosedLoop(5, 4), ("wrecked", "waxed"), rounds=2,
            memory_limit_mb=600, watch_memory=True, keep_samples=True, keep_series=True,
        ),
    ),
    claims=(
        Claim("waxing", "Waxed, it answers {value} faster.", ratio("headline", "wrecked", "waxed"), "times", at_least=5, is_ratio=True),
        Claim(
            "database",
            "{value} of a request is spent in Postgres.",
            layer_share("headline", "wrecked", ["postgres"]),
            "share",
            at_least=0.8,
        ),
        Claim(
            "same-answer", "All arms give {value} and the same answer.", distinct_answers("headline"), "answer", at_most=1, is_exact=True
        ),
    ),
    logbook={"response": Figure(14, "s", "slide 29"), "crew": Figure(5, "sailors", "slide 3")},
)
