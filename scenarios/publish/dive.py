"""A wreck as the pages see it: its declaration and its evidence together, read once and lazily."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from scenarios import claims, code
from scenarios.bench import Bench
from scenarios.bench import read as read_bench
from scenarios.errors import ClaimError, EvidenceError, UsageError, WreckError, nearest
from scenarios.record import ArmResult, ClaimResult, Experiment, Plan, Plans, Record, Samples, SeriesFile
from scenarios.record import arm_of, read_plans, read_record, read_samples, read_series
from scenarios.soundings import Soundings
from scenarios.soundings import read as read_soundings
from scenarios.wreck import WRECKS, Wreck, load, slugs

HEADLINE = "headline"
NOT_DIVED = "not yet dived"
"""What is said of a wreck without evidence."""


@dataclass(eq=False)
class Dive:
    """One wreck's declaration (``wrecks``/<slug>) and evidence (``site_data``/<slug>)."""

    slug: str
    site_data: Path
    wrecks: Path = WRECKS
    _known: dict[str, Dive] = field(default_factory=dict, repr=False)
    """The dives of its fleet so far, by slug."""
    _judged: dict[str, ClaimResult] = field(default_factory=dict, repr=False)

    @cached_property
    def wreck(self) -> Wreck:
        return load(self.slug, self.wrecks)

    @property
    def folder(self) -> Path:
        return self.site_data / self.slug

    @property
    def is_dived(self) -> bool:
        """Whether there is any evidence of it yet."""
        return (self.folder / "record.json").exists()

    @cached_property
    def record(self) -> Record:
        record = read_record(self.folder)
        if record.wreck != self.slug:
            raise EvidenceError(f"evidence of {self.slug} in {self.slug}/record.json", f"that of '{record.wreck}'", "run 'invoke rebuild'")
        return record

    @cached_property
    def code_is_newer(self) -> bool:
        """Whether the code that the evidence depends on is no longer what made it."""
        return code.sha256(self.slug, self.wrecks) != self.record.code_sha256

    @cached_property
    def samples(self) -> Samples:
        return read_samples(self.folder)

    @cached_property
    def plans(self) -> Plans:
        return read_plans(self.folder)

    @cached_property
    def series(self) -> SeriesFile:
        return read_series(self.folder)

    def trace(self, ident: str) -> dict:
        """Return ``traces/<ident>.json`` as it stands, an OTLP/JSON document."""
        path = self.folder / "traces" / f"{ident}.json"
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise EvidenceError(f"a trace in {self.slug}/traces/", f"no '{ident}.json'", "run 'invoke rebuild' to make it") from None
        except (ValueError, RecursionError) as fault:
            raise EvidenceError(f"JSON in {self.slug}/traces/{ident}.json", str(fault), "restore it from version control") from None
        if not isinstance(document, dict) or "resourceSpans" not in document:
            raise EvidenceError(f"an OTLP trace in {self.slug}/traces/{ident}.json", "no resourceSpans", "restore it from version control")
        return document

    def other(self, slug: str) -> Dive:
        """Return another wreck's dive, as its fleet has read it; this one where it is meant itself."""
        return self if slug == self.slug else self._known.get(slug) or Dive(slug, self.site_data, self.wrecks)

    def experiment(self, name: str) -> Experiment:
        if name not in self.record.experiments:
            raise EvidenceError(f"an experiment of {self.slug}", f"'{name}'", nearest(name, self.record.experiments))
        return self.record.experiments[name]

    def arm(self, experiment: str, name: str) -> ArmResult:
        return arm_of(self.record, experiment, name)

    def plan(self, scale: str, arm: str) -> Plan:
        if scale not in self.plans.plans:
            raise EvidenceError(f"plans of {self.slug} at a scale", f"'{scale}'", nearest(scale, self.plans.plans))
        if arm not in self.plans.plans[scale]:
            raise EvidenceError(f"a plan of {self.slug} at {scale}", f"'{arm}'", nearest(arm, self.plans.plans[scale]))
        return self.plans.plans[scale][arm]

    # --- claims --------------------------------------------------------------------------------

    def claim(self, name: str) -> ClaimResult | None:
        """Return a claim judged on the record, once.

        Evidence that may be published must bear it out: ClaimError otherwise. In a trial run a claim may
        fail, and be shown failing; None means that the run did not measure it, and has an excuse.
        """
        if name in self._judged:
            return self._judged[name]
        known = {c.name: c for c in self.wreck.claims}
        if name not in known:
            raise UsageError(f"a claim of {self.slug}", f"'{name}'", nearest(name, known))
        try:
            result = claims.judge(known[name], self.record)
        except EvidenceError as fault:
            if self.excuse(fault) is None:
                raise
            return None
        if self.record.publishable and not result.holds:
            raise _failed(self.slug, name, result)
        self._judged[name] = result
        return result

    def excuse(self, fault: WreckError) -> str | None:
        """Return why the evidence that ``fault`` misses need not be there, None if it must."""
        return claims.excuse(self.wreck, self.record, fault)

    def check(self) -> None:
        """Raise ClaimError for a claim that failed when the evidence was made, or that fails now."""
        if not self.is_dived or not self.record.publishable:
            return
        for name, result in self.record.claims.items():
            if not result.holds:
                raise _failed(self.slug, name, result)
        for claim in self.wreck.claims:
            self.claim(claim.name)


@dataclass
class Fleet:
    """Every wreck there is, by slug."""

    site_data: Path
    wrecks: Path = WRECKS
    _dives: dict[str, Dive] = field(default_factory=dict)

    @cached_property
    def soundings(self) -> Soundings | None:
        """What was measured apart from any wreck, None where there are no soundings yet."""
        return read_soundings(self.site_data)

    @cached_property
    def bench(self) -> Bench | None:
        """What the instruments themselves cost, None where that was not measured yet."""
        return read_bench(self.site_data)

    @cached_property
    def undived(self) -> list[str]:
        """The wrecks that have no evidence yet."""
        return [slug for slug in slugs(self.wrecks) if not Dive(slug, self.site_data, self.wrecks).is_dived]

    def dive(self, slug: str) -> Dive:
        """Return the dive, its claims checked. Raises UsageError for an unknown wreck."""
        if slug not in self._dives:
            if slug not in slugs(self.wrecks):
                raise UsageError("a wreck", f"'{slug}'", nearest(slug, slugs(self.wrecks)))
            dive = Dive(slug, self.site_data, self.wrecks, self._dives)
            dive.check()
            self._dives[slug] = dive
        return self._dives[slug]


def _failed(slug: str, name: str, result: ClaimResult) -> ClaimError:
    return ClaimError(f"claim '{name}' of {slug} to hold", claims.explain(result), "mend the page's story or run 'invoke rebuild'")
