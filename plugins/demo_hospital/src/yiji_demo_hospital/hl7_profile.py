"""How the demo hospital's HIS writes HL7: the habits of many hospitals here, in one place."""

from yiji.core.contract.patient import Sex
from yiji.interop.hl7.profile import SEXES, Profile

PROFILE = Profile(
    name="demo_hospital",
    charset="GB 18030-2000",  # MSH-18 is left blank
    exam_code=("OBR-4.4", "OBR-4.1"),  # the hospital's own code stands behind the national one
    exam_name=("OBR-4.5", "OBR-4.2"),
    visit_number=("PID-18", "PV1-19"),
    national_id=("PID-19",),
    # GB/T 2261.1 (recalled: 0 unknown, 1 male, 2 female, 9 not told), and words
    sexes={
        **SEXES,
        "0": Sex.UNKNOWN,
        "1": Sex.MALE,
        "2": Sex.FEMALE,
        "9": Sex.UNKNOWN,
        "男": Sex.MALE,
        "女": Sex.FEMALE,
    },
    accession=("OBR-3", "OBR-20"),
)
