"""`antrean setup` and `antrean key`."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from pathlib import Path

import click

from queue_service.faults import Fault
from queue_service.records.opening import Records, open_records
from queue_service.records.roles import Role
from queue_service.records.setup_files import read_setup_file
from queue_service.secrets import load_secrets
from queue_service.settings import Settings


async def print_set_up(file: Path) -> None:
    plan = read_setup_file(file)
    async with _records() as records:
        changed = await records.branches.set_up(plan)
    click.echo(f"Set up: {', '.join(changed)}." if changed else "Everything was set up so already.")


async def print_new_key(role: Role, branch: str | None) -> None:
    async with _records() as records:
        if branch is not None:
            records.branches.get(branch)
        click.echo(await records.keys.create(role, branch, datetime.now(UTC)))


async def print_revoked(key_id: str) -> None:
    async with _records() as records:
        if not await records.keys.revoke(key_id, datetime.now(UTC)):
            raise Fault(f"There is no key {key_id}, or it was revoked before.")
    click.echo(f"Key {key_id} is revoked.")


def _records() -> AbstractAsyncContextManager[Records]:
    settings = Settings.from_environment()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    return open_records(settings.database_url, load_secrets(settings.secret, settings.data_dir))
