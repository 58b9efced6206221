"""Guide sheets to draw: a real hospital's kind of day, with texts of the length that patients get."""

from datetime import UTC, datetime, timedelta
from typing import Any

from yiji.core.contract.queue import GuideSheet, GuideStep

EIGHT = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)  # 8:00 on a Monday in Shanghai
_KINDS: tuple[dict[str, Any], ...] = (
    {
        "exam_name": "腹部彩超（肝胆胰脾双肾）",
        "exam_name_en": "Abdominal ultrasound (liver, gallbladder, kidneys)",
        "department": "超声医学科",
        "department_en": "Ultrasound",
        "room_name": "超声3室",
        "room_name_en": "Room 3",
        "place": "门诊楼二层东侧，出2号电梯右转",
        "place_en": "Outpatient building, 2nd floor east, lift 2, then right",
        "preparation": "检查前一日晚餐清淡，22:00 后禁食，检查当日空腹 8 小时以上，可少量饮水。请勿吸烟。"
        "糖尿病患者请自带食物，检查后进食。",
        "preparation_en": "Light supper the day before, nothing to eat after 22:00; at least 8 hours fasting. Little "
        "water is allowed. Do not smoke. If you have diabetes, bring food for after the examination.",
    },
    {
        "exam_name": "十二导联心电图",
        "exam_name_en": "12-lead electrocardiogram",
        "department": "心电图室",
        "department_en": "ECG",
        "room_name": "心电图1室",
        "room_name_en": "Room 1",
        "place": "门诊楼一层",
        "place_en": "Outpatient building, ground floor",
    },
    {
        "exam_name": "上腹部CT平扫+增强",
        "exam_name_en": "CT of the upper abdomen, plain and contrast-enhanced",
        "department": "放射科",
        "department_en": "Radiology",
        "room_name": "CT 2室",
        "room_name_en": "CT 2",
        "place": "医技楼负一层，沿蓝色地标前行",
        "place_en": "Technical building, basement 1, follow the blue line",
        "preparation": "空腹 4 小时以上。\n检查前去除金属物品。有碘过敏史、肾功能不全或服用二甲双胍者，请提前告知。\n"
        "增强检查需签署知情同意书，请由家属陪同。",
        "preparation_en": "Fast for at least 4 hours.\nTake off all metal. Tell us beforehand of an iodine allergy, "
        "kidney disease or metformin.\nThe contrast medium needs your written consent; please bring a companion.",
    },
)


def make_guide(steps: int = 3, **changes: Any) -> GuideSheet:
    """Return a sheet of so many steps, five a day; the second of more than two is only held."""
    made = [
        GuideStep(
            accession_number=f"261123{number:08d}",
            starts_at=(at := EIGHT + timedelta(days=number // 5, minutes=number % 5 * 50)),
            ends_at=at + timedelta(minutes=15),
            held_until=EIGHT - timedelta(hours=14) if number == 1 and steps > 2 else None,
            **_KINDS[number % 3],
        )
        for number in range(steps)
    ]
    known: dict[str, Any] = {
        "patient_id": "pat-1", "patient_name": "王喆堃", "patient_sex": "female", "patient_age": "65",
        "hospital": "示例市第一人民医院", "zone": "Asia/Shanghai", "printed_at": EIGHT - timedelta(hours=15),
        "steps": tuple(made),
    }  # fmt: skip
    return GuideSheet(**(known | changes))
