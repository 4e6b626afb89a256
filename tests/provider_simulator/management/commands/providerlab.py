"""``manage.py providerlab``: the stand-in for every provider, until interrupted."""

import argparse
import asyncio
import signal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from hrportal import integrations
from hrportal.listening import may_listen
from tests.provider_simulator.config import SimulatorConfig
from tests.provider_simulator.server import ProviderSimulator


class Command(BaseCommand):
    """Hand the portal's settings to the lab, which itself knows no Django, and run it."""

    help = "Run the provider simulator: Twilio, WeChat, WeCom, the app gateway, the AI interview and an SMTP relay."
    requires_system_checks = ()

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the options; docs/providers.md explains them."""
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8600, help="0 takes a free one")
        parser.add_argument("--smtp-port", type=int, default=8625, help="0 takes a free one")
        parser.add_argument("--allow-remote", action="store_true", help="other machines may come")
        parser.add_argument("--ledger", type=Path, help="append accepted messages to this JSONL file")
        parser.add_argument("--callback-base", default=settings.PUBLIC_URL)
        parser.add_argument("--callback-seconds", type=float, default=0.05)
        parser.add_argument("--late-seconds", type=float, default=5.0)
        parser.add_argument("--hang-seconds", type=float, default=60.0)
        parser.add_argument("--chaos", type=float, default=0.0, help="share of recipients spoiled by chance")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--minute", type=float, default=1.0, help="real seconds of a business minute")
        parser.add_argument("--no-candidates", action="store_true", help="nobody reads or answers")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until SIGINT or SIGTERM."""
        for port in ("port", "smtp_port"):
            may_listen(
                options["host"],
                options[port],
                choose=f"--{port.replace('_', '-')} 0 takes a free one",
                is_remote_allowed=options["allow_remote"],
            )
        asyncio.run(self._serve(config_from_settings(**options)))

    async def _serve(self, config: SimulatorConfig) -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        async with ProviderSimulator(config) as lab:
            address = lab.address
            self.stdout.write(
                f"Provider simulator on {address.url}, SMTP on {address.smtp_host}:{address.smtp_port}"
            )
            self.stdout.flush()
            await stop.wait()


def config_from_settings(**options: Any) -> SimulatorConfig:
    """Return the lab's configuration: secrets from the portal's settings, the rest from the options."""
    names = [name for name, value in vars(integrations).items() if name.isupper() and isinstance(value, str)]
    return SimulatorConfig(
        host=options["host"],
        port=options["port"],
        smtp_port=options["smtp_port"],
        ledger=options["ledger"],
        callback_base=options["callback_base"].rstrip("/"),
        callback_seconds=options["callback_seconds"],
        late_seconds=options["late_seconds"],
        hang_seconds=options["hang_seconds"],
        chaos=options["chaos"],
        seed=options["seed"],
        minute=options["minute"],
        candidates=not options["no_candidates"],
        portal={name: getattr(settings, name) for name in names},
        signal_secret=settings.SIGNAL_SECRETS[0],
    )
