"""A second made-up wreck, of which only a trial run exists."""

from scenarios.claims import ratio
from scenarios.wreck import Arm, Claim, ClosedLoop, Experiment, Wreck

WRECK = Wreck(
    title="Tin Raft",
    finding="Tin rusts.",
    arms=(Arm("wrecked", "As it sank", "wrecked"), Arm("salvaged", "Painted", "painted")),
    paths=("/raft",),
    experiments=(Experiment("headline", "Both arms", "small", ClosedLoop(1, 2), ("wrecked", "salvaged"), rounds=1),),
    claims=(
        Claim("paint", "Paint makes it {value} faster.", ratio("headline", "wrecked", "salvaged"), "times", at_least=2, is_ratio=True),
    ),
)
