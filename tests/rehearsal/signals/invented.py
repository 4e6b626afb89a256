"""Invented people: Chinese names, possible ID numbers, addresses that ask the simulator to misbehave."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
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


class Trait(StrEnum):
    """What is unusual about a person; everybody else has an app account, WeChat and a good phone."""

    BAD_ID = "bad_id"
    UNKNOWN_BRANCH = "unknown_branch"
    UNREACHABLE = "unreachable"
    BAD_PHONE = "bad_phone"
    PHONE_ONLY = "phone_only"
    EMAIL_MISSING = "email_missing"
    APP_MISSING = "app_missing"
    WECHAT_MISSING = "wechat_missing"
    SMS_FAILS = "sms_fails"
    SMS_FAULT = "sms_fault"
    APP_FAULT = "app_fault"
    WECHAT_FAULT = "wechat_fault"
    EMAIL_FAULT = "email_fault"


NO_APP = ("app_user_id", "wechat_openid")
# The share of all people in hundredths, and the accounts that they lack; what remains is ordinary.
TRAITS: dict[Trait, tuple[float, tuple[str, ...]]] = {
    Trait.BAD_ID: (1.5, ()),
    Trait.UNKNOWN_BRANCH: (1.0, ()),
    Trait.UNREACHABLE: (1.0, (*NO_APP, "wecom_user_id", "email")),
    Trait.BAD_PHONE: (1.5, ()),
    Trait.PHONE_ONLY: (7.0, NO_APP),
    Trait.EMAIL_MISSING: (12.0, ("email",)),
    Trait.APP_MISSING: (12.0, ("app_user_id",)),
    Trait.WECHAT_MISSING: (18.0, ("wechat_openid",)),
    Trait.SMS_FAILS: (2.0, (*NO_APP, "wecom_user_id")),
    Trait.SMS_FAULT: (2.0, NO_APP),
    Trait.APP_FAULT: (1.5, ()),
    Trait.WECHAT_FAULT: (1.5, ()),
    Trait.EMAIL_FAULT: (1.0, ()),
}
# These are only seen on the way to a candidate, so whoever has one has passed.
ON_THE_WAY = frozenset({Trait.BAD_PHONE, *(trait for trait in Trait if trait.endswith(("fails", "fault")))})
SMS_FAILS = tuple(f"9900{number:02}" for number in (1, 3, 5, 6))
SMS_FAULTS = tuple(f"9900{number}" for number in (11, 12, 13, 14, 15, 21, 22, 23, 24, 25))
APP_FAULTS = ("reset_after", "error_after", "throttle", "callback_twice", "callback_forged")
WECHAT_FAULTS = ("refuse.43004", "error_after", "expire_token", "fail", "callback_missing")
EMAIL_FAULTS = ("reset_after", "refuse", "throttle")
SPOILED: dict[Trait, tuple[str, tuple[str, ...], str]] = {
    Trait.APP_FAULT: ("app_user_id", APP_FAULTS, "app-lab-{fault}-{key}"),
    Trait.WECHAT_FAULT: ("wechat_openid", WECHAT_FAULTS, "o-lab-{fault}-{key}"),
    Trait.EMAIL_FAULT: ("email", EMAIL_FAULTS, "lab-{fault}-{key}@example.com"),
}


@dataclass(slots=True)
class Invented:
    """One invented person as signals describe them."""

    number: int
    trait: Trait | None
    facts: dict[str, Any] = field(repr=False)

    @property
    def surely_passes(self) -> bool:
        """Whether the rehearsal needs this person to have passed."""
        return self.trait in ON_THE_WAY


def invent(number: int, trait: Trait | None, *, tag: str, chance: Random, taken: set[str]) -> Invented:
    """A person with this number, different from all whose ID numbers are in ``taken``."""
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
    return Invented(number, trait, facts | _accounts(number, trait, tag))


def _accounts(number: int, trait: Trait | None, tag: str) -> dict[str, Any]:
    """The accounts that the trait takes away or spoils."""
    if trait in SPOILED:
        field_name, faults, pattern = SPOILED[trait]
        return {field_name: pattern.format(fault=faults[number % len(faults)], key=f"{tag}{number}")}
    missing = TRAITS[trait][1] if trait else ()
    if trait is Trait.SMS_FAILS and number % 2:
        # Nothing else reaches half of them either.
        missing = (*missing, "email")
    return dict.fromkeys(missing)


def _id_number(number: int, trait: Trait | None, chance: Random, taken: set[str]) -> str:
    while True:
        born = BORN_FROM + timedelta(days=chance.randrange(BORN_DAYS))
        first_17 = f"{chance.choice(REGIONS)}{born:%Y%m%d}{number % 1000:03d}"
        if first_17 not in taken:
            taken.add(first_17)
            break
    right = check_character(first_17)
    if trait is Trait.BAD_ID:
        return first_17 + ("0" if right != "0" else "1")
    return first_17 + right


def _phone(number: int, trait: Trait | None, chance: Random) -> str:
    if trait in (Trait.BAD_PHONE, Trait.UNREACHABLE):
        return f"+8612{number % 1000:03d}"
    prefix = PREFIXES[number % len(PREFIXES)]
    if trait in (Trait.SMS_FAILS, Trait.SMS_FAULT):
        endings = SMS_FAILS if trait is Trait.SMS_FAILS else SMS_FAULTS
        return f"+86{prefix}{number // len(PREFIXES) % 100:02d}{endings[number % len(endings)]}"
    return f"+86{prefix}{chance.randrange(100):02d}{number % ORDINARY_TAILS:06d}"
