"""The WSGI entry point, for granian."""

import os

from django.core.wsgi import get_wsgi_application

from hrportal.kernel.database import limits
from hrportal.processes import end_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hrportal.settings")
application = get_wsgi_application()
limits.apply("web")
# A server that is killed cannot tell its workers; the pipe of `manage.py serve` can.
end_with_parent()
