"""Candidates who do not exist: one for previews, and those who try how long a text can become."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

_COMMON: dict[str, Any] = {
    "branch": {
        "name": "深圳分行营业部",
        "address": "深圳市福田区深南大道100号",
        "city": "深圳",
        "phone": "0755-80000000",
        "features": ["tourism", "small_business"],
    },
    "score": {"overall": 91.5},
    "onboarding": {"date": "2026-12-01"},
    "reply_by": {"date": "2026-11-20"},
}
_CHINESE: dict[str, Any] = {
    "bank": {"name": "示例银行"},
    "candidate": {"name": "林晓雨"},
    "position": {"name": "柜员", "code": "TELLER", "family": "counter"},
    "department": {"name": "运营管理部"},
    "strengths": [
        {"code": "stress_tolerance", "name": "抗压能力", "score": 94.0},
        {"code": "service_awareness", "name": "服务意识", "score": 92.0},
    ],
    "targets": [
        {"text": "独立服务并新增客户", "threshold": 10, "unit": "位", "months": 3},
        {"text": "业务指标完成率", "threshold": 90, "unit": "%", "months": 3},
    ],
    "materials": ["身份证原件及复印件", "学历、学位证书原件", "近期体检报告", "一寸证件照两张"],
    "contact": {"name": "陈老师", "phone": "0755-80000001"},
    "note": {"text": ""},
}
_ENGLISH: dict[str, Any] = {
    "bank": {"name": "Sample Bank"},
    "candidate": {"name": "Lin Xiaoyu"},
    "position": {"name": "Teller", "code": "TELLER", "family": "counter"},
    "department": {"name": "Operations"},
    "strengths": [
        {"code": "stress_tolerance", "name": "Stress tolerance", "score": 94.0},
        {"code": "service_awareness", "name": "Service awareness", "score": 92.0},
    ],
    "targets": [
        {"text": "New customers served on your own", "threshold": 10, "unit": "", "months": 3},
        {"text": "Business targets attained", "threshold": 90, "unit": "%", "months": 3},
    ],
    "materials": [
        "Identity card, original and a copy",
        "Diplomas, originals",
        "A recent medical report",
        "Two passport photographs",
    ],
    "contact": {"name": "Ms Chen", "phone": "0755-80000001"},
    "note": {"text": ""},
}


def sample_context(language: str) -> dict[str, Any]:
    """A full context in Chinese or English; a new copy, free to be changed."""
    spoken = _ENGLISH if language == "en" else _CHINESE
    return deepcopy({**_COMMON, **spoken})


# As long as real ones become: a name of Xinjiang, one of a passport, a family name of two characters in an
# English notice, an autonomous prefecture's branch.
_LONG_NAMES = {
    "zh-Hans": ("阿卜杜热合曼·阿卜杜克热木江",),
    "en": ("Maria Alexandra Fernandez Silva", "欧阳晓雨"),
}
_LONG: dict[str, dict[str, Any]] = {
    "zh-Hans": {
        "bank": {"name": "示例银行股份有限公司"},
        "position": {"name": "对公客户经理（普惠金融）", "code": "CORPORATE_MANAGER", "family": "sales"},
        "department": {"name": "公司与普惠金融事业部"},
        "contact": {"name": "阿依古丽老师", "phone": "0996-80000001"},
        "onboarding": {"date": "2026-12-30"},
        "reply_by": {"date": "2026-12-23"},
        "note": {"text": "面试中您对客户的耐心令人印象深刻，期待与您共事。" * 4},
    },
    "en": {
        "bank": {"name": "Sample Bank Corporation"},
        "position": {
            "name": "Corporate Relationship Manager",
            "code": "CORPORATE_MANAGER",
            "family": "sales",
        },
        "department": {"name": "Corporate and Inclusive Banking"},
        "contact": {"name": "Ms Ayguli Abdurahman", "phone": "0996-80000001"},
        "onboarding": {"date": "2026-09-30"},
        "reply_by": {"date": "2026-09-23"},
        "note": {"text": "Your patience with customers impressed us, and we look forward to you. " * 4},
    },
}
_LONG_BRANCH = {
    "name": "巴音郭楞蒙古自治州分行营业部",
    "address": "新疆维吾尔自治区巴音郭楞蒙古自治州库尔勒市人民东路100号",
    "city": "巴音郭楞",
    "phone": "0996-80000000",
    "features": ["tourism", "small_business"],
}


def longest_contexts(language: str) -> Iterator[dict[str, Any]]:
    """Full contexts with the longest plausible values, one for each script that a name may have."""
    for name in _LONG_NAMES[language]:
        yield {
            **sample_context(language),
            **deepcopy(_LONG[language]),
            "branch": dict(_LONG_BRANCH),
            "candidate": {"name": name},
        }


def bare_context(language: str) -> dict[str, Any]:
    """A context without anything that may be missing."""
    full = sample_context(language)
    needed = ("candidate", "position", "onboarding", "reply_by")
    branch = {name: full["branch"][name] for name in ("name", "address")}
    return {"branch": branch, **{name: full[name] for name in needed}}
