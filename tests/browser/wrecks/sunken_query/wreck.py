"""A wreck with all that an exhibit can ask for, and claims that synthetic evidence bears out."""

from scenarios.claims import ratio
from scenarios.wreck import Arm, Claim, ClosedLoop, Experiment, Figure, OpenLoop, Wreck

ARMS = (
    Arm("wrecked", "As it sank", "wrecked"),
    Arm("no-like", "Without LIKE", "rewritten", removes="LIKE on an unindexed field"),
    Arm("rewrite", "Rewritten", "rewritten", removes="the sub-query and the join back"),
    Arm("rewrite-covered", "Rewritten, rolls indexed", "rewritten"),
)
ALL = tuple(arm.name for arm in ARMS)

WRECK = Wreck(
    title="SS Sunken Query",
    finding="It read everything.",
    arms=ARMS,
    paths=("/sunken/smith", "/sunken/<jones>"),
    experiments=(
        Experiment(
            "headline", "Every arm", "deep", OpenLoop(rate_per_s=0.6, duration_s=25), ALL,
            keep_samples=True, keep_traces=True, keep_plans=True,
        ),
        *(Experiment(f"clients-{n}", f"{n} clients", "deep", ClosedLoop(clients=n, duration_s=15), ("wrecked",)) for n in (1, 2, 5, 10)),
        *(
            Experiment(name, title, scale, ClosedLoop(clients=1, duration_s=4), ("wrecked", "rewrite-covered"), rounds=3)
            for name, title, scale in (
                ("rows-5k", "5,000 rolls", "small"), ("rows-500k", "500,000 rolls", "talk"), ("rows-5m", "5 million rolls", "deep"),
            )
        ),
    ),
    claims=(
        Claim(
            "salvage", "Rewritten and indexed, the page answers {value} faster.", ratio("headline", "wrecked", "rewrite-covered"), "times",
            at_least=2, is_ratio=True,
        ),
    ),
    logbook={"response": Figure(14, "s", "slide 29")},
)  # fmt: skip
