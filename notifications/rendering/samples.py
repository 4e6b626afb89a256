"""A candidate who does not exist, for previews and tests."""

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
