"""The reaper of one instance, as a process of its own: ``python -m hrportal.embedded.reaper main``."""

import sys

from hrportal.embedded.instances import Instance
from hrportal.embedded.leases import keep

keep(Instance(sys.argv[1]))
