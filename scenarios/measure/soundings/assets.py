"""How many bytes writing smaller and packing save: of the application's pages, and of a stylesheet and a script."""

from __future__ import annotations

import gzip
import re
import time
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from scenarios.claims import exact, interval
from scenarios.errors import StackError
from scenarios.measure.soundings.place import Size
from scenarios.soundings import Sounding

OF_OTHERS = {"style": "style.css", "script": "debugger.js"}
"""The application loads neither stylesheet nor script: its style stands in the page. These come along with Werkzeug, which
the application runs on, as people wrote them."""
GZIP_LEVEL = 6
PACKED_TIMES = 50
"""How often, in a round."""
FORMS = {"as-written": "as written", "minified": "minified", "packed": "packed", "minified-packed": "minified and packed"}
HOW = (
    "Minified: remarks, indentation and needless blanks dropped, names left as they are. "
    f"Packed: gzip, level {GZIP_LEVEL}. Bytes of the body, no headers"
)


def examples() -> dict[str, bytes]:
    """Return the stylesheet and the script by kind. Raises StackError where Werkzeug has them no longer."""
    folder = Path(find_spec("werkzeug").origin).parent / "debug" / "shared"
    try:
        return {kind: (folder / name).read_bytes() for kind, name in OF_OTHERS.items()}
    except OSError as fault:
        raise StackError(f"{', '.join(OF_OTHERS.values())} among Werkzeug's files", str(fault.strerror), "name others in assets.py") from None


def minified(kind: str, content: bytes) -> bytes:
    """Return a ``style``, ``script`` or ``page`` written smaller, to the same effect."""
    return _MINIFIED[kind](content.decode()).encode()


def style(text: str) -> str:
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    text = re.sub(r"\s+", " ", text)
    text = re.sub(r" ?([{};,]) ?", r"\1", text)
    # Not the blank before a colon: "a :hover" is not "a:hover".
    return re.sub(r": ", ":", text).replace(";}", "}").strip()


def script(text: str) -> str:
    """Drop lines that are remarks, indentation and blank lines; line ends stay, for a statement may end with one."""
    text = re.sub(r"^\s*/\*.*?\*/\s*$", "", text, flags=re.DOTALL | re.MULTILINE)
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


def page(text: str) -> str:
    """Make one blank of several, and the style within as small as a stylesheet. For pages without preformatted text."""
    text = re.sub(r"(<style>)(.*?)(</style>)", lambda found: found[1] + style(found[2]) + found[3], text, flags=re.DOTALL)
    return re.sub(r">\s+<", "> <", re.sub(r"\s+", " ", text)).strip()


_MINIFIED = {"style": style, "script": script, "page": page}


def sizes(kind: str, content: bytes) -> dict[str, int]:
    """Return the bytes of ``content`` in each of ``FORMS``."""
    small = minified(kind, content)
    return {
        "as-written": len(content), "minified": len(small), "packed": len(packed(content)), "minified-packed": len(packed(small)),
    }  # fmt: skip


def packed(content: bytes) -> bytes:
    return gzip.compress(content, GZIP_LEVEL, mtime=0)


def packing_ns(content: bytes, size: Size) -> list[float]:
    """Return how long packing takes, the quickest of a round's."""
    return [min(_took_ns(content) for _ in range(1 if size.is_quick else PACKED_TIMES)) for _ in range(size.rounds)]


def _took_ns(content: bytes) -> int:
    began = time.perf_counter_ns()
    packed(content)
    return time.perf_counter_ns() - began


def measured(pages: Mapping[str, list[bytes]], size: Size) -> dict[str, Sounding]:
    """Return bytes by name, ``myth-bytes-<what>-<form>``: of each wreck's ``pages``, a value a page, and of the two assets together.

    And the time that packing takes, ``myth-gzip-<what>``, of a page of middling size.
    """
    assets = [sizes(kind, content) for kind, content in examples().items()]
    found = {form: exact([float(sum(each[form] for each in assets))]) for form in FORMS}
    what = {"assets": ("A stylesheet and a script", found)}
    for slug, contents in pages.items():
        each_page = [sizes("page", content) for content in contents]
        what[slug] = (f"A page of {slug}", {form: exact([float(each[form]) for each in each_page]) for form in FORMS})
    together = b"\n".join(examples().values())
    joined = exact([float(len(packed(together)))])
    as_one = Sounding(title="A stylesheet and a script, joined and packed as one", unit="bytes", measured=joined, how=HOW + ".")
    middling = {slug: sorted(contents, key=len)[len(contents) // 2] for slug, contents in pages.items()}
    times = {f"myth-gzip-{name}": _gzip(name, content, size) for name, content in {"assets": together, **middling}.items()}
    return {"myth-bytes-assets-joined-packed": as_one} | times | {
        f"myth-bytes-{name}-{form}": Sounding(title=f"{title}, {FORMS[form]}", unit="bytes", measured=by_form[form], how=HOW + ".")
        for name, (title, by_form) in what.items()
        for form in FORMS
    }


def _gzip(name: str, content: bytes, size: Size) -> Sounding:
    times = "" if size.is_quick else f": a round is the quickest of {PACKED_TIMES} times"
    how = f"Packing {len(content):,} bytes with gzip, level {GZIP_LEVEL}, in Python{times}."
    return Sounding(title=f"{name} packed with gzip", unit="ns", measured=interval(packing_ns(content, size)), how=how)
