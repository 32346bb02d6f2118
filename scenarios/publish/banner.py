"""The notice on a page whose evidence is a trial run, or whose run noted something: a dead worker, a late generator, stolen CPU."""

from __future__ import annotations

from html import escape

from scenarios.record import Record

_SHOWN = 12


def banner(record: Record) -> str:
    """Return the notice as HTML; "" when nothing speaks against the record."""
    said = ""
    if not record.publishable:
        said += _box(
            "wreck-banner wreck-banner-trial", f"A trial run of {record.wreck}: do not rely on these numbers.", record.unpublishable_because
        )
    warnings = warnings_of(record)
    if warnings:
        folded = f"<details><summary>{len(warnings)} in all</summary>{_list(warnings)}</details>"
        said += (
            f'<div class="wreck-banner" role="note"><p><strong>Noted during the run of {escape(record.wreck)}</strong></p>{folded}</div>'
        )
    return said


def not_dived(slug: str) -> str:
    """Return the notice of a wreck without evidence."""
    return _box("wreck-banner wreck-banner-trial", f"{slug} is not yet dived: there is no evidence of it here.", [f"'invoke rebuild --wreck {slug}' makes it"])


def warnings_of(record: Record) -> list[str]:
    """Return every warning of the record, those of single rounds with their place, each once."""
    rounds = [
        f"{name}, {arm.title}, round {r.round}: {warning}"
        for name, experiment in record.experiments.items()
        for arm in experiment.arms.values()
        for r in arm.rounds
        for warning in r.warnings
    ]
    return list(dict.fromkeys([*record.warnings, *rounds]))


def _box(classes: str, title: str, items: list[str]) -> str:
    return f'<div class="{classes}" role="note"><p><strong>{escape(title)}</strong></p>{_list(items)}</div>'


def _list(items: list[str]) -> str:
    shown = "".join(f"<li>{escape(item)}</li>" for item in items[:_SHOWN])
    more = f"<li>and {len(items) - _SHOWN} more, in the evidence</li>" if len(items) > _SHOWN else ""
    return f"<ul>{shown}{more}</ul>"
