"""What stands during one run: the database behind its relays, one application host or two, and who asks them."""

from __future__ import annotations

import contextlib
import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

from scenarios.measure.stack.cores import apart
from scenarios.measure.stack.doorway import Doorway
from scenarios.measure.stack.fence import Fence
from scenarios.measure.stack.postgres import Postgres
from scenarios.measure.stack.process import Server
from scenarios.measure.stack.relay import Relay
from scenarios.measure.stack.stack import AppStack
from scenarios.measure.traffic.schedule import open_loop
from scenarios.measure.world.world import Place, World, at_port, named
from scenarios.wreck import Arm, Experiment, OpenLoop, Wreck

REQUEST_TIMEOUT_S = 120
WARM_DEADLINE_S = 300
HOST_ADDRESSES = {"web": "127.0.0.4", "aux": "127.0.0.5"}
"""What the database sees each application host as, where there are two."""


class Stage:
    """One arm of one experiment, ready to be asked, as a context manager. Everything it says goes to ``folder``.

    ``web`` is the application under test, ``aux`` the neighbour's host or None. The traffic
    generators are warmed up on entry and wait for ``go``.
    """

    def __init__(self, wreck: Wreck, experiment: Experiment, arm: Arm, world: World, place: Place, folder: Path, seed: int):
        self.wreck, self.experiment, self.arm, self.world, self.place, self.folder, self.seed = wreck, experiment, arm, world, place, folder, seed
        self.web: AppStack | None = None
        self.aux: AppStack | None = None
        self.generators: dict[str, Server] = {}
        self.relays: list[Relay | Doorway] = []
        self.fence: Fence | None = None
        self.aux_postgres: Postgres | None = None

    def __enter__(self) -> Stage:
        with ExitStack() as standing:
            self._standing = standing
            if self.experiment.memory_limit_mb:
                self.fence = standing.enter_context(Fence(self.experiment.memory_limit_mb))
            # Each starts slowly and needs little of the others for it: all at once, then.
            with ThreadPoolExecutor(2) as pool:
                started = [pool.submit(self._start_web)] + ([pool.submit(self._start_aux)] if self._has_neighbour else [])
            for each in started:
                each.result()
            self._await_warm()
            if self.experiment.hosts_apart:
                # Only now: every session has begun that will.
                standing.enter_context(apart(self.world.postgres.server.pids, self._others, self._second_database))
            self._standing = standing.pop_all()
        return self

    def __exit__(self, *exception) -> None:
        try:
            # Each takes a moment to end, and none needs another for it.
            servers = [*self.web.servers, *(self.aux.servers if self.aux else []), *self.generators.values(), *(relay.server for relay in self.relays)]
            with ThreadPoolExecutor(len(servers)) as pool:
                for ending in [pool.submit(server.stop) for server in servers]:
                    ending.result()
        finally:
            self._standing.__exit__(*exception)

    @property
    def _has_neighbour(self) -> bool:
        return bool(self.experiment.neighbour and self.arm.neighbour)

    def _start_web(self) -> None:
        began = time.monotonic()
        self._ready_to_ask("web")
        self.web = self._host("web", self.arm.handler, self.arm.workers or self.experiment.workers, dict(self.arm.environment))
        self.served_after_s = time.monotonic() - began
        self._tell("web", plan(self.wreck, self.experiment, self.arm, self.web.url, self.seed))

    def _start_aux(self) -> None:
        self._ready_to_ask("aux")
        self.aux = self._host("aux", self.arm.neighbour.handler, self.arm.neighbour.workers or self.experiment.neighbour.workers, {})
        self._tell("aux", neighbours_plan(self.wreck, self.experiment, self.arm, self.aux.url, self.seed))

    def _host(self, name: str, handler: str, workers: int, environment: dict[str, str]) -> AppStack:
        """Start an application host; nothing of the neighbour's goes through the first one's relay."""
        folder = self._folder_of(name)
        url = self._way_to_database(name, folder)
        mine = name == "web"
        return self._standing.enter_context(
            AppStack(
                folder, self.wreck.slug, handler, url, workers,
                folder / "spans" if self.experiment.probes else None,
                environment=environment, preload=self.arm.preload if mine else None, python=self.arm.python if mine else None,
                gunicorn_options=self.arm.gunicorn if mine else (), fence=self.fence if mine else None,
                watch_memory=self.experiment.watch_memory and mine, pool=self.arm.pool if mine else None,
            )
        )  # fmt: skip

    def _others(self) -> list[int]:
        """Return every process of this run but the databases'."""
        return [pid for name, pids in self.groups().items() if not name.endswith("postgres") for pid in pids]

    def _second_database(self) -> list[int]:
        return self.aux_postgres.server.pids() if self.aux_postgres else []

    def _way_to_database(self, host: str, folder: Path) -> str:
        options, place = self.arm.database_options, self.place
        if host == "aux":
            options = self.arm.neighbour.database_options
            if self.arm.neighbour.own_database:
                self.aux_postgres, place = self._standing.enter_context(self.world.copy_elsewhere(folder))
        url = named(place.url, host, options)
        if self.experiment.round_trip_ms:
            relay = self._standing.enter_context(Relay(folder, place.port, self.experiment.round_trip_ms))
        elif self.experiment.neighbour:
            relay = self._standing.enter_context(Doorway(folder, place.port, HOST_ADDRESSES[host]))
        else:
            return url
        self.relays.append(relay)
        return at_port(url, relay.port)

    def _folder_of(self, host: str) -> Path:
        return self.folder if host == "web" else self.folder / host

    def _ready_to_ask(self, host: str) -> None:
        """Start the traffic generator of a host, as a server of ours, so that it too dies with us. It waits for its plan."""
        folder = self._folder_of(host)
        folder.mkdir(exist_ok=True)
        argv = [sys.executable, "-m", "scenarios.measure.traffic.client", folder / "plan.json", folder / "client.jsonl", self.folder / "go"]
        self.generators[host] = self._standing.enter_context(Server(f"the traffic generator for {host}", argv, folder / "generator.out", grace_s=2))

    def _tell(self, host: str, what: dict) -> None:
        """Give a generator its plan: whole, or not yet."""
        path = self._folder_of(host) / "plan.json"
        path.with_suffix(".part").write_text(json.dumps(what), encoding="utf-8")
        path.with_suffix(".part").rename(path)

    def _await_warm(self) -> None:
        for generator in self.generators.values():
            generator.wait_ready(
                lambda log=generator.log: "warm" in log.read_text(encoding="utf-8", errors="replace").split(), WARM_DEADLINE_S, "its warm-up"
            )

    def go(self) -> None:
        """Let traffic begin."""
        (self.folder / "go").touch()

    @property
    def generator(self) -> Server:
        """The one whose end is the run's end."""
        return self.generators["web"]

    @property
    def aux_address(self) -> str:
        """Return what the database knows the neighbour's host by."""
        return HOST_ADDRESSES["aux"]

    def database_url(self) -> str:
        """Return the way the application takes to its database."""
        return at_port(self.place.url, self.relays[0].port) if self.relays else self.place.url

    def groups(self) -> dict[str, list[int]]:
        """Return the process ids of each group, as they are now."""
        found = {"postgres": self.world.postgres.server.pids()} if self.world.postgres else {}
        found |= self.web.groups() | {"traffic": self.generators["web"].pids()}
        if self.aux:
            found |= {f"aux-{name}": pids for name, pids in self.aux.groups().items()}
            found["aux-traffic"] = self.generators["aux"].pids()
        if self.aux_postgres:
            found["aux-postgres"] = self.aux_postgres.server.pids()
        if self.relays:
            found["relay"] = [pid for relay in self.relays for pid in relay.server.pids()]
        return found

    def check(self) -> None:
        """Raise StackError if one of the servers is not running."""
        self.web.check()
        if self.aux:
            self.aux.check()
        for relay in self.relays:
            relay.server.check()
        if self.world.postgres:
            self.world.postgres.server.check()


def plan(wreck: Wreck, experiment: Experiment, arm: Arm, url: str, seed: int) -> dict:
    """Return what the generator is to do, as it reads it."""
    traffic, paths = experiment.traffic, wreck.paths_of(experiment)
    sender = f"{experiment.name}/{arm.name}"
    common = _common(experiment, arm, url, paths, f"{seed}/{sender}") | {"workers": arm.workers or experiment.workers}
    common["warm_paths"] = list(experiment.warm_paths or paths)
    if isinstance(traffic, OpenLoop):
        schedule = open_loop(traffic.rate_per_s, traffic.duration_s, traffic.arrivals, len(paths), seed, sender)
        return {**common, "schedule": [[d.due_s, d.path, d.trace_id] for d in schedule]}
    return {**common, **asdict(traffic), "begins_s": 0.0, "draws": f"{seed}"}


def neighbours_plan(wreck: Wreck, experiment: Experiment, arm: Arm, url: str, seed: int) -> dict:
    """Return what the neighbour's generator is to do."""
    neighbour = experiment.neighbour
    common = _common(experiment, arm, url, neighbour.paths, f"{seed}/{experiment.name}/{arm.name}/aux")
    loop = {"clients": neighbour.clients, "begins_s": neighbour.begins_s, "duration_s": neighbour.ends_s, "requests": neighbour.requests}
    # Warmed by one wave of what the first host is asked for: what the neighbour asks for is the very load that must not be there before its time.
    warm = {"workers": arm.neighbour.workers or neighbour.workers, "warm_paths": list(wreck.paths_of(experiment)), "warm_for_s": 0.0}
    return {**common, **loop, **warm, "weights": None, "draws": f"{seed}/aux"}


def _common(experiment: Experiment, arm: Arm, url: str, paths, seed: str) -> dict:
    return {"experiment": experiment.name, "arm": arm.name, "url": url, "paths": list(paths), "timeout_s": REQUEST_TIMEOUT_S, "seed": seed}


@contextlib.contextmanager
def data_for(world: World, experiment: Experiment, arm: Arm):
    """Give the place a run works on: one of its own, dropped after, for handlers that write."""
    if not experiment.fresh_data:
        yield world.place(arm)
        return
    with world.fresh(arm) as place:
        yield place
