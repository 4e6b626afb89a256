"""What is known of a process by its number."""

import os
import subprocess


def exists(pid: int | None) -> bool:
    """Whether a process has this number now, whosever it is."""
    if pid is None:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def command_line(pid: int) -> str:
    """What it was started with, empty when there is none."""
    found = subprocess.run(
        ["ps", "-o", "command=", "-p", str(pid)], check=False, capture_output=True, text=True
    )
    return found.stdout
