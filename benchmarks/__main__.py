"""`make bench`: runs every module of this folder that has a `run` and prints what it measured."""

import importlib
import pkgutil
import sys

import benchmarks


def main() -> None:
    """Run all benchmarks, or those named on the command line."""
    wanted = set(sys.argv[1:])
    for module in sorted(pkgutil.iter_modules(benchmarks.__path__), key=lambda m: m.name):
        if module.name == "__main__" or (wanted and module.name not in wanted):
            continue
        run = getattr(importlib.import_module(f"benchmarks.{module.name}"), "run", None)
        if run is None:
            continue
        print(module.name)
        for figure, value in run().items():
            print(f"  {figure}: {value}" if isinstance(value, str) else f"  {figure}: {value:,.2f}")


if __name__ == "__main__":
    main()
