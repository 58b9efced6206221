"""The identity number of a citizen 公民身份号码 (GB 11643-1999, recalled): region, day of birth, running number, check.

Eighteen characters: 6 digits of region (GB/T 2260, recalled; 9 begins a foreign permanent resident's number, recalled),
8 of the day of birth, 3 running ones (the last odd for men, even for women), and a check character after ISO 7064
MOD 11-2. The old form of 15 digits has a year of two digits (19..) and no check; it is brought to 18.
"""

import unicodedata
from dataclasses import dataclass
from datetime import date

from yiji.booking.errors import BadIdentityNumber
from yiji.core.contract.patient import Sex

IDENTITY_TYPES = frozenset({"NI", "NNCHN"})  # HL7 table 0203 (recalled): NI in our contract, NNCHN as hospitals send it
_CHECKS = "10X98765432"
_REGIONS = (range(11, 16), range(21, 24), range(31, 38), range(41, 47), range(50, 55), range(61, 66), (71, 81, 82, 83))
_PROVINCES = frozenset(str(code) for region in _REGIONS for code in region)


@dataclass(frozen=True, slots=True)
class Identity:
    """What an identity number says; `number` has 18 characters."""

    number: str
    birth_date: date
    sex: Sex


def check_character(seventeen: str) -> str:
    """Return the check character of 17 digits: the weighted sum with the check at weight 1 is 1 modulo 11."""
    return _CHECKS[sum(int(digit) << (17 - place) for place, digit in enumerate(seventeen)) % 11]


def tidy(told: str) -> str:
    """Return a number without spaces, its digits and letters plain and in capitals."""
    return "".join(unicodedata.normalize("NFKC", told).split()).upper()


def read_identity(told: str, today: date) -> Identity:
    """Return what an identity number says; raises `BadIdentityNumber` (length, digits, region, date, check)."""
    number = tidy(told)
    if len(number) not in (15, 18):
        raise _bad(number, "length")
    if len(number) == 15:
        number = _lengthened(number)
    if not (number.isascii() and number[:17].isdigit()):
        raise _bad(number, "digits")
    if number[:2] not in _PROVINCES and number[0] != "9":
        raise _bad(number, "region")
    born = _day(number[6:14])
    if born is None or not born.year >= 1800 or born > today:
        raise _bad(number, "date")
    if check_character(number[:17]) != number[17]:
        raise _bad(number, "check")
    return Identity(number, born, Sex.MALE if int(number[16]) % 2 else Sex.FEMALE)


def _lengthened(number: str) -> str:
    if not (number.isascii() and number.isdigit()):
        raise _bad(number, "digits")
    seventeen = f"{number[:6]}19{number[6:]}"
    return seventeen + check_character(seventeen)


def shortened(number: str) -> str:
    """Return the old form of 15 digits of a number of 18 characters."""
    return number[:6] + number[8:17]


def _day(digits: str) -> date | None:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None


def masked(number: str) -> str:
    """Return a number with its middle hidden, for messages that others may read."""
    return number[:3] + "*" * max(len(number) - 5, 0) + number[-2:] if len(number) > 5 else "*" * len(number)


def _bad(number: str, why: str) -> BadIdentityNumber:
    return BadIdentityNumber(number=masked(number), why=why)
