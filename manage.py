#!/usr/bin/env python
"""The entry point of every command. On a development machine it starts the engines that no address is given for."""

import os
import sys


def main() -> None:
    """Point Django at the settings, make sure there is a database to talk to, run the command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hrportal.settings")
    from django.core.exceptions import ImproperlyConfigured

    try:
        from hrportal.environment import HAS_TOOLS

        if HAS_TOOLS:
            from tests import embedded

            if given := embedded.ensure(argv=sys.argv):
                from tests.embedded import foreign

                for name in given:
                    foreign.must_answer(name)

        from django.core.management import execute_from_command_line

        from hrportal.unready import explained

        with explained():
            execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        # What the person who started it can mend is said in a line; a traceback would only bury it.
        sys.exit(str(error))


if __name__ == "__main__":
    main()
