"""The order of the whole suite, and the signals it starts from."""

import signal

from hypothesis import settings

# The same examples every time, and none judged by the clock: a machine that is busy fails nothing.
settings.register_profile("ours", deadline=None, derandomize=True)
settings.load_profile("ours")


def pytest_configure():
    """Hear Ctrl-C and hang-up as at a terminal: a shell's background jobs inherit them ignored, and so would what tests start."""
    for number, default in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL), (signal.SIGQUIT, signal.SIG_DFL)):
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, default)
    # Asked to end, it ends as if interrupted: the exit that ``invoke`` makes of it would count as one test's failure.
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def pytest_collection_modifyitems(items):
    """Run the browser's tests last: it lives until the session ends, and tests of the stack assert that we have no process left."""
    items.sort(key=lambda item: "tests/browser/" in item.path.as_posix())
