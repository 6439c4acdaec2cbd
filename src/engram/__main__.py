"""`python -m engram` is the `engram` command."""

from engram.cli.main import main

main()
