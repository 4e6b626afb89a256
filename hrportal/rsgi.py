"""The RSGI entry point, for granian: the WSGI application behind the gate."""

import os

from hrportal.gate.server import Gate
from hrportal.wsgi import application as django

application = Gate(django, threads=int(os.environ["WEB_THREADS"]))
