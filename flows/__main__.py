"""`python -m flows` is `grandcompte`."""

from flows.cli import main

main()
