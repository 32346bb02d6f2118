"""SS Badge of Honour: a page that waits for somebody else's service, and a site that waits with it."""

from scenarios.claims import distinct_answers, each_round, layer_share, ratio, value
from scenarios.wreck import Arm, Claim, ClosedLoop, Experiment, OpenLoop, Wreck

ROLLS_INDEXED = ("CREATE INDEX rolls_by_player ON tw_rolls (player_id)",)


def badge_takes(seconds: float) -> tuple[tuple[str, str], ...]:
    """Return the settings of an application whose badge service takes so long."""
    return (("BADGE_TAKES_S", str(seconds)),)


SLOW, SLOWER, HEALTHY = badge_takes(1), badge_takes(2), badge_takes(0.005)
ARMS = (
    Arm("wrecked", "As it sank", "wrecked", environment=SLOW),
    Arm("indexed", "A quicker query", "wrecked", removes="a slow query", prepare=ROLLS_INDEXED, environment=SLOW),
    Arm("workers-8", "Twice the workers", "wrecked", removes="too few workers", workers=8, environment=SLOW),
    Arm("no-badge", "Nobody asks for a badge", "without_badge", removes="the badge", environment=SLOW),
    Arm("salvaged", "A fifth of a second's patience", "salvaged", environment=SLOW),
    Arm("giving-up", "After some failures, not asked for a while", "giving_up", environment=SLOW),
    Arm("workers-12", "Three times the workers", "wrecked", workers=12, environment=SLOW),
    Arm("workers-12-slower", "Three times the workers, a service twice as slow", "wrecked", workers=12, environment=SLOWER),
    Arm("salvaged-slower", "A fifth of a second's patience, a service twice as slow", "salvaged", environment=SLOWER),
    Arm("healthy", "Before that afternoon", "wrecked", environment=HEALTHY),
    Arm("healthy-salvaged", "Before that afternoon, with patience limited", "salvaged", environment=HEALTHY),
)
HEADLINE = ("wrecked", "indexed", "workers-8", "no-badge", "salvaged")
WITHOUT = ("no-badge", "salvaged")
"""Arms whose page shows no badge while the service is slow."""

PLAYER, GAMES = "/badge-of-honour/player/{}", tuple(f"/badge-of-honour/game/{game}" for game in range(1, 13))
PATHS = tuple(path for n in range(4) for path in (PLAYER.format(n + 1), *GAMES[3 * n : 3 * n + 3]))
"""A player's page, three games', and so on: one page in four has a badge."""

RATE_PER_S = 40
"""Ten a second of them ask for a badge, which takes a second: ten workers would do nothing else, and there are four."""


def people(duration_s: float) -> OpenLoop:
    return OpenLoop(rate_per_s=RATE_PER_S, duration_s=duration_s, arrivals="constant")


# Workers are warmed by the page that asks nobody, or the breaker would have made up its mind before anything counts.
COMMON = {"workers": 4, "warm_paths": GAMES[:1]}
ONE_BY_ONE = ClosedLoop(clients=1, duration_s=20, requests=3)
EXPERIMENTS = (
    Experiment(
        "headline", "That afternoon", "tenth", people(1.4), HEADLINE, **COMMON, keep_samples=True, keep_traces=True, keep_plans=True,
    ),
    Experiment("healthy", "Before that afternoon", "tenth", people(1.2), ("healthy", "healthy-salvaged"), rounds=1, **COMMON, keep_plans=True),
    Experiment("alone", "One client, players' pages", "tenth", ONE_BY_ONE, ("wrecked",), rounds=1, paths=PATHS[::4], **COMMON, keep_traces=True),
    Experiment("games", "One client, games' pages", "tenth", ONE_BY_ONE, ("wrecked",), rounds=1, paths=GAMES, **COMMON),
    Experiment(
        "slower", "A service twice as slow", "tenth", people(1.8), ("workers-12", "workers-12-slower", "salvaged-slower"), rounds=1, **COMMON,
    ),
    Experiment("giving-up", "For longer", "tenth", people(3), ("salvaged", "giving-up"), rounds=1, **COMMON),
)  # fmt: skip


def cores(group: str):
    """Return how many cores a group of processes kept busy, on average over the traffic."""
    return each_round("headline", "wrecked", lambda r: r.cpu_s[group] / r.duration_s)


def failed(round_) -> float:
    """Return how many requests of a round were not answered with 200."""
    return float(round_.requests - round_.statuses.get("200", 0))


MEAN = "latency_ms.mean"
"""Pages with a badge and pages without are two bands: a median would lie in one of them."""
WAITED = "layers_ms.gunicorn"
"""From when nginx passes a request on to when a worker begins on it, on average: what it waits for a worker."""

CLAIMS = (
    Claim(
        "stands-still", "Half of all answers took longer than {value}, where three pages in four show no badge.",
        value("headline", "wrecked", "latency_ms.p50"), "ms", at_least=400,
    ),
    Claim(
        "times-as-slow", "The median was {value} as long as with nobody asked for a badge.",
        ratio("headline", "wrecked", "no-badge"), "times", at_least=8, is_ratio=True,
    ),
    Claim(
        "waiting-for-a-worker", "{value} of a request's time passed before a worker had begun on it.",
        layer_share("headline", "wrecked", ["gunicorn"]), "share", at_least=0.5,
    ),
    Claim(
        "games-are-innocent", "Asked by one client while the service was as slow, the slowest game's page took {value}.",
        value("games", "wrecked", "latency_ms.max"), "ms", at_most=200, is_exact=True,
    ),
    Claim(
        "alone-it-waits", "Of a player's page asked for alone, {value} of the time is in the handler's own Python.",
        layer_share("alone", "wrecked", ["flask"]), "share", at_least=0.8, is_exact=True,
    ),
    Claim("postgres-is-idle", "All the while Postgres used {value} of a core.", cores("postgres"), "share", at_most=0.4),
    Claim("workers-are-idle", "The workers together used {value} of a core.", cores("gunicorn"), "share", at_most=0.6),
    Claim(
        "query-is-innocent", "With an index for its slowest query the site answers {value} as fast.",
        ratio("headline", "wrecked", "indexed", MEAN), "times", at_most=1.4, is_ratio=True,
    ),
    Claim(
        "twice-the-workers-sink", "With twice the workers a request still waited {value} for one, on average.",
        value("headline", "workers-8", WAITED), "ms", at_least=20, is_exact=True,
    ),
    Claim(
        "twelve-float", "With twelve workers a request waited {value} for one, on average.",
        value("slower", "workers-12", WAITED), "ms", at_most=50, is_exact=True,
    ),
    Claim(
        "twelve-sink", "Once the service took twice as long, a request waited {value} for one of those twelve.",
        value("slower", "workers-12-slower", WAITED), "ms", at_least=150, is_exact=True,
    ),
    Claim(
        "patience-does-not-care", "With a limit to patience, and the service just as slow, a request waited {value} for one of four.",
        value("slower", "salvaged-slower", WAITED), "ms", at_most=150, is_exact=True,
    ),
    Claim(
        "salvage", "With a fifth of a second's patience the site answers {value} as fast.",
        ratio("headline", "wrecked", "salvaged", MEAN), "times", at_least=4, is_ratio=True,
    ),
    Claim(
        "salvage-serves-all", "And {value} answers were errors.",
        each_round("headline", "salvaged", failed), "answers", at_most=0, is_exact=True,
    ),
    Claim(
        "giving-up-spares", "With the service left alone after some failures, the site answers {value} as fast as with patience alone.",
        ratio("giving-up", "salvaged", "giving-up", MEAN), "times", at_least=1.3, is_ratio=True, is_exact=True,
    ),
    Claim(
        "healthy-is-quick", "With a healthy service half of the answers came within {value}.",
        value("healthy", "healthy", "latency_ms.p50"), "ms", at_most=100, is_exact=True,
    ),
    Claim(
        "two-answers", "That afternoon, with and without a badge, there were {value} different answers.",
        distinct_answers("headline"), "answers", at_least=2, is_exact=True,
    ),
    Claim(
        "same-answer", "All arms that show a badge, and both of the healthy service, give {value} and the same answer.",
        distinct_answers("headline", "healthy", but=WITHOUT), "answer", at_most=1, is_exact=True,
    ),
    Claim(
        "same-answer-without", "Those that show none give {value} and the same answer as well.",
        distinct_answers("headline", but=tuple(arm for arm in HEADLINE if arm not in WITHOUT)), "answer", at_most=1, is_exact=True,
    ),
)  # fmt: skip

WRECK = Wreck(
    title="SS Badge of Honour",
    finding="A page waited for a badge, the workers waited with it, and the whole site waited for the workers.",
    arms=ARMS,
    paths=PATHS,
    experiments=EXPERIMENTS,
    claims=CLAIMS,
)
