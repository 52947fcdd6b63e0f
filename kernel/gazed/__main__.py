"""``python -m gazed`` is the command line."""

from gazed.cli import main

main()
