"""Start the whole app on this machine, keep it running, stop it with Ctrl-C."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from types import FrameType

import environ

from actions_app.launcher.binaries import NotInstalled
from actions_app.launcher.launch import Launch, say
from actions_app.launcher.programs import ProgramFailed
from actions_app.launcher.workspace import DATA, ROOT, AlreadyRunning, only_launcher

LOOK_SECONDS = 0.25


class Stopped(BaseException):
    """A signal asked the launcher to end; nothing on the way may catch it as an error."""


def main() -> int:
    options = parse_arguments()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    # Addresses that the developer wrote down count as if they stood in the environment.
    environ.Env.read_env(ROOT / ".env")
    DATA.mkdir(exist_ok=True)
    try:
        with only_launcher(DATA):
            return run(Launch(DATA, port=options.port, with_sandbox=options.sandbox))
    except AlreadyRunning:
        return _fail("`make run` already serves this folder. Stop that one first.")


def run(launch: Launch) -> int:
    parent = os.getppid()
    try:
        launch.start()
        # A launcher whose `make` was killed is nobody's any more.
        while os.getppid() == parent:
            launch.supervisor.watch()
            time.sleep(LOOK_SECONDS)
    except Stopped:
        pass
    except (NotInstalled, ProgramFailed) as error:
        return _fail(str(error))
    finally:
        _ignore_signals()
        say("\nStopping …")
        launch.supervisor.stop()
    return 0


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make run", description=__doc__)
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--no-sandbox", dest="sandbox", action="store_false")
    return parser.parse_args()


def _stop(number: int, frame: FrameType | None) -> None:
    _ignore_signals()
    raise Stopped


def _ignore_signals() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def _fail(message: str) -> int:
    say(message)
    return 1


if __name__ == "__main__":
    sys.exit(main())
