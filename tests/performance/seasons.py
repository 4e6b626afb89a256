"""A finished season in the three files of ``import_history``, made by the simulation."""

import csv
import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from performance.analytics.cohort import Cohort
from performance.analytics.simulation import World, simulate

SEASON = "2025-autumn"
FIRST_DAY = date(2026, 1, 5)
BRANCH_CODES = ("440201", "440300", "440200", "320100")
POSITION_CODES = ("TELLER", "TECH_ENGINEER")
FILES = ("history-interviews.ndjson", "history-hires.csv", "history-performance.csv")


def interview(number: int = 1, **changes: Any) -> dict[str, Any]:
    """One interview; ``score``, ``verdict`` and so on replace what stands there."""
    told = {
        "application_ref": f"HA-{number:05}",
        "branch_code": "440201",
        "position_code": "TELLER",
        "score": 82.5,
        "verdict": "fail",
        "dimensions": {"learning": 80.0},
        "gender": "female",
        "education": "bachelor",
        "graduation_year": 2026,
        "experience_tags": [],
        "timestamp": "2025-10-08T09:03:00+08:00",
        "revision": 1,
        "season": SEASON,
    } | changes
    return {
        "type": "interview.completed",
        "timestamp": told["timestamp"],
        "data": {
            "interview_id": f"HI-{number:05}",
            "revision": told["revision"],
            "season": told["season"],
            "candidate": {
                "name": "孙一雨",
                "id_type": "resident_id",
                "id_number": "110101198908115638",
                "phone": "+8619810000001",
                "email": "somebody@example.com",
                "gender": told["gender"],
                "education": told["education"],
                "graduation_year": told["graduation_year"],
                "experience_tags": told["experience_tags"],
                "candidate_ref": f"H-{number}",
            },
            "application": {
                "application_ref": told["application_ref"],
                "branch_code": told["branch_code"],
                "position_code": told["position_code"],
                "preference": 1,
            },
            "result": {
                "verdict": told["verdict"],
                "score": told["score"],
                "dimensions": told["dimensions"],
                "model_version": "v3.1",
                "completed_at": told["timestamp"],
            },
        },
    }


def write_history(
    folder: Path,
    *,
    interviews: list[dict[str, Any]] | None = None,
    hires: list[tuple[str, str, str]] | None = None,
    records: list[dict[str, Any]] | None = None,
) -> Path:
    """The three files with these rows."""
    lines = [json.dumps(row, ensure_ascii=False) for row in interviews or []]
    (folder / FILES[0]).write_text("\n".join(lines) + "\n", encoding="utf-8")
    _write(folder / FILES[1], ["application_ref", "employee_no", "onboarded_on"], hires or [])
    columns = ["employee_no", "period", "score", "complaints", "transactions", "project_completion"]
    columns += ["target_attainment"]
    _write(folder / FILES[2], columns, [[row.get(name, "") for name in columns] for row in records or []])
    return folder


def write_simulated(folder: Path, *, world: World, seed: int, bonus: float = 0.0) -> Cohort:
    """A simulated season as files; returns what was written.

    Args:
        folder: where to.
        world: what is true.
        seed: of what is drawn.
        bonus: points of performance that experience in finance adds at every score. With 4 of them
            and 800 applicants the analysis advises a larger share of such hires.
    """
    cohort = simulate(world, seed=seed)
    with_bonus = (cohort.groups["finance"] == "yes")[:, None]
    cohort = replace(cohort, monthly=cohort.monthly + bonus * with_bonus)
    numbers = range(len(cohort))
    write_history(
        folder,
        interviews=[_simulated(cohort, number) for number in numbers],
        hires=[
            (f"HA-{number:05}", f"E{number:05}", FIRST_DAY.isoformat())
            for number in numbers
            if cohort.hired[number]
        ],
        records=[
            {
                "employee_no": f"E{number:05}",
                "period": f"2026-{month + 2:02}",
                "score": round(float(score), 1),
            }
            for number in np.flatnonzero(cohort.hired)
            for month, score in enumerate(np.clip(cohort.monthly[number], 0, 100))
        ],
    )
    return cohort


def _simulated(cohort: Cohort, number: int) -> dict[str, Any]:
    dimensions = np.clip(cohort.dimensions[number], 0, 100)
    return interview(
        number,
        branch_code=BRANCH_CODES[number % len(BRANCH_CODES)],
        position_code=POSITION_CODES[number % 3 == 0],
        score=round(float(dimensions.mean()), 1),
        verdict="pass" if cohort.passed[number] else "fail",
        dimensions={code: round(float(d), 1) for code, d in zip(cohort.codes, dimensions, strict=True)},
        gender=str(cohort.protected["gender"][number]),
        education=str(cohort.groups["education"][number]),
        graduation_year=2026 if cohort.groups["recent_graduate"][number] == "yes" else 2023,
        experience_tags=["finance"] if cohort.groups["finance"][number] == "yes" else [],
    )


def _write(path: Path, columns: list[str], rows: list[Any]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(rows)
