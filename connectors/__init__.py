"""Sources of facts. A source is one module here with a `CONNECTOR`; nothing is registered anywhere else."""

from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from connectors.contract import Connector


def discover() -> dict[str, "Connector"]:
    """Find every source: each module of this package that has a `CONNECTOR`, by name, in the order of the names.

    Raises:
        ValueError: a connector's name is not its module's name (its rows would stand under another source).
    """
    found: dict[str, Connector] = {}
    for module in sorted(info.name for info in iter_modules(__path__)):
        connector: Connector | None = getattr(import_module(f"{__name__}.{module}"), "CONNECTOR", None)
        if connector is None:
            continue
        if connector.name != module:
            raise ValueError(
                f"connectors/{module}.py: its CONNECTOR is called {connector.name!r}, but a source is called like its"
                f" module: expected {module!r}. Rename one of the two."
            )
        found[module] = connector
    return found
