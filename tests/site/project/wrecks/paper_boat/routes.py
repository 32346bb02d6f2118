"""Handlers that are shown, never run."""


def wrecked(session, pattern):
    """Row as it sank."""
    # suspect 1: paper
    hull = fold("paper", pattern)
    hull = fold("once more", hull)

    # suspect 2: the sail
    return session.execute(hull < "sail")


def without_sail(session, pattern):
    return session.execute(fold("paper", pattern))


def waxed(session, pattern):
    return session.execute(wax(fold("paper", pattern)))


def fold(what, pattern):
    return f"{what} & {pattern}"


def wax(hull):
    return hull
