"""Handlers of a wreck that no server runs: pages show them as code that ran."""


def wrecked(session, pattern):
    # suspect 1: it reads everything
    rolls = session.execute("SELECT players.login, sum(rolls.result) FROM rolls JOIN players ON players.id = rolls.player_id GROUP BY 1")

    return [roll for roll in rolls if pattern in roll.login]


def rewritten(session, pattern):
    return session.execute("SELECT login FROM players WHERE login LIKE :pattern", {"pattern": pattern})
