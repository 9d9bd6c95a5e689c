"""Asking a browser module of ours something, in the browser itself."""

from typing import Any

from playwright.sync_api import Page

_IMPORT = "await import(document.querySelector('link[rel=icon]').href.replace('icon.svg', name))"


def ask(page: Page, name: str, expression: str, **given: Any) -> Any:
    """What an expression over `module` and `given` gives. Modules are found beside the page's icon."""
    script = f"async ({{ name, given }}) => {{ const module = {_IMPORT}; return {expression} }}"
    return page.evaluate(script, {"name": name, "given": given})
