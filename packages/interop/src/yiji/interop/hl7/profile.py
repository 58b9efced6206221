"""What differs from one hospital's HL7 to the next, as data: which field carries what, and in which character set."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from yiji.core.contract.order import Priority
from yiji.core.contract.patient import Sex

# HL7 table 0001 (recalled).
SEXES: Mapping[str, Sex] = MappingProxyType(
    {
        "M": Sex.MALE,
        "F": Sex.FEMALE,
        "O": Sex.OTHER,
        "A": Sex.OTHER,
        "U": Sex.UNKNOWN,
        "N": Sex.UNKNOWN,
        "": Sex.UNKNOWN,
    }
)
# TQ1-9 (HL7 table 0485, recalled): S stat, A as soon as possible, R routine; the others are not faster than routine.
PRIORITIES: Mapping[str, Priority] = MappingProxyType({"S": Priority.STAT, "A": Priority.URGENT, "R": Priority.ROUTINE})


@dataclass(frozen=True, slots=True)
class Profile:
    """One hospital's habits.

    A path (``OBR-4.1``) is looked up in the examination's own segments, then in the message's; of several paths the
    first that holds something counts.
    """

    name: str = "default"
    charset: str = ""  # taken where MSH-18 is blank, as table 0211 writes it; "" finds out
    exam_code: tuple[str, ...] = ("OBR-4.1",)
    exam_name: tuple[str, ...] = ("OBR-4.2",)
    group_number: tuple[str, ...] = ("ORC-4",)
    visit_number: tuple[str, ...] = ("PV1-19",)
    visit_class: tuple[str, ...] = ("PV1-2",)
    ward: tuple[str, ...] = ("PV1-3.1",)
    bed: tuple[str, ...] = ("PV1-3.3",)
    phone: tuple[str, ...] = ("PID-13", "PID-13.12", "PID-13.7")
    priority: tuple[str, ...] = ("TQ1-9", "ORC-7.6", "OBR-27.6", "OBR-5")
    requesting_department: tuple[str, ...] = ("ORC-17.2", "ORC-17", "PV1-3.1")
    ordered_at: tuple[str, ...] = ("ORC-9", "MSH-7")
    authority: str = ""  # for patient numbers whose PID-3.4 is blank; "" takes the sender's name
    national_id: tuple[str, ...] = ()  # where a national identity number 身份证号 stands, such as PID-19
    sexes: Mapping[str, Sex] = field(default_factory=lambda: SEXES)
    priorities: Mapping[str, Priority] = field(default_factory=lambda: PRIORITIES)
    accession: tuple[str, ...] = ("OBR-3", "OBR-18")  # where results carry the accession number


DEFAULT = Profile()
