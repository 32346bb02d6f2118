"""The SS Remembrance Lost: a page whose memory goes with what it is asked for, and workers that keep it."""

from statistics import median

from scenarios.claims import distinct_answers, each_round, ratio, value
from scenarios.wreck import Arm, Claim, ClosedLoop, Experiment, Figure, Wreck

MALLOC = ("PYTHONMALLOC", "malloc")
KEEP_NOTHING = ("MALLOC_CONF", "dirty_decay_ms:0,muzzy_decay_ms:0")
IMPATIENT = ("--timeout", "10")
"""What frees the same memory twice need not die at once: now and then it goes round and round in what is left."""
WORKERS = 10
LIMIT_MB = 600
"""Ten idle workers and their master take some 250 of it, and one of them alone may answer for the most players there are."""

ARMS = (
    Arm("wrecked", "As it sank", "wrecked"),
    # Who keeps it: the same question, another allocator, another Python.
    Arm("collected", "Collected after each request", "collected", removes="what waits for the collector"),
    Arm("emptied", "Free lists emptied, nothing collected", "emptied", removes="what lies on Python’s free lists"),
    Arm("malloc", "The C library’s malloc", "wrecked", removes="Python’s own allocator", environment=(MALLOC,)),
    Arm("trimmed", "malloc, collected and trimmed", "trimmed", removes="malloc’s free memory too", environment=(MALLOC,)),
    Arm("jemalloc", "jemalloc, collected", "collected", environment=(MALLOC,), preload="jemalloc"),
    Arm("jemalloc-decay", "jemalloc told to keep nothing", "collected", environment=(MALLOC, KEEP_NOTHING), preload="jemalloc"),
    Arm("python-3-11", "Python 3.11", "wrecked", python="3.11"),
    Arm("python-3-12", "Python 3.12", "wrecked", python="3.12"),
    Arm("python-3-14", "Python 3.14", "wrecked", python="3.14"),
    # What kills it on an older Python: see segfault.py beside this file.
    Arm("circles", "Rows that refer to each other", "circled", gunicorn=IMPATIENT),
    Arm("circles-3-11", "Rows in circles, Python 3.11", "circled", python="3.11", gunicorn=IMPATIENT),
    Arm("smallest", "The smallest program, as a page", "smallest", gunicorn=IMPATIENT),
    Arm("smallest-3-11", "The smallest program, Python 3.11", "smallest", python="3.11", gunicorn=IMPATIENT),
    # What can be done about it.
    Arm("bounded", "No more than 16 players", "bounded"),
    Arm("columns", "Columns, not objects", "columns"),
    Arm("aggregated", "Summed up in SQL", "aggregated"),
    Arm("streamed", "Streamed from a cursor", "streamed"),
    Arm("recycled", "Workers replaced every 10 requests or so", "wrecked", gunicorn=("--max-requests", "10", "--max-requests-jitter", "5")),
    Arm("capped", "Two workers", "wrecked", workers=2),
)
SALVAGED = "streamed"
COMPARED = ("headline", "keepers", "storm", "ladder")
"""The experiments whose arms must answer alike, all but the one that bounds what may be asked for."""

# Up the talk's steps, and one small request at either end: where memory was and where it stays.
STAIRCASE = tuple(f"/grenade/{count}" for count in (1, 8, 64, 128, 256, 512, 1))
SIZES = tuple(f"/grenade/{2**n}" for n in range(10))
# The talk's mix, small ones more often, once: in a round that happened to ask for little nothing would die.
WEIGHTS = (10, 9, 8, 7, 6, 5, 4, 3, 2, 1)
MIX = ClosedLoop(clients=5, duration_s=60, requests=sum(WEIGHTS), weights=WEIGHTS)
WARM = ("/grenade/1",)
MANY_SIZES = tuple(f"/grenade/{count}" for count in range(8, 257, 4))
"""Drawn at random: what kills hangs on the moment at which the collector runs, and a few sizes in turn might never meet it."""
CLIMB = ClosedLoop(clients=1, duration_s=60, requests=len(STAIRCASE))

# About 190 s in all on 2 quiet cores. A run takes 1.3 s beside its traffic with one worker and 2.2 with ten; climbing the
# staircase takes 4 to 6 s, the storm 3.5 when wrecked and 1.5 when salvaged: headline 30, storm 45, workers 24, keepers 30,
# ladder 12, allocators 0 to 28 and segfaults 12 to 26 (as much as there is), the data and the rest 10.
# What a claim on times rests on has 5 rounds. Kills and memory are counted, not timed, and hardly differ from round to round:
# for the keepers and the rules for workers one round must do.
EXPERIMENTS = (
    Experiment(
        "headline", "One worker, asked for more and more", "talk", CLIMB, ("wrecked",),
        workers=1, paths=STAIRCASE, warm_paths=WARM, watch_memory=True, keep_plans=True,
    ),
    Experiment(
        "allocators", "The same, with other allocators and Pythons", "talk", CLIMB,
        ("jemalloc", "jemalloc-decay", "python-3-11", "python-3-12", "python-3-14"),
        workers=1, rounds=1, paths=STAIRCASE, warm_paths=WARM, watch_memory=True,
    ),
    Experiment(
        "keepers", "The same, one keeper after the other taken away", "talk", CLIMB, ("collected", "emptied", "malloc", "trimmed"),
        workers=1, rounds=1, paths=STAIRCASE, warm_paths=WARM, watch_memory=True, keep_plans=True,
    ),
    Experiment(
        "storm", "The talk’s mix of sizes, in bounded memory", "talk", MIX, ("wrecked", SALVAGED),
        workers=WORKERS, warm_paths=WARM, watch_memory=True, memory_limit_mb=LIMIT_MB, keep_samples=True, keep_series=True, keep_plans=True,
    ),
    Experiment(
        "ladder", "The same storm over each fix of the page", "talk", MIX, ("bounded", "columns", "aggregated"),
        workers=WORKERS, rounds=1, warm_paths=WARM, watch_memory=True, memory_limit_mb=LIMIT_MB, keep_plans=True,
    ),
    Experiment(
        "workers", "The same storm over each rule for workers", "talk", MIX, ("collected", "recycled", "capped"),
        workers=WORKERS, rounds=1, warm_paths=WARM, watch_memory=True, memory_limit_mb=LIMIT_MB,
    ),
    Experiment(
        "segfaults", "Two pages on two Pythons", "tenth", ClosedLoop(clients=3, duration_s=3, weights=(1,) * len(MANY_SIZES)),
        ("circles", "circles-3-11", "smallest", "smallest-3-11"), workers=4, rounds=1, paths=MANY_SIZES, warm_paths=WARM,
    ),
)  # fmt: skip


def kept_mb(climbed) -> float:
    """Return how much more is resident after the staircase than before it."""
    return climbed.memory[-1].rss_mb - climbed.memory[0].rss_mb


def at_the_top(climbed):
    """Return the reading after the most players."""
    return max(climbed.memory, key=lambda reading: int(reading.path.rpartition("/")[2]))


def growth_mb(round_) -> float:
    """Return how much more a worker held at its peak than one that has only been warmed up."""
    return max(reading.peak_mb for reading in round_.memory) - min(reading.rss_mb for reading in round_.memory)


def of_limit(round_) -> float:
    """Return what ten workers at their peak would hold beyond what they began with, as a share of the limit."""
    return WORKERS * growth_mb(round_) / LIMIT_MB


def quotient(over, under):
    """Return one measure divided by another, round by round."""
    return lambda record: [a / b for a, b in zip(over(record), under(record), strict=True)]


def peak_left(record) -> list[float]:
    """Return the peak of the arm that collects, over the wreck's median one."""
    collected, wrecked = (each_round(e, arm, lambda r: at_the_top(r).peak_mb)(record) for e, arm in (("keepers", "collected"), ("headline", "wrecked")))
    return [peak / median(wrecked) for peak in collected]


CLAIMS = (
    Claim(
        "keeps", "Back at its smallest page, the worker holds {value} more than before the largest.",
        each_round("headline", "wrecked", kept_mb), "MB", at_least=60, is_exact=True,
    ),
    Claim(
        "unused", "After the largest page {value} of what Python’s allocator holds is in use by nothing.",
        each_round("headline", "wrecked", lambda r: 1 - at_the_top(r).pool_used_mb / at_the_top(r).pool_mb),
        "share", at_least=0.5, is_exact=True,
    ),
    Claim(
        "in-use-as-before", "After the largest page {value} more is in use than before the first.",
        each_round("headline", "wrecked", lambda r: at_the_top(r).pool_used_mb - r.memory[0].pool_used_mb), "MB", at_most=10, is_exact=True,
    ),
    Claim(
        "free-lists", "What lies on Python’s own free lists then comes to {value}.",
        each_round("headline", "wrecked", lambda r: at_the_top(r).free_listed_mb or 0.0), "MB", at_most=2, is_exact=True,
    ),
    Claim(
        "no-cycles", "A full collection after the largest page finds {value} to free.",
        each_round("keepers", "collected", lambda r: at_the_top(r).collected), "objects", at_most=1_000, is_exact=True,
    ),
    Claim(
        "collected-returns", "With a collection after each request it ends {value} above where it began.",
        each_round("keepers", "collected", kept_mb), "MB", at_most=40, is_exact=True,
    ),
    Claim(
        "collected-peaks", "Its peak with a collection after each request is {value} of the peak without.",
        peak_left, "share", at_least=0.8, is_exact=True,
    ),
    Claim(
        "emptied-returns", "With its free lists emptied and nothing collected it ends {value} above where it began.",
        each_round("keepers", "emptied", kept_mb), "MB", at_most=40, is_exact=True,
    ),
    Claim(
        "malloc-keeps", "Without Python’s allocator it ends {value} above where it began.",
        each_round("keepers", "malloc", kept_mb), "MB", at_least=100, is_exact=True,
    ),
    Claim(
        "trimmed-returns", "Collected and trimmed, it ends {value} above where it began.",
        each_round("keepers", "trimmed", kept_mb), "MB", at_most=20, is_exact=True,
    ),
    Claim(
        "collecting-kills", "With a collection after each request the kernel still killed {value} workers in a round.",
        value("workers", "collected", "kills"), "workers", at_least=1, is_exact=True,
    ),
    Claim(
        "recycling-kills", "With workers replaced every few requests the kernel still killed {value} workers in a round.",
        value("workers", "recycled", "kills"), "workers", at_least=1, is_exact=True,
    ),
    Claim(
        "does-not-fit", "Ten workers, each grown to its peak, would take {value} the limit beyond what they began with.",
        each_round("headline", "wrecked", of_limit), "times", at_least=2, is_exact=True,
    ),
    Claim(
        "fits", "Streamed, ten workers at their peak would add {value} of the limit.",
        each_round("storm", SALVAGED, of_limit), "share", at_most=0.5, is_exact=True,
    ),
    Claim("kills", "The kernel killed {value} workers a round.", value("storm", "wrecked", "kills"), "workers", at_least=1, is_exact=True),
    Claim("no-kills", "Streamed, the kernel killed {value} workers.", value("storm", SALVAGED, "kills"), "workers", at_most=0, is_exact=True),
    Claim(
        "told-alike", "By their counts of the dead, kernel and gunicorn are {value} apart.",
        each_round("storm", "wrecked", lambda r: abs(r.kills - len(r.workers_died))), "deaths", at_most=1, is_exact=True,
    ),
    Claim(
        "each-error-a-death", "Answers of 502, less one for each kill, came to {value} a round.",
        each_round("storm", "wrecked", lambda r: r.statuses.get("502", 0) - r.kills), "answers", at_most=0, is_exact=True,
    ),
    Claim(
        "salvage", "At the peak a worker that loads objects has grown {value} as much as one that streams.",
        quotient(each_round("headline", "wrecked", growth_mb), each_round("storm", SALVAGED, growth_mb)),
        "times", at_least=4, is_ratio=True,
    ),
    Claim(
        "throughput", "Streamed, the storm passes {value} as fast.",
        ratio("storm", SALVAGED, "wrecked", "requests_per_s"), "times", at_least=1.2, is_ratio=True,
    ),
    Claim(
        "no-thirty-seconds", "The slowest answer of a round took {value}.",
        each_round("storm", "wrecked", lambda r: r.latency_ms.max / 1e3), "s", at_most=29, is_exact=True,
    ),
    Claim(
        "segfaults", "On Python 3.11 {value} of the requests to the smallest program were never answered, for their worker died of them or hung.",
        each_round("segfaults", "smallest-3-11", lambda r: 1 - r.statuses.get("200", 0) / r.requests), "share", at_least=0.5, is_exact=True,
    ),
    Claim(
        "segfaults-seen", "gunicorn's log has {value} dead of a segmentation fault.",
        each_round("segfaults", "smallest-3-11", lambda r: sum("SIGSEGV" in death for death in r.workers_died)), "workers", at_least=1, is_exact=True,
    ),
    Claim("same-answer", "All of them give {value} and the same answer.", distinct_answers(*COMPARED, but=["bounded"]), "answer", at_most=1, is_exact=True),
)  # fmt: skip

WRECK = Wreck(
    title="SS Remembrance Lost",
    finding="The page’s peak times the number of workers did not fit in memory; what each kept afterwards hid it.",
    arms=ARMS,
    paths=SIZES,
    answer_paths=("/grenade/1", "/grenade/64"),
    experiments=EXPERIMENTS,
    claims=CLAIMS,
    logbook={
        **{f"after-{count}": Figure(mb, "MB", "slide 79") for count, mb in ((8, 46), (64, 105), (128, 152), (256, 247), (512, 488))},
        "memory": Figure(4, "GB", "the talk’s hosts"),
        "workers": Figure(10, "workers", "the talk’s hosts"),
        "clients": Figure(5, "clients", "slides 63-79"),
        "nginx": Figure(30, "s", "slide 66"),
        "rolls": Figure(500_000, "rolls", "the talk’s data"),
    },
)
