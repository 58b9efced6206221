"""Who is this? The patients of one batch: known ones by number, new ones to be written; a number belongs to one."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, func, select

from yiji.booking.errors import IdentityConflict, TwoPatients
from yiji.booking.people.identity import IDENTITY_TYPES, masked
from yiji.booking.people.learning import Number, Told, check_same, learn, read_told, without_identity
from yiji.booking.people.spelling import spell
from yiji.booking.queries.standing import standing
from yiji.booking.tables import PatientNumberRow, PatientRow
from yiji.core import clock, ids
from yiji.core.contract.patient import PatientBrief
from yiji.core.errors import NotFound
from yiji.core.store.bulk import insert_rows, update_rows
from yiji.core.store.db import Tx
from yiji.core.store.match import one_of

_PATIENT, _NUMBER = PatientRow.table(), PatientNumberRow.table()
_OWN = _NUMBER.alias("own")
_LEARNT = ("name", "sex", "birth_date", "phone", "pinyin", "initials")

# The patient's identity numbers, in the row of any of his numbers.
_IDENTITIES = (
    select(func.array_agg(_OWN.c.value))
    .where(_OWN.c.patient_id == _PATIENT.c.id, _OWN.c.type.in_(sorted(IDENTITY_TYPES)))
    .scalar_subquery()
    .label("identities")
)


class Registry:
    """The patients of one batch; each command sees what the ones before it brought.

    The records that are known stay locked until the end of the transaction, so that nobody merges them meanwhile.
    `strict`: see `yiji.booking.people.learning`.
    """

    def __init__(self, tx: Tx, named: Sequence[PatientBrief], strict: bool = False) -> None:
        self._tx = tx
        self._strict = strict
        self._today = clock.today(tx.settings.site.zone)
        self._known: dict[Number, str] = {}
        self._by_identity: dict[str, str] = {}
        self._rows: dict[str, dict[str, Any]] = {}
        self._fresh: dict[str, dict[str, Any]] = {}
        self._changed: set[str] = set()
        self._numbers: dict[Number, dict[str, Any]] = {}
        self._into: dict[str, str] = {}
        self._load([read_told(brief, self._today, strict=False) for brief in named])

    def _load(self, told: Sequence[Told]) -> None:
        values = {number.value for one in told for number in one.numbers}
        rows: Sequence[Row[Any]] = self._look_up(sorted(values)) if values else ()
        named = {one.id for one in told if one.id}
        self._into = standing(self._tx.db, named) if named else {}
        for row in rows:
            self._known[(row.system, row.value)] = row.id
            if row.type in IDENTITY_TYPES:
                self._by_identity[row.value] = row.id
            self._keep(row)
        self._load_rest(set(self._into.values()) - set(self._rows))

    def _look_up(self, values: Sequence[str]) -> Sequence[Row[Any]]:
        """Return the numbers of these values with their patients, locked in the order of their ids.

        While we wait for a lock a number may go to another record (a merge, or one that is taken back): whose it is
        reads the statement after the lock, until all whom it finds are locked.
        """
        mine = one_of(_NUMBER.c.value, values)
        owners = select(_PATIENT.c.id).where(_PATIENT.c.id.in_(select(_NUMBER.c.patient_id).where(mine)))
        lock = owners.order_by(_PATIENT.c.id).with_for_update(key_share=True)
        read = (
            select(_NUMBER.c.system, _NUMBER.c.value, _NUMBER.c.type, _PATIENT, _IDENTITIES)
            .select_from(_NUMBER.join(_PATIENT, _PATIENT.c.id == _NUMBER.c.patient_id))
            .where(mine)
            .order_by(_PATIENT.c.id)
        )
        while locked := set(self._tx.db.execute(lock).scalars()):
            rows = self._tx.db.execute(read).all()
            if {row.id for row in rows} <= locked:
                return rows
        return ()

    def _load_rest(self, wanted: set[str]) -> None:
        if wanted:
            query = select(_PATIENT, _IDENTITIES).where(one_of(_PATIENT.c.id, sorted(wanted)))
            for row in self._tx.db.execute(query):
                self._keep(row)

    def _keep(self, row: Row[Any]) -> None:
        kept = {name: getattr(row, name) for name in _LEARNT}
        self._rows[row.id] = {"id": row.id, **kept, "identities": set(row.identities or ())}

    def find(self, patient: PatientBrief) -> str:
        """Return the id of a known patient, or nothing."""
        return next(iter(self._linked(read_told(patient, self._today, strict=False))), "")

    def _linked(self, told: Told) -> list[str]:
        """Return the patients whom what is told leads to: by id, by their numbers, at last by the identity number."""
        found = [self._into.get(told.id, "")] if told.id else []
        found += [self._known[number] for number in told.plain if number in self._known]
        found.append(self._by_identity.get(told.identity, ""))
        return [one for one in dict.fromkeys(found) if one]

    def take(self, patient: PatientBrief) -> str:
        """Return the patient's id, making one if none of the numbers is known; learn numbers and demographics.

        Raises `IdentityConflict`, `NotFound` for an id that is not kept; when strict also `BadIdentityNumber` and
        `TwoPatients`.
        """
        told = read_told(patient, self._today, self._strict)
        if told.id and told.id not in self._into:
            raise NotFound(what="patient", id=told.id)
        linked = self._linked(told)
        if self._strict and len(linked) > 1:
            raise TwoPatients(patient=linked[0], other=linked[1])
        patient_id = self._learn(linked[0], told) if linked else self._add(told)
        self._number(patient_id, told)
        return patient_id

    def _learn(self, patient_id: str, told: Told) -> str:
        kept = self._rows[patient_id]
        by_identity = bool(told.identity) and told.identity in kept["identities"]
        only_so = not told.id and not any(self._known.get(number) == patient_id for number in told.plain)
        check_same(kept, told, by_identity and (self._strict or only_so))
        if self._strict and told.identity and kept["identities"] and not by_identity:
            raise IdentityConflict(number=masked(told.identity), patient=patient_id, differs="identity_number")
        if changes := learn(kept, told):
            kept.update(changes, **_spelt(changes.get("name", kept["name"])))
            self._changed.add(patient_id)
        return patient_id

    def _add(self, told: Told) -> str:
        patient_id = ids.new("pat")
        row = {"id": patient_id, "name": told.name, "sex": told.sex.value, "birth_date": told.birth_date}
        self._rows[patient_id] = {**row, "phone": told.phone, **_spelt(told.name), "identities": set[str]()}
        self._fresh[patient_id] = {"merged_into": "", "added_at": clock.now()}
        return patient_id

    def _number(self, patient_id: str, told: Told) -> None:
        """Give the patient the numbers that nobody has; a second identity number is nobody's."""
        identities = self._rows[patient_id]["identities"]
        if identities and told.identity not in identities:
            told = without_identity(told)
        for one in told.numbers:
            if one.type in IDENTITY_TYPES and self._by_identity.setdefault(one.value, patient_id) != patient_id:
                continue
            if (one.system, one.value) not in self._known:
                self._known[(one.system, one.value)] = patient_id
                self._numbers[(one.system, one.value)] = {**one.model_dump(), "patient_id": patient_id}
        if told.identity and self._by_identity.get(told.identity) == patient_id:
            identities.add(told.identity)

    def write(self) -> None:
        """Write what was learnt, in one order for all. A number that another process wrote first: the bus reruns."""
        db = self._tx.db
        rows = {one: {"id": one, **{name: self._rows[one][name] for name in _LEARNT}} for one in sorted(self._rows)}
        insert_rows(db, _PATIENT, [{**rows[one], **self._fresh[one]} for one in sorted(self._fresh)])
        update_rows(db, _PATIENT, "id", [rows[one] for one in sorted(self._changed - set(self._fresh))])
        insert_rows(db, _NUMBER, [self._numbers[key] for key in sorted(self._numbers)])


def _spelt(name: str) -> dict[str, str]:
    spelling = spell(name)
    return {"pinyin": spelling.pinyin, "initials": spelling.initials}
