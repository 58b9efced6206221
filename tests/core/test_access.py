"""Users, and the tokens of patients."""

import jwt
import pytest
from pydantic import ValidationError

from yiji.core.actor import permits, verify
from yiji.core.app import App
from yiji.core.contract.access import AddUser, IssuePatientToken, IssueToken
from yiji.core.errors import InvalidMessage, NotPermitted

PATIENT = "pat-01jd3v0000000000000000000a"


def test_a_patients_token_names_the_patient(app: App) -> None:
    token = app.bus_as(app.operator_token()).ask(IssuePatientToken(patient_id=PATIENT))
    actor = verify(token.token, app.settings.secret, app.settings.site.id)
    assert (actor.name, actor.roles, actor.patient) == (f"patient:{PATIENT}", ("patient",), PATIENT)
    claims = jwt.decode(token.token, app.settings.secret, algorithms=["HS256"], issuer=app.settings.site.id)
    assert claims["exp"] - claims["iat"] == 3600
    with pytest.raises(NotPermitted):
        app.bus_as(token.token).ask(IssuePatientToken(patient_id=PATIENT))


def test_the_app_signs_for_patients_and_for_nobody_else(app: App) -> None:
    operator = app.bus_as(app.operator_token())
    operator.ask(AddUser(name="mini", full_name="小程序", roles=("app",)))
    mini = app.bus_as(operator.ask(IssueToken(name="mini")).token)
    assert mini.ask(IssuePatientToken(patient_id=PATIENT, hours=2)).user == f"patient:{PATIENT}"
    with pytest.raises(NotPermitted):
        mini.ask(IssueToken(name="mini"))


@pytest.mark.parametrize("told", [{"patient_id": ""}, {"patient_id": "admin"}, {"patient_id": "pat-1 x"}])
def test_a_token_is_for_an_id(told: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        IssuePatientToken(**told)
    with pytest.raises(ValidationError):
        IssuePatientToken(patient_id=PATIENT, hours=25)


def test_no_user_is_a_patient(app: App) -> None:
    with pytest.raises(InvalidMessage):
        app.bus_as(app.operator_token()).ask(AddUser(name="zhang", full_name="张三", roles=("patient",)))


def test_only_who_serves_patients_signs_for_them() -> None:
    roles = ("chief", "dispatcher", "technician", "doctor", "his", "patient", "cashier", "screen", "device")
    assert not any(permits(role, "access.patient") for role in roles)
