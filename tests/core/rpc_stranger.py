"""Messages as a stranger's plugin brings them, outside the contract."""

from yiji.core.contract.patient import PatientBrief
from yiji.core.message import Query, Value


class Guess(Value):
    """What the stranger answers."""

    patient: PatientBrief
    chances: tuple[float, ...] = ()


class AskStranger(Query[Guess], permission="stranger.ask"):
    """A plugin's own question."""

    about: str
