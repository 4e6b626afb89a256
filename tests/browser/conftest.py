"""Real Chromium against a real server. A console error or a blocked script or style fails the test."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

ARGUMENTS = [
    "--no-sandbox",  # Chromium refuses its sandbox to root, and containers run as root.
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    # Whatever a page asks for beyond this machine fails at once, as a console error.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]
AXE = Axe()
ONLY_VIOLATIONS: dict[str, Any] = {"resultTypes": ["violations"]}
# What a colour scheme changes; all other rules find in dark what they found in light.
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
SCHEMES: dict[Literal["light", "dark"], dict[str, Any]] = {
    "light": ONLY_VIOLATIONS,
    "dark": ONLY_VIOLATIONS | COLOURS,
}
DESK: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
    "device_scale_factor": 2,
}


@pytest.fixture(autouse=True, scope="session")
def allow_orm_beside_playwright() -> Iterator[None]:
    """Playwright's synchronous API keeps an event loop in this thread; Django would refuse the ORM beside it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert program, "Chromium is not on PATH. Debian and Ubuntu: apt-get install chromium"
    assert (settings.BASE_DIR / "frontend" / "dist").is_dir(), "The front end is not built: make setup"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def watched_page(chromium: Browser, live_server: LiveServer, **options: Any) -> Iterator[Page]:
    """A page whose console must stay silent."""
    complaints: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        # Chromium reports an answer of 4xx as a console error; tests of problem pages ask for those.
        if message.type == "error" and "the server responded with a status of 4" not in message.text:
            complaints.append(message.text)

    context: BrowserContext = chromium.new_context(
        base_url=live_server.url, locale="zh-CN", reduced_motion="reduce", **options
    )
    context.set_default_timeout(10_000)
    page = context.new_page()
    page.on("console", hear)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert complaints == []


@pytest.fixture
def desk(chromium: Browser, live_server: LiveServer) -> Iterator[Page]:
    """A page on a desk's screen."""
    with watched_page(chromium, live_server, **DESK) as page:
        yield page


@pytest.fixture
def phone(chromium: Browser, live_server: LiveServer) -> Iterator[Page]:
    """A page on a phone, with touch."""
    with watched_page(chromium, live_server, **PHONE) as page:
        yield page


@pytest.fixture
def bare_phone(chromium: Browser, live_server: LiveServer) -> Iterator[Page]:
    """A phone whose browser runs no JavaScript."""
    with watched_page(chromium, live_server, java_script_enabled=False, **PHONE) as page:
        yield page


@pytest.fixture
def assert_accessible() -> Callable[[Page], None]:
    """Check a page with axe in light, its colours in dark too, and that it does not scroll sideways."""

    def check(page: Page) -> None:
        # Half a megabyte of script for every page, but not for every scheme.
        page.evaluate(AXE.axe_script)
        for scheme, options in SCHEMES.items():
            page.emulate_media(color_scheme=scheme)
            found = page.evaluate("options => axe.run(document, options)", options)["violations"]
            named = [
                (rule["id"], node["target"], node["failureSummary"])
                for rule in found
                for node in rule["nodes"]
            ]
            assert named == [], f"{page.url} in {scheme}: {named}"
        page.emulate_media(color_scheme=None)
        assert page.evaluate(
            "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        ), f"{page.url} scrolls sideways"

    return check


@pytest.fixture
def sign_in() -> Callable[[Page, str, str], None]:
    """Sign in through the form, as a person does."""

    def enter(page: Page, username: str, password: str) -> None:
        page.goto("/sign-in/")
        page.locator("[name=username]").fill(username)
        page.locator("[name=password]").fill(password)
        page.locator("main button").click()
        page.wait_for_url(lambda url: "/sign-in/" not in url)

    return enter
