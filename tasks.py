"""What a person can ask of this project: ``invoke --list``. Each task is a few lines that delegate."""

from __future__ import annotations

import contextlib
import functools
import io
import os
import select
import shutil
import sys
from pathlib import Path

from invoke import Exit, task

HERE = Path(__file__).parent
DOCS, SITE, SITE_DATA = HERE / "docs", HERE / "site", HERE / "site_data"
TRIAL_DATA = HERE / ".trial" / "site_data"
os.chdir(HERE)
sys.path.insert(0, str(HERE))


NOBODY_READS = 128 + 13
"""The exit code of a program whose reader has gone: as a shell tells of SIGPIPE."""


@contextlib.contextmanager
def edge():
    """Where errors meant for people end: one line, and an exit code that is not 0."""
    from scenarios.errors import WreckError
    from scenarios.measure.stack.process import terminate_as_exit

    try:
        with terminate_as_exit():
            yield
            sys.stdout.flush()  # Else Python finds out as it ends, in a traceback, that nobody reads any more.
    except WreckError as error:
        raise Exit(f"invoke: {error}", code=error.exit_code) from error
    except OSError as error:
        if isinstance(error, BrokenPipeError) and _unread():
            raise Exit(code=NOBODY_READS) from None
        got = (error.strerror or str(error)) + (f": {Path(str(error.filename)).name}" if error.filename else "")
        raise Exit(f"invoke: wanted to read or write; got {got}; see that there is room and the right", code=1) from error
    except KeyboardInterrupt:
        raise Exit("invoke: stopped by Ctrl-C; the evidence is as it was", code=130) from None
    finally:
        _unread()


@task(
    help={
        "wreck": "one wreck by name (default: all)",
        "rounds": "how often each arm is run (default: as the wreck declares, at least 5)",
        "scale": "small, tenth, talk or deep, in place of the wreck's own",
        "quick": "a minute or two on little data: to see that it works, not to be published",
        "database-url": "an existing Postgres instead of the one that comes along",
        "force": "run even where nothing changed since the evidence was made",
    }
)
def rebuild(_, wreck=None, rounds=None, scale=None, quick=False, database_url=None, force=False):
    """Sink every wreck, write the evidence, build the site."""
    with edge():
        from scenarios.measure.alone import alone_in
        from scenarios.measure.main import rebuild_all
        from scenarios.measure.options import Options
        from scenarios.measure.soundings.main import sound_if_stale

        options = Options(rounds=_whole("rounds", rounds), scale=scale, quick=quick, database_url=database_url)
        into = TRIAL_DATA if options.is_trial else SITE_DATA
        with alone_in(HERE):
            failure = rebuild_all(wreck, options, into, force=force)
            if not wreck:
                sounded = sound_if_stale(options, into, force=force)
                failure = failure or sounded
            _build(into, even_if_fresh=False)
        if failure:
            raise failure


@task(
    help={
        "trial": "from the last trial run (--quick, --rounds below 5, --scale or --database-url)",
        "drafts": "say what is wrong with pages of wrecks that are not published yet, and build the others, as 'invoke serve' does",
    }
)
def site(_, trial=False, drafts=False):
    """Build the site into site/ from the evidence there is."""
    with edge():
        _build(TRIAL_DATA if trial else SITE_DATA, drafts=drafts)


@task(help={"port": "the port on this machine (default: a free one)", "trial": "show the last trial run, as 'invoke site --trial' does"})
def serve(_, port=0, trial=False):
    """Serve site/ on this machine only, until Ctrl-C; when pages, wrecks or evidence change it is built again."""
    with edge():
        from scenarios.publish.serve import serve as serve_site
        from scenarios.publish.watching import watch_of

        command = [sys.executable, "-m", "invoke", "site", "--drafts", *(["--trial"] if trial else [])]
        watch = watch_of(DOCS, SITE, TRIAL_DATA if trial else SITE_DATA, command)
        serve_site(SITE, _whole("port", port), watch)


@task(
    help={
        "name": "what the ship is called, such as 'Pool Party'",
        "from": "an existing wreck to start from, by name (default: a small one that holds)",
    }
)
def new(_, name, from_=None):
    """Make a new wreck and its page to start from, runnable at once."""
    with edge():
        from scenarios.scaffold.main import Places, begin
        from scenarios.wreck import WRECKS

        begin(name, Places(WRECKS, DOCS / "dives", SITE_DATA), like=from_)


@task
def check(_):
    """Put every claim to the test on the committed evidence. Starts nothing."""
    with edge():
        from scenarios.checking import check_all

        check_all(SITE_DATA)


@task(
    help={
        "a": "a record.json, a wreck's folder, a folder of wrecks such as site_data, or a commit",
        "b": "the same, to hold against the first",
        "format": "text, markdown or json",
        "output": "a file to write to instead of the screen",
        "fail-on": "worse (exit code 3 where something got worse; the default) or never",
    }
)
def compare(_, a, b, format="text", output=None, fail_on="worse"):
    """Say what changed from evidence A to evidence B: same, better, worse, or cannot tell."""
    with edge():
        from scenarios.compare.main import run

        run(a, b, form=format, output=output, fail_on=fail_on)


@task(
    help={
        "long": "a run of a million requests for the recorder too, some minutes more",
        "quick": "a minute, to see that it works; kept apart and never published",
    }
)
def bench(_, long=False, quick=False):
    """Measure what the instruments themselves cost, and keep it as evidence."""
    with edge():
        from scenarios.errors import UsageError
        from scenarios.measure.alone import alone_in
        from scenarios.measure.bench import main as instruments
        from scenarios.publish.timing import measured

        if long and quick:
            raise UsageError("--long or --quick", "both", "choose one")
        size, into = instruments.LONG if long else instruments.FULL, SITE_DATA
        if quick:
            size, into = instruments.QUICK, TRIAL_DATA
        words = "invoke bench" + (" --long" if long else " --quick" if quick else "")
        with alone_in(HERE):
            look = _look()
            instruments.bench(into, lambda builds, begin: measured(DOCS, SITE_DATA, builds, begin, look), size=size, command=words)
        where = (into / "bench.json").relative_to(HERE)
        print(f"kept in {where}; 'invoke site{' --trial' if quick else ''}' shows it on the page Method")


@task(help={"only": "a folder of tests/ (unit, stack, site, browser)", "k": "as pytest's -k"})
def test(_, only="", k=""):
    """Run the tests."""
    with edge():
        import pytest

        from tests.side_by_side import run

        code = pytest.main([str(HERE / "tests" / only), *(["-k", k] if k else [])]) if only or k else run(HERE / "tests")
        if code:
            raise Exit(code=int(code))


@task
def doctor(_):
    """Say what this machine has and lacks."""
    with edge():
        from scenarios.doctor import examine

        examine()


def _unread() -> bool:
    """Let go of output that nobody reads any more, such as a pipe to ``head``; return whether there was any."""
    found = False
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
            is_gone = _has_hung_up(stream)  # Where nothing is buffered, nothing is left to flush.
        except BrokenPipeError:
            is_gone = True
        if is_gone:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)
            found = True
    return found


def _has_hung_up(stream) -> bool:
    try:
        ends = select.poll()
        ends.register(stream.fileno(), 0)
    except io.UnsupportedOperation:  # No file at all, as where a test listens.
        return False
    return any(event & select.POLLERR for _, event in ends.poll(0))


def _build(evidence: Path, *, even_if_fresh: bool = True, drafts: bool = False) -> None:
    from scenarios.publish.site import build
    from scenarios.soundings import FILE

    if evidence == TRIAL_DATA:  # wrecks that had no trial are shown as published
        for published in SITE_DATA.iterdir():
            if published.is_dir() and not (TRIAL_DATA / published.name).exists():
                half = TRIAL_DATA / f".{published.name}.new-copy"
                shutil.rmtree(half, ignore_errors=True)
                shutil.copytree(published, half)
                half.rename(TRIAL_DATA / published.name)
        if (SITE_DATA / FILE).exists() and not (TRIAL_DATA / FILE).exists():
            shutil.copyfile(SITE_DATA / FILE, TRIAL_DATA / FILE)
    # What 'invoke serve' starts is heard on this stream alone.
    of_drafts = functools.partial(print, "invoke:", file=sys.stderr) if drafts else None
    build(DOCS, SITE, evidence, even_if_fresh=even_if_fresh, of_drafts=of_drafts)


def _look():
    """Return what opens pages in a browser, None where there is none: that comes with the tests' packages."""
    try:
        from tests.browser import felt
    except ImportError:
        return None
    return felt.look if felt.has_browser() else None


def _whole(name: str, given) -> int | None:
    from scenarios.errors import UsageError

    if given is None:
        return None
    try:
        return int(given)
    except ValueError:
        raise UsageError(f"a whole number for --{name}", f"'{given}'", "give one") from None
