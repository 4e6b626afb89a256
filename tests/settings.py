"""The portal's settings on the test engines, read before anything else of Django.

Every process of a parallel run imports this, so each holds its own lease on the engines and they
stop when the last of them ends. Set here is only what makes tests repeatable or quick; whatever
decides behaviour stays as it is in ``hrportal.settings``.
"""

import os
import re
from pathlib import Path

# What is set for a portal on this machine is not for its tests; above all they never touch its database.
_portal = Path(__file__).resolve().parents[1] / "hrportal"
_readers = [_portal / name for name in ("settings.py", "schedule.py", "sign_in_settings.py")]
_asked = {name for path in _readers for name in re.findall(r'\(\s*"([A-Z][A-Z_]+)"', path.read_text("utf-8"))}
for _name in _asked | {"HRPORTAL_ENV"}:
    os.environ.pop(_name, None)
    os.environ.pop(f"{_name}_FILE", None)

from tests import embedded  # noqa: E402 - it reads the kind of place

embedded.start(instance=embedded.TESTS)
# Each parallel worker has its own Valkey database, as pytest-django gives it its own PostgreSQL one.
_worker = os.environ.get("PYTEST_XDIST_WORKER", "gw-1").removeprefix("gw")
os.environ["REDIS_URL"] = f"{embedded.TESTS.redis_url}?db={int(_worker) + 1}"

from hrportal.settings import *  # noqa: E402, F403 - the addresses above must be set before they are read
from hrportal.settings import DATABASES, LOGGING, STORAGES  # noqa: E402 - the same
from tests.template import template_name  # noqa: E402 - the same

# Two runs at the same time must not take each other's database away.
_run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))[:8]
DATABASES["default"]["TEST"] = {"NAME": f"test_hrportal_{_run}", "TEMPLATE": template_name()}

# Hashed names need `collectstatic`; tests look at pages, not at file names.
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
# Otherwise every test's client looks at each file of the portal before its first request.
WHITENOISE_AUTOREFRESH = True
# A slow hash is right for people and wasted on accounts that live for one test.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# pytest shows what was logged; a handler made now would keep the stream of a capture that ends.
LOGGING = LOGGING | {"handlers": {"console": {"class": "logging.NullHandler"}}}
