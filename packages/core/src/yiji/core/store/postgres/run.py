"""Running PostgreSQL's programs as the server's account."""

import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

from yiji.core.store.postgres.account import Account

Args = Sequence[str | Path]


def environment() -> dict[str, str]:
    """Ours is not for the server to see; C messages, so that we can read them; a TZ, so that initdb need not search."""
    kept = {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC", **kept}


def run(args: Args, account: Account, given: str = "", pass_fds: Sequence[int] = ()) -> tuple[int, str]:
    """Run a program to its end with `given` as input; return its exit status and what it said.

    It has a session of its own, so Ctrl-C in the terminal meets us only; then it ends with all that it started.
    """
    with subprocess.Popen(
        args,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment(),
        cwd="/",
        umask=0o077,
        start_new_session=True,
        pass_fds=pass_fds,
        **account.identity,
    ) as process:
        try:
            said, _ = process.communicate(given)
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
    return process.returncode, said
