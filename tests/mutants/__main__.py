"""``python -m tests.mutants [NAME …]``: run the tests of each mutant; exit 1 if one survives."""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal

from tests.mutants.catalogue import ROOT, Mutant, mutants

SECONDS = 300
TESTS_FAILED = 1
Verdict = Literal["killed", "SURVIVED", "NOT RUN"]


def judge(each: Mutant) -> tuple[Mutant, Verdict, str]:
    """Run the tests without the safeguard; what they said where they did not fail."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "tests.mutants.plugin", "--no-header"]
    try:
        done = subprocess.run(
            [*command, *each.tests],
            cwd=ROOT,
            env={**os.environ, "HRPORTAL_MUTANT": each.name},
            check=False,
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
    except subprocess.TimeoutExpired:
        return each, "NOT RUN", f"Its tests were not over after {SECONDS} seconds."
    if done.returncode == TESTS_FAILED and " failed" in done.stdout:
        return each, "killed", ""
    verdict: Verdict = "SURVIVED" if done.returncode == 0 else "NOT RUN"
    return each, verdict, (done.stdout + done.stderr)[-2000:]


def passes_unharmed(chosen: Sequence[Mutant]) -> bool:
    """With every safeguard in place the same tests must pass, or failing proves nothing."""
    tests = sorted({test for each in chosen for test in each.tests})
    return (
        subprocess.run([sys.executable, "-m", "pytest", "-q", *tests], cwd=ROOT, check=False).returncode == 0
    )


def sample(every: Sequence[Mutant], size: int) -> list[Mutant]:
    """Some of them, others for another state of the sources, the same for the same."""
    state = hashlib.sha256()
    for path in sorted({each.file for each in every if each.file}):
        state.update((ROOT / path).read_bytes())
    salt = state.hexdigest()
    return sorted(every, key=lambda each: hashlib.sha256((salt + each.name).encode()).digest())[:size]


def main() -> int:
    """Run what was asked for, two at a time.

    Returns:
        0 when every mutant was killed.
    """
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument(
        "--sample", type=int, default=0, help="only so many, chosen by the state of the sources"
    )
    parser.add_argument("--json", type=Path, help="write a list of {name, rule, killed} there")
    options = parser.parse_args()
    every = mutants()
    if unknown := set(options.names) - {each.name for each in every}:
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    chosen = [each for each in every if each.name in options.names] if options.names else every
    if options.sample:
        chosen = sample(chosen, options.sample)
    for each in chosen:
        each.check()
    # A sample is taken where the whole suite has just passed.
    if not options.sample and not passes_unharmed(chosen):
        print("The tests fail with every safeguard in place; nothing was judged.", file=sys.stderr)
        return 2
    began = time.monotonic()
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        judged = []
        for each, verdict, said in pool.map(judge, chosen):
            judged.append((each, verdict))
            print(f"{verdict:9} {each.rule:2} {each.name}{chr(10) if said else ''}{said}", flush=True)
    killed = sum(verdict == "killed" for _each, verdict in judged)
    print(f"{killed} of {len(judged)} killed in {time.monotonic() - began:.0f} s")
    if options.json:
        rows = [
            {"name": each.name, "rule": each.rule, "killed": verdict == "killed"} for each, verdict in judged
        ]
        options.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return 0 if killed == len(judged) else 1


if __name__ == "__main__":
    sys.exit(main())
