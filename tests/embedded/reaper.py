"""The reaper of one instance, as a process of its own: ``python -m tests.embedded.reaper main``."""

import sys

from tests.embedded.instances import Instance
from tests.embedded.leases import keep

keep(Instance(sys.argv[1]))
