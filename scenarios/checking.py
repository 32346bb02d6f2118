"""All claims of all wrecks against the evidence there is: no stack, no database."""

from __future__ import annotations

from pathlib import Path

from scenarios import claims
from scenarios import wreck as wrecks
from scenarios.errors import ClaimError, EvidenceError
from scenarios.seal import read_whole


def check_all(site_data: Path, say=print) -> None:
    """Print how every claim comes out. Raises ClaimError when one fails, EvidenceError when evidence is damaged or there is none.

    A wreck that was declared and not yet run is named, and fails nothing.
    """
    failed, known = [], wrecks.slugs()
    dived = [slug for slug in known if (site_data / slug).exists()]
    if not dived:
        raise EvidenceError(f"evidence of a wreck in {site_data.name}/", "none", "run 'invoke rebuild' to make it")
    for slug in sorted({*known} - {*dived}):
        say(f"{slug}: not yet dived; 'invoke rebuild --wreck {slug}' makes its evidence")
    for slug in dived:
        wreck = wrecks.load(slug)
        record = read_whole(site_data / slug)
        say(f"{slug}: evidence of {record.made_at:%Y-%m-%d}, {len(wreck.claims)} claims")
        results, left_out = claims.judge_all(wreck, record)
        for name, why in left_out.items():
            say(f"  {name}: could not be judged where this was made: {why}")
        for name, result in results.items():
            say(f"  {name}: {claims.explain(result)}")
            if not result.holds:
                failed.append(f"{slug} {name} {claims.explain(result)}")
        if not record.publishable:
            failed.append(f"{slug}: not to be published: {'; '.join(record.unpublishable_because)}")
    if failed:
        do = "mend the story or the wreck, or run 'invoke rebuild'"
        raise ClaimError("every claim to hold on publishable evidence", "; ".join(failed), do)
    say("every claim holds; 'invoke site' builds the site from this evidence")
