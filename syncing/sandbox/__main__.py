"""Run the sandbox: python -m syncing.sandbox --port 8800 --data DIR --people 20000 --seed 1."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from functools import partial
from pathlib import Path
from types import FrameType

from syncing.sandbox.calls.control import CallControl
from syncing.sandbox.calls.exchange import Exchange
from syncing.sandbox.mail.control import MailControl
from syncing.sandbox.mail.office import Office
from syncing.sandbox.mail.servers import MailServers
from syncing.sandbox.marketo import control
from syncing.sandbox.marketo.api_request import Request
from syncing.sandbox.marketo.envelope import Reply
from syncing.sandbox.marketo.instance import Instance
from syncing.sandbox.marketo.server import Part, SandboxServer
from syncing.sandbox.marketo.settings import InstanceSettings
from syncing.sandbox.salesforce.api import SalesforceApi
from syncing.sandbox.salesforce.control import SalesforceControl, record_link
from syncing.sandbox.salesforce.org import Org


def main() -> None:
    options = _parse_arguments()
    # First of all, for making people takes a while.
    office = Office(options.data)
    mail = MailServers(
        office, host=options.host, smtp_port=options.smtp_port, imap_port=options.imap_port
    )
    instance = Instance(options.data, _marketo_settings(options))
    org = Org(options.data, instance)
    salesforce = SalesforceApi(org).reply
    parts: dict[str, Part] = {
        "control": partial(_marketo_control, instance, org),
        "mail": MailControl(office, mail).reply,
        "calls": CallControl(Exchange()).reply,
        "salesforce": SalesforceControl(org).reply,
        # Links to records lead to the page.
        "lightning": record_link,
    }
    apis = {"services": salesforce, "id": salesforce}
    server = SandboxServer((options.host, options.port), instance, parts=parts, apis=apis)

    def stop(_signal: int, _frame: FrameType | None) -> None:
        # shutdown() waits for the loop that this very signal interrupts.
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    if options.until_stdin_ends:
        threading.Thread(target=_shut_down_after_stdin, args=(server,), daemon=True).start()
    host, port = server.server_address[:2]
    print(f"Sandbox ready at http://{host!s}:{port}", flush=True)  # noqa: T201
    server.serve_forever(poll_interval=0.1)
    server.socket.close()
    mail.stop()
    office.close()
    org.close()
    instance.close()


def _marketo_control(instance: Instance, org: Org, request: Request) -> Reply:
    """Marketo's control API; Salesforce sees each change before the next one."""
    reply = control.reply(instance, request)
    org.keep_up()
    return reply


def _marketo_settings(options: argparse.Namespace) -> InstanceSettings:
    return InstanceSettings().changed(
        {
            "people": options.people,
            "seed": options.seed,
            "density": options.density,
            "first_id": options.first_id,
            "limits": options.limits,
            "export_seconds": options.export_seconds,
            "export_queue_seconds": options.export_queue_seconds,
        }
    )


def _parse_arguments() -> argparse.Namespace:
    defaults = InstanceSettings()
    parser = argparse.ArgumentParser(prog="python -m syncing.sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8800, help="0 takes a free one")
    parser.add_argument("--smtp-port", type=int, default=8825, help="0 takes a free one")
    parser.add_argument("--imap-port", type=int, default=8843, help="0 takes a free one")
    parser.add_argument("--data", type=Path, required=True, help="directory for the state")
    parser.add_argument("--people", type=int, default=defaults.people)
    parser.add_argument("--seed", type=int, default=defaults.seed)
    parser.add_argument(
        "--density", type=float, default=defaults.density, help="share of ids that exist"
    )
    parser.add_argument(
        "--first-id", type=int, default=defaults.first_id, help="where the ids begin"
    )
    parser.add_argument(
        "--limits",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="rate, concurrency and daily limits as a real instance has them",
    )
    parser.add_argument(
        "--export-seconds", type=float, default=defaults.export_seconds, help="time in Processing"
    )
    parser.add_argument(
        "--export-queue-seconds",
        type=float,
        default=defaults.export_queue_seconds,
        help="time in Queued",
    )
    parser.add_argument(
        "--until-stdin-ends",
        action="store_true",
        help="end when the starter goes away, however it goes",
    )
    return parser.parse_args()


def _shut_down_after_stdin(server: SandboxServer) -> None:
    # The bare descriptor: a reader blocked in a buffered one would upset the interpreter's end.
    while os.read(sys.stdin.fileno(), 1024):
        continue
    server.shutdown()


if __name__ == "__main__":
    main()
