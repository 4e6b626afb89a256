#!/usr/bin/env python
"""The entry point of every command. Starts the embedded services first where no address is given."""

import os
import sys


def main() -> None:
    """Point Django at the settings, make sure there is a database to talk to, run the command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hrportal.settings")
    from django.core.exceptions import ImproperlyConfigured

    from hrportal import embedded

    try:
        if foreign_addresses := embedded.ensure(argv=sys.argv):
            from hrportal.embedded import foreign

            for name in foreign_addresses:
                foreign.must_answer(name)

        from django.core.management import execute_from_command_line

        from hrportal.unready import explained

        with explained():
            execute_from_command_line(sys.argv)
    except (embedded.EmbeddedServiceError, embedded.SettingRefused, ImproperlyConfigured) as error:
        # What the person who started it can mend is said in a line; a traceback would only bury it.
        sys.exit(str(error))


if __name__ == "__main__":
    main()
