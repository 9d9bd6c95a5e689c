"""`antrean splp`. What it needs is loaded once it is given."""

from __future__ import annotations

import json
from pathlib import Path

import click


@click.group()
def splp() -> None:
    """What is published on the government's service bus."""


@splp.command()
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--title", default="Antrean", show_default=True, help="As the portal is to call it.")
def openapi(file: Path | None, title: str) -> None:
    """The description of it (OpenAPI 3.0), to be imported in the portal: written to FILE, or printed."""
    from integrations.splp.openapi import description

    text = json.dumps(description(title), ensure_ascii=False, indent=2) + "\n"
    if file is None:
        click.echo(text, nl=False)
    else:
        file.write_text(text, encoding="utf-8")
        click.echo(f"{file} is written.")
