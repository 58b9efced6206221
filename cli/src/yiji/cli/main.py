"""``yiji``: read the command line, run the command, tell what went wrong.

Exit status: 0 done; by the error's kind otherwise (`yiji.core.errors.KINDS`: 1 a fault of ours, 2 a wrong command line
or request, 3 not found, 4 conflict, 5 refused, ...); 130 after Ctrl-C.
"""

import os
import sys
from collections.abc import Sequence

import typer

from yiji.cli.root import build
from yiji.cli.session import Session
from yiji.core.faces import use_shell

INTERRUPTED = 130  # 128 + SIGINT, as a shell reports it


def _perform(session: Session, argv: Sequence[str]) -> int:
    """Run the command and let go of what it opened; the status of `typer.Exit` or `SystemExit`, else 0."""
    code: object = 0
    try:
        code = build(session.lang).main(
            argv, prog_name="yiji", standalone_mode=False, obj=session, color=session.colour
        )
    except SystemExit as stop:
        code = stop.code
    finally:
        session.close()
    session.finish()
    return _status(code, session)


def _status(code: object, session: Session) -> int:
    """Return the exit status as `sys.exit` understands it: a text is told and means 1."""
    if isinstance(code, str):
        session.say(code)
    return code if isinstance(code, int) else int(code is not None)


def run(argv: Sequence[str]) -> int:
    """Run one command line and return its exit status."""
    session = Session(argv)
    use_shell(session)
    with session.pure():
        try:
            return _perform(session, argv)
        except KeyboardInterrupt:
            return INTERRUPTED
        except typer.Abort:  # a question was answered with no, or left
            session.say(session.words("已取消", "aborted"))
            return 1
        except BrokenPipeError:
            raise
        except Exception as fault:
            from yiji.cli.failure import tell

            return tell(session, fault)


def _tame(stream: object) -> None:
    """Let a terminal of another encoding show a mark for what it lacks instead of failing."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure:
        reconfigure(errors="replace")


def main() -> None:
    """The program `yiji`."""
    _tame(sys.stdout)
    _tame(sys.stderr)
    try:
        status = run(sys.argv[1:])
        sys.stdout.flush()
    except (
        BrokenPipeError
    ):  # the reader has gone, as in `yiji ... | head`; Python's own flush at exit must not complain
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        status = 1
    sys.exit(status)
