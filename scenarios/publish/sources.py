"""Which of the docs a built page was made of: faults found in what was built are told by the file that a person would mend."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from scenarios.publish.built.links import Fault


def source_of(page: str, docs: Path) -> Path | None:
    """Return the Markdown file that ``page`` (``dives/x/index.html``) was made of, None where it is made by the build itself."""
    folder = PurePosixPath(page).parent
    for name in (f"{folder}.md", f"{folder}/index.md"):
        if (found := docs / name).is_file():
            return found
    return None


def placed(fault: Fault, docs: Path) -> str:
    """Return a fault of a built page's links with the file and line where the link was written, as well as they can be told."""
    source = source_of(fault.page, docs)
    if source is None:
        return str(fault)
    where = f"{docs.name}/{source.relative_to(docs).as_posix()}"
    lines = source.read_text(encoding="utf-8", errors="replace").splitlines()
    at = next((number for number, line in enumerate(lines, 1) if fault.url and fault.url in line), None)
    return f"{where}:{at}: {fault.said}" if at else f"{where}: {fault.said} (line {fault.line} of {fault.page}, built of it)"
