"""Every name is found in any ordinary spelling, every number in any ordinary writing, and nobody out of scope."""

from typing import Any

import pytest

from branches.access import access_of
from branches.models import User
from branches.roles import Role
from performance.queries import hires
from recruitment.models import Application, Person
from recruitment.queries.candidates import Wanted, contacts_of, narrowed, visible_applications
from tests.factories import NOW, make_staff, resident_id, signal_payload
from tests.recruitment.steps import take_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]

SENT = {
    "rtl": "\u202e张三\u202c",
    "break": "李\n四",
    "uyghur": "阿卜杜拉·买买提",
    "bullet": "卡莉娜•塞",
    "rare": "王䶮",
    "beyond": "王𬬭",
    "latin": "ZHANG Wei",
    "space": " 王小明",
    "marks": "Nguyễn Thị Hương",
    "hyphen": "O’Brien-Smith",
    "cyrillic": "Нұрлан Әбіш",
    "variant": "葛\U000e0100城",
}
SPELLINGS = {
    "rtl": ["张三", "张 三", "张　三", "三", "\u200b张三"],
    "break": ["李四", "李 四"],
    "uyghur": [
        *("阿卜杜拉·买买提", "阿卜杜拉•买买提", "阿卜杜拉・买买提", "阿卜杜拉．买买提", "阿卜杜拉.买买提"),
        *("阿卜杜拉 买买提", "阿卜杜拉买买提", "买买提", "阿卜杜拉", "买买提 阿卜杜拉", "阿卜杜拉‧买买提"),
    ],
    "bullet": ["卡莉娜·塞", "卡莉娜塞", "卡莉娜 塞", "莉娜"],
    "rare": ["王䶮", "䶮"],
    "beyond": ["王𬬭", "𬬭", "王 𬬭"],
    "latin": [
        *("ZHANG Wei", "zhang wei", "Zhang Wei", "Wei Zhang", "zhangwei", "ZHANG  WEI", "ｚｈａｎｇ　ｗｅｉ"),
        *("Zhang, Wei", "Zhang-Wei", "zhang"),
    ],
    "space": ["王小明", "小明", " 王小明 ", "王　小明"],
    "marks": ["Nguyễn Thị Hương", "nguyen thi huong", "NGUYEN", "Nguye\u0302\u0303n"],
    "hyphen": ["O'Brien", "obrien smith", "O’Brien‐Smith", "OBrienSmith"],
    "cyrillic": ["нұрлан", "НҰРЛАН ӘБІШ"],
    "variant": ["葛城", "葛\U000e0100城"],
}


@pytest.fixture
def hr() -> User:
    return make_staff(Role.CITY_HR, "440200")


def found(user: User, words: str) -> list[str]:
    access = access_of(user, now=NOW)
    rows = narrowed(visible_applications(access), Wanted(words=words), contacts=contacts_of(access))
    return sorted(rows.values_list("ref", flat=True))


def taken(name: str, **changes: Any) -> Application:
    [application] = take_in(signal_payload(name=name, **changes))
    return application


def test_every_name_is_found_however_it_is_spelt(hr: User) -> None:
    refs = {case: taken(name).ref for case, name in SENT.items()}
    taken("赵无关")
    elsewhere = taken("阿卜杜拉·买买提", branch_code="320100")
    missing = [
        (case, words)
        for case, spellings in SPELLINGS.items()
        for words in spellings
        if refs[case] not in found(hr, words)
    ]
    assert missing == []
    assert found(hr, "阿卜杜拉买买提") == [refs["uyghur"]]
    assert elsewhere.ref not in found(hr, "买买提")
    # Signs alone are no name, and a percent sign is no wildcard.
    for words in ("·", "%", "_", "王%", "\\"):
        assert found(hr, words) == []


def test_numbers_are_found_however_they_are_written(hr: User) -> None:
    number = "44030119980215047X"
    ref = taken("张三", id_number=number, phone="+8613800000047", email="b47@example.com").ref
    taken("李四", id_number=resident_id(3), phone="+8613800000099", email="b99@example.com")
    for words in (
        *(
            number,
            number.lower(),
            "440301 19980215 047x",
            "440301-19980215-047X",
            "４４０３０１１９９８０２１５０４７Ｘ",
        ),
        *("13800000047", "+86 138 0000 0047", "138-0000-0047", "１３８００００００４７", "008613800000047"),
        *("8613800000047", "b47@example.com", "b47@EXAMPLE.com", ref, ref.lower(), f" {ref}\u200b"),
    ):
        assert found(hr, words) == [ref], words
    assert found(hr, "1380000004") == []


def test_only_who_sees_contacts_finds_by_them() -> None:
    application = taken("张三", phone="+8613800000047")
    department = make_staff(Role.DEPARTMENT, "440200", department=application.department.code)
    assert found(department, "张三") == [application.ref]
    assert found(department, "13800000047") == []
    assert found(make_staff(Role.CITY_HR, "320100"), "13800000047") == []


def test_the_key_follows_the_name_whoever_writes_it() -> None:
    application = taken("张三")
    Person.objects.filter(pk=application.person_id).update(name="Ｌi-四")
    assert Person.objects.get().search_key == "li四"


def test_hires_are_found_alike(hr: User) -> None:
    ref = taken("阿卜杜拉·买买提").ref
    rows = hires.narrowed_applications(Application.objects.all(), hires.Wanted(words="买买提 阿卜杜拉"))
    assert [row.ref for row in rows] == [ref]
