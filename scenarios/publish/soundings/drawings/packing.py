"""Bytes of a page and of assets: as written, minified, packed, both."""

from __future__ import annotations

from scenarios.publish import units
from scenarios.publish.charts.chart import Axis, Chart, Points, Table
from scenarios.publish.dive import Fleet
from scenarios.publish.exhibit import Exhibit
from scenarios.publish.soundings import sounding
from scenarios.soundings import Soundings

FORMS = {
    "as-written": ("as written", "wrecked"), "minified": ("minified", "suspect"), "packed": ("packed", "fix"),
    "minified-packed": ("minified and packed", "salvaged"),
}  # fmt: skip
WHAT = {
    "assets": "A stylesheet and a script",
    "truculent-query": "A page of the SS Truculent Query",
    "highly-selective": "A page of the SS Highly Selective",
}


def draw(found: Soundings, _fleet: Fleet) -> Exhibit:
    bytes_of = {what: {form: sounding.of(found, f"myth-bytes-{what}-{form}").measured.value for form in FORMS} for what in WHAT}
    assets = bytes_of["assets"]
    title = (
        f"Minifying leaves {_share(assets, 'minified')} of a stylesheet and a script, packing {_share(assets, 'packed')}, "
        f"both {_share(assets, 'minified-packed')}"
    )
    marks = tuple(
        Points(label, role, tuple(each[form] for each in bytes_of.values()), tuple(float(at) for at in range(len(WHAT))))
        for form, (label, role) in FORMS.items()
    )
    rows = tuple((name, *(units.text(bytes_of[what][form], "bytes") for form in FORMS), _time(found, what)) for what, name in WHAT.items())
    labels = [label for label, _ in FORMS.values()]
    alt = "; ".join(
        f"{name}: {', '.join(f'{label} {value}' for label, value in zip(labels, values, strict=False))}" for name, *values in rows
    )
    axes = Axis("bytes", "bytes", low=0.0), Axis("", scale="category", categories=tuple(WHAT.values()))
    return Exhibit(
        title=title,
        caption=f"{sounding.of(found, 'myth-bytes-assets-packed').how} Pages: mean of the wreck's. {sounding.made(found)}",
        chart=Chart(title, f"Marks, a row for each: {alt}.", *axes, marks),
        table=Table("Bytes of the body", ("what", *labels, "time to pack"), rows),
        command=found.command,
    )


def _share(each: dict[str, float], form: str) -> str:
    return units.text(each[form] / each["as-written"], "share")


def _time(found: Soundings, what: str) -> str:
    return sounding.told(sounding.of(found, f"myth-gzip-{what}"))
