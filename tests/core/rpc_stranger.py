"""Messages as a stranger's plugin brings them, outside the contract; with shapes that the contract does not use."""

from datetime import date, datetime, time
from enum import StrEnum

from pydantic import Field

from yiji.core.contract.patient import PatientBrief, Sex
from yiji.core.message import Query, Value


class Mood(StrEnum):
    """How the stranger feels."""

    GLAD = "glad"
    SAD = "sad"


class Guess(Value):
    """What the stranger answers."""

    patient: PatientBrief
    mood: Mood
    flags: tuple[bool, ...] = ()
    days: tuple[date, ...] = ()
    moments: tuple[datetime, ...] = ()
    sexes: tuple[Sex, ...] = ()
    numbers: dict[str, int] = Field(default_factory=dict[str, int])
    patients: dict[str, PatientBrief] = Field(default_factory=dict[str, PatientBrief])
    maybe: bytes | None = None
    closes: time = time(17)
    share: float = 0.5


class AskStranger(Query[tuple[Guess, ...]], permission="stranger.ask"):
    """A plugin's own question."""

    about: str


class CountGuesses(Query[int], permission="stranger.ask"):
    """How many?"""
