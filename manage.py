#!/usr/bin/env python
"""The door to every command. Starts the embedded services first where no address is given."""

import os
import sys


def main() -> None:
    """Point Django at the settings, make sure there is a database to talk to, run the command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hrportal.settings")
    from hrportal import embedded

    embedded.ensure(argv=sys.argv)

    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
