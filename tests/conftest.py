"""The order of the whole suite, and the signals it starts from."""

import signal
from pathlib import Path

import pytest
from hypothesis import settings

HERE = Path(__file__).parent

# The same examples every time, and none judged by the clock: a machine that is busy fails nothing.
settings.register_profile("ours", deadline=None, derandomize=True)
settings.load_profile("ours")


def pytest_configure():
    """Hear Ctrl-C and hang-up as at a terminal: a shell's background jobs inherit them ignored, and so would what tests start."""
    for number, default in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL), (signal.SIGQUIT, signal.SIG_DFL)):
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, default)


@pytest.hookimpl(tryfirst=True)  # before the plugin that splits them looks for their groups
def pytest_collection_modifyitems(config, items):
    """Run the browser's tests last: it lives until the session ends, and tests of the stack assert that we have no process left.

    Where two work side by side (``invoke test``), one has all that start servers and the other all that need a browser, the two
    longest parts, and the files of the rest go to whoever is free: what tests share is made once.
    """
    is_split = hasattr(config, "workerinput")
    parts = {"stack": 0, "browser": 1 if is_split else 3}
    items.sort(key=lambda item: parts.get(_part(item), 2))
    for item in items:
        item.add_marker(pytest.mark.xdist_group(part if (part := _part(item)) in parts else item.path.as_posix()))


def _part(item) -> str:
    return item.path.relative_to(HERE).parts[0]
