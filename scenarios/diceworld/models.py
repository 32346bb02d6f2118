"""The dice world's four tables: players, games, who plays what, and every roll of the dice.

Only the primary keys and the unique login are indexed. Foreign keys are constraints without an
index, which is Postgres' default and the root of more than one wreck.
"""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, MetaData, String, Table
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "pk": "%(table_name)s_pkey",
            "uq": "%(table_name)s_%(column_0_name)s_key",
            "fk": "%(table_name)s_%(column_0_name)s_fkey",
        }
    )


# Neither a key nor an index, as in the talk.
player_to_game = Table(
    "tw_player_to_game",
    Base.metadata,
    Column("player_id", ForeignKey("tw_players.id"), nullable=False),
    Column("game_id", ForeignKey("tw_games.id"), nullable=False),
)


class Player(Base):
    __tablename__ = "tw_players"

    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(String(16), unique=True)
    password: Mapped[str] = mapped_column(String(32))
    first_name: Mapped[str] = mapped_column(String(40))
    last_name: Mapped[str] = mapped_column(String(40))

    games: Mapped[list[Game]] = relationship(secondary=player_to_game, back_populates="players")
    rolls: Mapped[list[Roll]] = relationship(back_populates="player")


class Game(Base):
    __tablename__ = "tw_games"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60))

    players: Mapped[list[Player]] = relationship(secondary=player_to_game, back_populates="games")
    rolls: Mapped[list[Roll]] = relationship(back_populates="game")


class Roll(Base):
    """One player's roll of one dice code, such as 3d6+2; ``result`` includes the bonus."""

    __tablename__ = "tw_rolls"

    id: Mapped[int] = mapped_column(primary_key=True)
    game_id: Mapped[int] = mapped_column(ForeignKey("tw_games.id"))
    player_id: Mapped[int] = mapped_column(ForeignKey("tw_players.id"))
    code: Mapped[str] = mapped_column(String(12))
    num_dice: Mapped[int]
    die_sides: Mapped[int]
    bonus: Mapped[int]
    result: Mapped[int]

    game: Mapped[Game] = relationship(back_populates="rolls")
    player: Mapped[Player] = relationship(back_populates="rolls")
