"""The pure room of people: identity numbers, spelling, what is asked for, likeness."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiji.booking.errors import BadIdentityNumber
from yiji.booking.people.asked import Way, after, probes, tidy_phone
from yiji.booking.people.identity import check_character, masked, read_identity, shortened
from yiji.booking.people.likeness import LIKELY, Person, compare, near
from yiji.booking.people.names import comparable, is_one_off
from yiji.booking.people.spelling import spell, typed
from yiji.core.contract.patient import Sex

TODAY = date(2026, 3, 1)
digits = st.text("0123456789", min_size=17, max_size=17)


def _value(number: str) -> int:
    """The sum that ISO 7064 MOD 11-2 wants to be 1 modulo 11, worked out by Horner's scheme and not by weights."""
    total = 0
    for character in number:
        total = total * 2 + (10 if character == "X" else int(character))
    return total % 11


@given(digits)
def test_the_check_character_closes_the_sum(seventeen: str):
    assert _value(seventeen + check_character(seventeen)) == 1


@given(digits, st.integers(0, 16), st.integers(1, 9))
def test_the_check_character_finds_one_wrong_digit(seventeen: str, place: int, by: int):
    wrong = seventeen[:place] + str((int(seventeen[place]) + by) % 10) + seventeen[place + 1 :]
    assert check_character(wrong) != check_character(seventeen)


@given(digits, st.integers(0, 15))
def test_the_check_character_finds_two_swapped_digits(seventeen: str, place: int):
    swapped = seventeen[:place] + seventeen[place + 1] + seventeen[place] + seventeen[place + 2 :]
    assert (check_character(swapped) == check_character(seventeen)) == (swapped == seventeen)


@given(st.dates(date(1900, 1, 1), date(1999, 12, 31)), st.integers(1, 999))
def test_a_number_says_day_and_sex_in_both_forms(born: date, running: int):
    seventeen = f"110105{born:%Y%m%d}{running:03d}"
    number = seventeen + check_character(seventeen)
    read = read_identity(number.lower(), TODAY)
    assert (read.number, read.birth_date) == (number, born)
    assert read.sex is (Sex.MALE if running % 2 else Sex.FEMALE)
    assert read_identity(shortened(number), TODAY) == read


@pytest.mark.parametrize(
    ("number", "why"),
    [
        ("", "length"),
        ("33010219800229001", "length"),
        ("3301021980022900x5", "digits"),
        ("33010219800229٣015", "digits"),
        ("33010280022900a", "digits"),
        ("000102198002290010", "region"),
        ("330102198102290015", "date"),
        ("330102203002280015", "date"),
        ("330102170002280015", "date"),
        ("330102198002290016", "check"),
        ("33010219800229001X", "check"),
    ],
)
def test_what_is_no_identity_number(number: str, why: str):
    with pytest.raises(BadIdentityNumber) as refused:
        read_identity(number, TODAY)
    assert refused.value.params["why"] == why


def test_a_number_is_read_as_people_write_it():
    assert read_identity("３３０１０２ 19800229 0015", TODAY).number == "330102198002290015"
    assert masked("330102198002290015") == "330*************15"


@pytest.mark.parametrize(
    ("name", "pinyin", "initials"),
    [
        ("张三", "zhangsan", "zs"),
        ("单田芳", "shantianfang", "stf"),
        ("仇英", "qiuying", "qy"),
        ("曾国藩", "zengguofan", "zgf"),
        ("解缙", "xiejin", "xj"),
        ("小单", "xiaodan", "xd"),  # only at the head it is the surname
        ("单于明", "chanyuming", "cym"),
        ("欧阳娜娜", "ouyangnana", "oynn"),
        ("吕布", "lvbu", "lb"),
        ("阿依古丽·买买提", "ayigulimaimaiti", "ayglmmt"),
        ("𬭚小龙", "chunxiaolong", "cxl"),  # a simplified character of extension C
        ("李㼆", "liying", "ly"),  # extension A
        ("𠮷田", "tian", "t"),  # extension B, with no reading: left out
        ("John Smith", "johnsmith", "js"),
        ("José 王", "josewang", "jw"),
        ("", "", ""),
        ("123", "", ""),
    ],
)
def test_how_names_are_typed(name: str, pinyin: str, initials: str):
    assert (spell(name).pinyin, spell(name).initials) == (pinyin, initials)


@given(st.text(max_size=12))
def test_any_text_can_be_spelt_and_asked_for(text: str):
    spelling = spell(text)
    assert all("a" <= letter <= "z" for letter in spelling.pinyin + spelling.initials)
    assert all(probe.value and probe.value[0] for probe in probes(text))


def test_typed_pinyin():
    assert [typed(text) for text in ("Zhang San", "lü bu", "LYU BU", "xi'an")] == ["zhangsan", "lvbu", "lvbu", "xian"]


@given(st.text(min_size=1, max_size=5).filter(lambda text: text[-1] != "\U0010ffff"), st.text(max_size=3))
def test_after_is_above_all_that_begins_so(start: str, rest: str):
    assert start.encode(errors="surrogatepass") <= (start + rest).encode(errors="surrogatepass")
    assert (start + rest).encode(errors="surrogatepass") < after(start).encode(errors="surrogatepass")


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("张", Way.NAME_START),
        ("zs", Way.INITIALS_START),
        ("zhang", Way.PINYIN_START),
        ("HIS:P1", Way.SYSTEM_NUMBER),
        ("P1", Way.NUMBER),
        ("pat-01", Way.ID),
    ],
)
def test_what_is_meant(text: str, first: Way):
    ways = [probe.way for probe in probes(text)]
    assert next(way for way in ways if way is not Way.NUMBER or first is Way.NUMBER) is first


def test_nothing_is_meant():
    assert [probes(text) for text in ("", "  ", "·", "\x00\x07")] == [[], [], [], []]


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("13800138000", "13800138000"),
        ("+86 138-0013-8000", "13800138000"),
        ("0086 13800138000", "13800138000"),
        (" 010-12345678 ", "010-12345678"),
        ("010-12345678转8", "010-12345678转8"),
        ("", ""),
    ],
)
def test_phones(told: str, kept: str):
    assert tidy_phone(told) == kept


def test_names_compare_beyond_dots_width_and_capitals():
    assert comparable("阿依古丽•买买提") == comparable("阿依古丽·买买提") == comparable("阿依古丽 买买提")
    assert comparable("ＪＯＨＮ smith") == comparable("John Smith")


@pytest.mark.parametrize(
    ("one", "other", "off"),
    [
        ("张小明", "张晓明", True),
        ("张小明", "张明", True),
        ("张明", "张小明", True),
        ("张小明", "张小明", False),
        ("张小明", "李小红", False),
        ("张小明", "明小张", False),
        ("张", "李", False),
        ("张", "张三", False),
    ],
)
def test_one_character_off(one: str, other: str, off: bool):
    assert is_one_off(one, other) is off


def _person(name: str = "张三", born: date | None = date(1980, 1, 2), **known: object) -> Person:
    told = {"sex": Sex.MALE, "phone": "", "identities": frozenset[str](), **known}
    return Person("pat-1", name, spell(name).pinyin, birth_date=born, **told)  # type: ignore[arg-type]


def test_likeness_in_order():
    one = _person(phone="1", identities=frozenset({"a"}))
    ladder = [
        compare(one, one),
        compare(_person(phone="1"), _person(phone="1")),
        compare(_person(), _person()),
        compare(_person(), _person(born=date(1980, 2, 1))),
        compare(_person("张三丰"), _person("张叁丰")),
        compare(_person("张三丰"), _person("张四丰")),
        compare(_person(), _person("王五")),
    ]
    scores = [found.score for found in ladder]
    assert scores == sorted(scores, reverse=True)
    assert ladder[0].reasons == ("identity_number", "name", "birth_date", "phone", "sex")
    assert ladder[-1].score == 0.0
    assert all(score >= LIKELY for score in scores[:-1])


def test_two_identity_numbers_are_two_persons():
    one, other = _person(identities=frozenset({"a"})), _person(identities=frozenset({"b"}))
    assert compare(one, other).score < LIKELY


def test_twins_are_never_more_than_likely():
    one, other = _person("张小明", phone="1"), _person("张小红", phone="1")
    assert LIKELY <= compare(one, other).score <= 0.75
    assert compare(one, _person("张小红", phone="1", sex=Sex.FEMALE)).score < LIKELY


@given(st.dates(date(1900, 1, 1), TODAY))
def test_near_dates_hold_the_day_itself_and_its_swap(day: date):
    found = near(day)
    assert day in found
    assert len(found) <= 50
    if day.day <= 12:
        assert day.replace(month=day.day, day=day.month) in found
