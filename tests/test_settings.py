"""Production starts with everything it needs or names what is missing; never with a stand-in."""

import ast
import os
import re
import shutil
import subprocess
import sys
from base64 import b64encode
from pathlib import Path

import pytest
import yaml

from hrportal.gate.limits import LIMITS, MIB

ROOT = Path(__file__).resolve().parent.parent


def required_variables() -> list[str]:
    """The first argument of every ``required(...)`` and ``required_secret(...)`` in the settings."""
    tree = ast.parse((ROOT / "hrportal" / "settings.py").read_text())
    return [
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in {"required", "required_secret"}
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    ]


REQUIRED = required_variables()
# The variables of each system that a bank may or may not have; those with a standard value at the end.
SERVICES = {
    "SMS": (["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_FROM"], ["TWILIO_API_BASE_URL"]),
    "WeChat": (
        ["WECHAT_APP_ID", "WECHAT_APP_SECRET", "WECHAT_CALLBACK_TOKEN", "WECHAT_TEMPLATE_ID"],
        ["WECHAT_API_BASE_URL"],
    ),
    "WeCom": (
        [
            *("WECOM_CORP_ID", "WECOM_CORP_SECRET", "WECOM_AGENT_ID"),
            *("WECOM_CALLBACK_TOKEN", "WECOM_ENCODING_AES_KEY"),
        ],
        ["WECOM_API_BASE_URL"],
    ),
    "the bank's app": (
        [
            *("APP_GATEWAY_TOKEN", "APP_GATEWAY_CALLBACK_SECRET"),
            *("APP_API_TOKEN", "APP_GATEWAY_API_BASE_URL"),
        ],
        [],
    ),
    "email": (["EMAIL_URL", "EMAIL_FROM"], []),
    "recommendations": (["INTERVIEW_WEBHOOK_URL", "INTERVIEW_WEBHOOK_SECRET"], []),
    "single sign-on": (["OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET"], []),
}
OF_SERVICES = [name for needed, known in SERVICES.values() for name in (*needed, *known)]
KEY = b64encode(bytes(range(32))).decode()
VALUES = {
    "EMAIL_URL": "smtps://mail.bank.example:465",
    "EMAIL_FROM": "hr@bank.example",
    "WECOM_ENCODING_AES_KEY": "a" * 43,
    "APP_GATEWAY_CALLBACK_SECRET": f"whsec_{KEY}",
    "INTERVIEW_WEBHOOK_SECRET": f"whsec_{KEY}",
}


def variables_of(*services: str) -> dict[str, str]:
    """Everything that these systems need, and nothing that has a standard value."""
    names = [name for service in services for name in SERVICES[service][0]]
    return {
        name: VALUES.get(name, "https://service.bank.example" if "URL" in name or "ISSUER" in name else "x")
        for name in names
    }


def complete_environment() -> dict[str, str]:
    return (
        dict.fromkeys(REQUIRED, "x")
        | dict.fromkeys(("SIGNAL_SECRETS", "PERFORMANCE_SECRETS"), f"whsec_{KEY}")
        | {
            "HRPORTAL_ENV": "production",
            "DATA_KEYS": f"k1:{KEY}",
            "BLIND_INDEX_KEY": KEY,
            "DATABASE_URL": "postgresql://portal@db/hrportal",
            "REDIS_URL": "redis://valkey:6379/0",
            "PUBLIC_URL": "https://offers.bank.example",
        }
        | variables_of("SMS", "WeChat", "WeCom", "the bank's app", "email", "recommendations")
    )


def load_settings(environment: dict[str, str], expression: str = "''") -> subprocess.CompletedProcess[str]:
    """Import the settings in a process that knows nothing but ``environment``."""
    return subprocess.run(
        [sys.executable, "-c", f"from hrportal import settings; print({expression})"],
        cwd=ROOT,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_settings_name_every_secret_and_address_once() -> None:
    assert len(REQUIRED) == len(set(REQUIRED))
    assert {"SECRET_KEY", "DATA_KEYS", "BLIND_INDEX_KEY", "SIGNAL_SECRETS", "DATABASE_URL"} <= set(REQUIRED)


def test_complete_production_environment_starts() -> None:
    found = load_settings(complete_environment(), "settings.PRODUCTION, settings.SECURE_SSL_REDIRECT")
    assert found.stdout == "True True\n", found.stderr


def test_production_passes_djangos_deployment_check() -> None:
    environment = complete_environment() | {
        "PATH": os.environ["PATH"],
        "SECRET_KEY": "".join(chr(33 + number % 94) for number in range(0, 94 * 7, 7)),
        "ALLOWED_HOSTS": "offers.bank.example",
    }
    checked = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert checked.returncode == 0, checked.stderr


# Everything is loaded, and what of the tests is.
LOADED = """
import sys
import django
django.setup()
from django.core.management import call_command, get_commands
call_command("check")
print(*sorted(name for name in sys.modules if name.partition(".")[0] == "tests"))
print(*sorted({"demo", "bench", "providerlab"} & set(get_commands())))
"""
PRODUCT = ("hrportal", "performance", "recruitment", "notifications", "branches", "templates", "locale")


def loaded_in(folder: Path, environment: dict[str, str]) -> str:
    """What of the tests a portal in ``folder`` has loaded, and which commands of theirs it knows."""
    found = subprocess.run(
        [sys.executable, "-c", LOADED],
        cwd=folder,
        env=environment | {"DJANGO_SETTINGS_MODULE": "hrportal.settings"},
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert found.returncode == 0, found.stderr
    return found.stdout.removeprefix("System check identified no issues (1 silenced).\n")


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The product as its image has it."""
    assert "tests" in (ROOT / ".dockerignore").read_text().split()
    folder = tmp_path_factory.mktemp("installation")
    for name in PRODUCT:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "frontend" / "dist").mkdir(parents=True)
    return folder


@pytest.mark.parametrize("environment", [complete_environment(), {}], ids=["production", "its build"])
def test_the_product_loads_where_there_are_no_tests(installation: Path, environment: dict[str, str]) -> None:
    assert loaded_in(installation, environment) == "\n\n"


def test_production_leaves_the_tests_of_a_checkout_alone() -> None:
    assert loaded_in(ROOT, complete_environment()) == "\n\n"
    assert loaded_in(ROOT, {}).splitlines()[1] == "bench demo providerlab"


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, "False"),
        (complete_environment(), "True"),
        (complete_environment() | {"SECOND_FACTOR_REQUIRED": "false"}, "False"),
        ({"SECOND_FACTOR_REQUIRED": "true"}, "True"),
    ],
    ids=["development", "production", "switched off", "switched on"],
)
def test_the_second_factor_is_required_in_production(environment: dict[str, str], expected: str) -> None:
    assert load_settings(environment, "settings.SECOND_FACTOR_REQUIRED").stdout == f"{expected}\n"


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"OIDC_CLIENT_SECRET": "x"}, "OIDC_ISSUER, OIDC_CLIENT_ID not set."),
        (
            {"OIDC_ISSUER": "http://sso.bank.example", "OIDC_CLIENT_ID": "hr", "OIDC_CLIENT_SECRET": "x"},
            "must be an https address",
        ),
    ],
)
def test_half_a_single_sign_on_stops_the_start(given: dict[str, str], complaint: str) -> None:
    assert complaint in load_settings(complete_environment() | given).stderr


def test_the_single_sign_on_may_be_the_target_of_forms() -> None:
    given = {
        "OIDC_ISSUER": "https://sso.bank.example/realms/staff/",
        "OIDC_CLIENT_ID": "hr",
        "OIDC_CLIENT_SECRET": "x",
    }
    found = load_settings(
        given, "settings.CONTENT_SECURITY_POLICY['DIRECTIVES']['form-action'][1], settings.OIDC_ISSUER"
    )
    assert found.stdout == "https://sso.bank.example https://sso.bank.example/realms/staff\n"


@pytest.mark.parametrize("name", REQUIRED)
@pytest.mark.parametrize("left", [None, ""], ids=["missing", "empty"])
def test_production_stops_with_the_name_of_the_variable(name: str, left: str | None) -> None:
    environment = complete_environment()
    del environment[name]
    if left is not None:
        environment[name] = left
    found = load_settings(environment)
    assert found.returncode == 1
    assert f"ImproperlyConfigured: {name} is not set." in found.stderr


PROVIDER_LIST = "','.join(path.split('.')[2] for path in settings.PROVIDERS)"


@pytest.mark.parametrize(
    ("services", "providers"),
    [
        (["SMS"], "twilio"),
        (["email"], "smtp"),
        (["the bank's app", "WeChat"], "app_gateway,wechat"),
        (["SMS", "WeCom", "recommendations", "single sign-on"], "twilio,wecom"),
    ],
)
def test_a_bank_runs_with_the_providers_it_has(services: list[str], providers: str) -> None:
    environment = {name: value for name, value in complete_environment().items() if name not in OF_SERVICES}
    # What compose hands on of a system that the bank does not have.
    environment |= dict.fromkeys(OF_SERVICES, "") | variables_of(*services)
    found = load_settings(environment, PROVIDER_LIST)
    assert found.stdout == f"{providers}\n", found.stderr


@pytest.mark.parametrize("service", SERVICES)
def test_half_a_system_stops_the_start_and_names_what_is_missing(service: str) -> None:
    needed, known = SERVICES[service]
    base = {name: value for name, value in complete_environment().items() if name not in (*needed, *known)}
    for name in needed:
        rest = variables_of(service)
        del rest[name]
        found = load_settings(base | rest)
        assert found.returncode == 1
        assert f"ImproperlyConfigured: {name} not set" in found.stderr
    for name in known:
        found = load_settings(base | {name: "https://elsewhere.example"})
        assert f"ImproperlyConfigured: {', '.join(needed)} not set, while {name} is." in found.stderr


@pytest.mark.parametrize("services", [[], ["WeCom"], ["recommendations"]])
def test_production_needs_a_channel_that_reaches_a_candidate(services: list[str]) -> None:
    environment = {name: value for name, value in complete_environment().items() if name not in OF_SERVICES}
    found = load_settings(environment | variables_of(*services))
    assert found.returncode == 1
    assert "No channel reaches a candidate" in found.stderr


def test_the_providers_own_addresses_are_known_in_production() -> None:
    found = load_settings(
        complete_environment(), "settings.TWILIO_API_BASE_URL, settings.WECHAT_API_BASE_URL"
    )
    assert found.stdout == "https://api.twilio.com https://api.weixin.qq.com\n"


def test_secret_may_come_from_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("from a file\n")
    environment = complete_environment() | {"SECRET_KEY_FILE": str(secret)}
    del environment["SECRET_KEY"]
    assert load_settings(environment, "repr(settings.SECRET_KEY)").stdout == "'from a file'\n"


def test_unreadable_secret_file_stops_the_start(tmp_path: Path) -> None:
    environment = complete_environment() | {"SECRET_KEY_FILE": str(tmp_path / "missing")}
    found = load_settings(environment)
    assert found.returncode == 1
    assert "SECRET_KEY_FILE" in found.stderr


def test_development_needs_nothing_and_keys_differ() -> None:
    found = load_settings({}, "len({settings.SECRET_KEY, settings.DATA_KEYS, settings.BLIND_INDEX_KEY})")
    assert found.stdout == "3\n", found.stderr


def test_development_secrets_are_random_and_stay(tmp_path: Path) -> None:
    """Two first processes at once agree; another checkout has others; nobody else may read them."""
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        (folder / "hrportal").mkdir(parents=True)
        for name in ("__init__.py", "environment.py"):
            shutil.copy(ROOT / "hrportal" / name, folder / "hrportal" / name)
    say = "from hrportal.environment import required_secret; print(required_secret('SECRET_KEY'))"
    command = [sys.executable, "-c", f"import os; os.umask(0); {say}"]
    racing = [
        subprocess.Popen(command, cwd=folder, env={}, stdout=subprocess.PIPE, text=True)
        for folder in (first, first, first, second)
    ]
    found = [process.communicate(timeout=60)[0] for process in racing]

    assert found[0] == found[1] == found[2] != found[3]
    assert len(found[0]) > 40
    assert (first / ".run" / "development.key").stat().st_mode & 0o777 == 0o600


IMPOSSIBLE = [
    ("HRPORTAL_ENV", "prod"),
    ("HRPORTAL_ENV", "Production"),
    ("SIGNAL_SECRETS", "secret"),
    ("SIGNAL_SECRETS", "whsec_AAAA,"),
    ("DATA_KEYS", "k1:short"),
    ("BLIND_INDEX_KEY", "not base64"),
    ("DATABASE_URL", "mysql://root:hunter2@db/shop"),
    ("DATABASE_URL", "sqlite:///db.sqlite3"),
    ("DATABASE_URL", "postgresql://db"),
    ("REDIS_URL", "amqp://queue"),
    ("PUBLIC_URL", "offers.bank.example"),
    ("ALLOWED_HOSTS", "https://offers.bank.example"),
    ("ALLOWED_HOSTS", "a,,b"),
    ("EMAIL_URL", "mail.bank.example:25"),
    ("TWILIO_API_BASE_URL", "api.twilio.com"),
    ("WECOM_ENCODING_AES_KEY", "short"),
    ("PORT", "80 80"),
    ("PORT", "65536"),
    ("WEB_WORKERS", "0"),
    ("WORKER_CONCURRENCY", "two"),
    ("ALLOW_REMOTE", "maybe"),
    ("SECOND_FACTOR_REQUIRED", "ture"),
    ("SESSION_IDLE_MINUTES", "-1"),
    ("SESSION_MAX_HOURS", "1.5"),
    ("TRUSTED_PROXIES", "one"),
    ("EXPORT_MAX_ROWS", "50 000"),
    ("PROVIDER_TIMEOUT_SECONDS", "nan"),
    ("BEAT_SECONDS", "0"),
    ("LOG_LEVEL", "LOUD"),
    ("OIDC_ISSUER", "sso.bank.example"),
]


@pytest.mark.parametrize(("name", "value"), IMPOSSIBLE)
def test_an_impossible_value_stops_the_start_in_one_line(name: str, value: str) -> None:
    ended = manage({name: value}, "diffsettings")

    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr.count("\n") == 1
    assert ended.stderr.startswith(name)
    assert "hunter2" not in ended.stderr


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("TRUSTED_PROXY", ""),
        ("TRUSTED_PROXIE", "TRUSTED_PROXIES"),
        ("SESION_MAX_HOURS", "SESSION_MAX_HOURS"),
        ("SECOND_FACTOR_REQUIERD", "SECOND_FACTOR_REQUIRED"),
        ("OIDC_CLIENTID_FILE", "OIDC_CLIENT_ID_FILE"),
        ("secret_key_file", ""),
    ],
)
def test_a_name_with_a_slip_of_the_pen_stops_production_only(given: str, meant: str) -> None:
    found = load_settings(complete_environment() | {given: "1"})
    elsewhere = load_settings({given: "1"})

    assert (f"{given} is not a variable of the portal; {meant} is." in found.stderr) == bool(meant)
    assert found.returncode == bool(meant)
    assert elsewhere.returncode == 0
    assert (f"{meant} is." in elsewhere.stderr) == bool(meant) or not meant


def test_a_slip_in_the_kind_of_place_stops_everywhere() -> None:
    assert "HRPORTAL_ENV is" in load_settings({"HRPORTAL_ENVIRONMENT": "production"}).stderr


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("DATABASE_URL", "postgresql://portal:hunter2@127.0.0.1:1/hrportal"),
        ("DATABASE_URL", "mysql://root:hunter2@127.0.0.1/shop"),
        ("REDIS_URL", "redis://:hunter2@127.0.0.1:1/0"),
    ],
)
def test_an_address_that_cannot_be_used_is_named_before_anything_starts(name: str, address: str) -> None:
    others = {"DATABASE_URL": os.environ["DATABASE_URL"], "REDIS_URL": os.environ["REDIS_URL"]}
    ended = manage({**others, name: address}, "showmigrations", "sessions")

    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1
    assert name in ended.stderr
    assert f"env -u {name}" in ended.stderr
    assert "hunter2" not in ended.stderr


def manage(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a process that knows nothing but ``environment``."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_broker_understands_the_number_of_the_database_behind_a_socket() -> None:
    found = load_settings({"REDIS_URL": "unix:///run/valkey.sock?db=3"}, "settings.CELERY_BROKER_URL")
    assert found.stdout == "redis+socket:///run/valkey.sock?virtual_host=3\n"


# --- docker-compose.yml, which no test machine can run --------------------------------------------
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
PORTAL_SERVICES = [name for name in COMPOSE["services"] if name not in {"postgres", "valkey", "proxy"}]


@pytest.mark.parametrize("service", PORTAL_SERVICES)
def test_compose_gives_every_service_what_the_settings_require(service: str) -> None:
    given = set(COMPOSE["services"][service]["environment"])
    assert {name for name in REQUIRED if not {name, f"{name}_FILE"} & given} == set()
    assert COMPOSE["services"][service]["environment"]["HRPORTAL_ENV"] == "production"


@pytest.mark.parametrize("service", PORTAL_SERVICES)
def test_compose_mounts_every_secret_it_names(service: str) -> None:
    definition = COMPOSE["services"][service]
    files = {v for k, v in definition["environment"].items() if k.endswith("_FILE")}
    assert files == {f"/run/secrets/{name}" for name in definition["secrets"]}
    assert set(definition["secrets"]) <= set(COMPOSE["secrets"])


def test_compose_workers_serve_every_queue_once() -> None:
    served = [
        queue
        for service in COMPOSE["services"].values()
        if "--queues" in service.get("command", [])
        for queue in service["command"][-1].split(",")
    ]
    routed = load_settings({}, "*{r['queue'] for r in settings.CELERY_TASK_ROUTES.values()}").stdout.split()
    assert sorted(served) == sorted(routed)


@pytest.mark.parametrize("service", COMPOSE["services"])
def test_compose_pins_images_and_watches_health(service: str) -> None:
    definition = COMPOSE["services"][service]
    assert ":" in definition["image"]
    assert not definition["image"].endswith(":latest")
    # They run once, and end when they fail.
    runs_once = service in {"migrate", "verify"}
    assert ("healthcheck" in definition) == (not runs_once)
    assert definition["restart"] == ("no" if runs_once else "unless-stopped")


def test_compose_lets_only_the_migration_sign_in_as_the_owner() -> None:
    for service in PORTAL_SERVICES:
        definition = COMPOSE["services"][service]
        account = definition["environment"]["DATABASE_URL_FILE"]
        assert account == f"/run/secrets/{'OWNER_' if service == 'migrate' else ''}DATABASE_URL"
        assert ("OWNER_PASSWORD" in definition["secrets"]) is False
    assert {"OWNER_PASSWORD", "PORTAL_PASSWORD"} <= set(COMPOSE["services"]["postgres"]["secrets"])


def test_compose_checks_the_account_after_the_migration_and_before_everything_else() -> None:
    assert COMPOSE["services"]["verify"]["command"][-1] == "check_rls"
    assert "migrate" in COMPOSE["services"]["verify"]["depends_on"]
    for service in set(PORTAL_SERVICES) - {"migrate", "verify"}:
        waits_for = COMPOSE["services"][service]["depends_on"]
        assert waits_for["verify"]["condition"] == "service_completed_successfully"


def test_compose_keeps_the_data_away_from_outside() -> None:
    assert COMPOSE["networks"]["data"]["internal"] is True
    for service in ("postgres", "valkey", "migrate", "verify"):
        assert COMPOSE["services"][service]["networks"] == ["data"]
        assert "ports" not in COMPOSE["services"][service]
    for service in ("postgres", "valkey"):
        text = str(COMPOSE["services"][service])
        assert "PASSWORD" in text
        # A secret in the command or the environment could be read by whoever lists processes or containers.
        assert "/run/secrets/" in text


def _networks(service: str) -> set[str]:
    """Those of a service; one that names none is alone on ``default``."""
    return set(COMPOSE["services"][service].get("networks", ["default"]))


def test_compose_puts_the_proxy_beside_the_portal_and_away_from_the_data() -> None:
    text = (ROOT / ".docker" / "nginx.conf").read_text()
    hosts = re.findall(r"^\s*server (\S+):\d+", text, re.MULTILINE) + re.findall(
        r"proxy_pass https?://([^;/:]+)", text
    )
    upstreams = set(re.findall(r"upstream (\S+) {", text))
    assert set(hosts) - upstreams == {"web"}
    assert _networks("web") & _networks("proxy")
    assert not _networks("proxy") & _networks("postgres")


@pytest.mark.parametrize("service", COMPOSE["services"])
def test_compose_lets_every_service_reach_those_it_needs(service: str) -> None:
    """Whom it waits for by their health, and whose address its secrets carry."""
    definition = COMPOSE["services"][service]
    assert _networks(service) <= set(COMPOSE["networks"])
    addressed = {
        name
        for name, how in definition.get("depends_on", {}).items()
        if how["condition"] == "service_healthy"
    }
    secrets = " ".join(definition.get("secrets", []))
    addressed |= {"postgres"} if "DATABASE_URL" in secrets else set()
    addressed |= {"valkey"} if "REDIS_URL" in secrets else set()
    assert {other for other in addressed if not _networks(service) & _networks(other)} == set()


def test_compose_makes_the_accounts_by_the_script_that_is_tested() -> None:
    mounted = [volume.split(":")[0] for volume in COMPOSE["services"]["postgres"]["volumes"]]
    for path in mounted[1:]:
        assert (ROOT / path).is_file()


def test_example_environment_names_what_compose_asks_for() -> None:
    asked = {
        value.removeprefix("${").partition(":")[0]
        for value in COMPOSE["services"]["web"]["environment"].values()
        if value.startswith("${")
    }
    named = {
        line.partition("=")[0] for line in (ROOT / ".env.example").read_text().splitlines() if "=" in line
    }
    assert asked <= named


def test_the_proxy_lets_through_what_the_portal_takes() -> None:
    text = (ROOT / ".docker" / "nginx.conf").read_text()
    sizes = dict(re.findall(r"location (?:= )?(/\S*) \{\s*client_max_body_size (\d+)m;", text))
    for prefix, limit in LIMITS:
        size = next((int(size) for path, size in sizes.items() if prefix.startswith(path)), 1)
        assert limit.max_bytes <= size * MIB, prefix
        assert limit.max_bytes == size * MIB or size == 1, f"{prefix}: more than the portal takes"
