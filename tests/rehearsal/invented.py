"""Invented people: Chinese names, possible ID numbers, addresses that ask the simulator to misbehave."""

from datetime import date, timedelta
from random import Random
from typing import Any

from recruitment.identity import check_character

SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
)
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰博文思雨子轩梓涵欣怡佳琪浩然一诺晨曦嘉宁雅楠志远"
REGIONS = ("110105", "310115", "320106", "330106", "370202", "420106", "440106", "440301", "510104", "610113")
PREFIXES = ("135", "136", "137", "138", "139", "150", "151", "158", "159", "182", "187", "188")
EDUCATIONS = ("associate", "bachelor", "bachelor", "bachelor", "master", "master", "doctor")
TAGS = ("finance", "internship_bank", "software", "sales", "student_leader", "volunteer", "data", "audit")
BORN_FROM, BORN_DAYS = date(1996, 1, 1), 3_000
# What ends in 99.... asks the simulator for a fault; ordinary numbers stay clear of it.
ORDINARY_TAILS = 990_000
ENGLISH, WECOM = 0.03, 0.08
NO_APP = ("app_user_id", "wechat_openid")
# What is unusual about a person: the share of all people in hundredths, and the accounts that they lack. Everybody
# else has an app account, WeChat and a good phone.
TRAITS: dict[str, tuple[float, tuple[str, ...]]] = {
    "bad_id": (1.5, ()),
    "unknown_branch": (1.0, ()),
    "unreachable": (1.0, (*NO_APP, "wecom_user_id", "email")),
    "bad_phone": (1.5, ()),
    "phone_only": (7.0, NO_APP),
    "email_missing": (12.0, ("email",)),
    "app_missing": (12.0, ("app_user_id",)),
    "wechat_missing": (18.0, ("wechat_openid",)),
    "sms_fails": (2.0, (*NO_APP, "wecom_user_id")),
    "sms_fault": (2.0, NO_APP),
    "app_fault": (1.5, ()),
    "wechat_fault": (1.5, ()),
    "email_fault": (1.0, ()),
}
# These are only seen on the way to a candidate, so whoever has one has passed.
ON_THE_WAY = {"bad_phone", *(trait for trait in TRAITS if trait.endswith(("fails", "fault")))}
PHONE_ENDINGS = {
    "sms_fails": tuple(f"9900{number:02}" for number in (1, 3, 5, 6)),
    "sms_fault": tuple(f"9900{number}" for number in (11, 12, 13, 14, 15, 21, 22, 23, 24, 25)),
}
# The account that is spoiled, how, and what it looks like then.
SPOILED: dict[str, tuple[str, tuple[str, ...], str]] = {
    "app_fault": (
        *("app_user_id", ("reset_after", "error_after", "throttle", "callback_twice", "callback_forged")),
        "app-lab-{fault}-{key}",
    ),
    "wechat_fault": (
        *("wechat_openid", ("refuse.43004", "error_after", "expire_token", "fail", "callback_missing")),
        "o-lab-{fault}-{key}",
    ),
    "email_fault": ("email", ("reset_after", "refuse", "throttle"), "lab-{fault}-{key}@example.com"),
}


def invent(number: int, trait: str, tag: str, chance: Random, taken: set[str]) -> dict[str, Any]:
    """A person with this number as signals describe them, different from all whose ID numbers are in ``taken``."""
    name = chance.choice(SURNAMES) + "".join(chance.sample(GIVEN, chance.choice((1, 2, 2))))
    facts = {
        "candidate_ref": f"C-{tag}-{number}",
        "name": name,
        "id_type": "resident_id",
        "id_number": _id_number(number, trait, chance, taken),
        "phone": _phone(number, trait, chance),
        "email": f"candidate-{tag}-{number}@example.com",
        "app_user_id": f"app-{tag}-{number}",
        "wechat_openid": f"o{tag}{number:010d}",
        "wecom_user_id": f"wc-{tag}-{number}" if chance.random() < WECOM else None,
        "gender": chance.choice(("female", "male", "undisclosed")),
        "education": chance.choice(EDUCATIONS),
        "graduation_year": chance.randint(2023, 2027),
        "experience_tags": sorted(chance.sample(TAGS, chance.randint(0, 3))),
        "preferred_language": "en" if chance.random() < ENGLISH else "zh-Hans",
    }
    if trait in SPOILED:
        account, faults, pattern = SPOILED[trait]
        return facts | {account: pattern.format(fault=faults[number % len(faults)], key=f"{tag}{number}")}
    missing = TRAITS[trait][1] if trait else ()
    # Nothing else reaches half of those whom no SMS reaches.
    return facts | dict.fromkeys((*missing, "email") if trait == "sms_fails" and number % 2 else missing)


def _id_number(number: int, trait: str, chance: Random, taken: set[str]) -> str:
    first_17 = ""
    while not first_17 or first_17 in taken:
        born = BORN_FROM + timedelta(days=chance.randrange(BORN_DAYS))
        first_17 = f"{chance.choice(REGIONS)}{born:%Y%m%d}{number % 1000:03d}"
    taken.add(first_17)
    right = check_character(first_17)
    wrong = "0" if right != "0" else "1"
    return first_17 + (wrong if trait == "bad_id" else right)


def _phone(number: int, trait: str, chance: Random) -> str:
    if trait in ("bad_phone", "unreachable"):
        return f"+8612{number % 1000:03d}"
    prefix = PREFIXES[number % len(PREFIXES)]
    if endings := PHONE_ENDINGS.get(trait):
        return f"+86{prefix}{number // len(PREFIXES) % 100:02d}{endings[number % len(endings)]}"
    return f"+86{prefix}{chance.randrange(100):02d}{number % ORDINARY_TAILS:06d}"
