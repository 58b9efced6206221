"""``python -m yiji.cli``: the program `yiji`."""

from yiji.cli.main import main

main()
