"""What each failure means to the caller, over TCP with answers as wrong as they come."""

import json
import logging
import socket
import socketserver
import threading
import time
import traceback
from dataclasses import replace
from datetime import timedelta

import pytest

from syncing.errors import (
    Ambiguous,
    Misconfigured,
    Permanent,
    QuotaExhausted,
    SyncError,
    Transient,
)
from syncing.marketo import Credentials, MarketoClient, Priority
from syncing.marketo.retries import PACES

from .canned import (
    CUT_CONNECTION,
    TOKEN,
    canned_server,
    failure,
    json_answer,
    raw_answer,
    success,
)
from .conftest import SECRET

LEAD = success([{"id": 7}])
EXPORT = success([{"exportId": "ce45", "status": "Created"}])
OTHER_TOKEN = json_answer({"access_token": "another", "expires_in": 3599})

# Failures after which a read is repeated, while nobody knows what became of a write.
UNCERTAIN = [
    *(pytest.param(failure(code), id=code) for code in ("604", "608", "611", "713", "1014")),
    *(
        pytest.param(raw_answer(b"<html>", status=f"{status} Gateway"), id=f"HTTP {status}")
        for status in (500, 502, 503, 504)
    ),
    pytest.param(raw_answer(b"", kind="application/json"), id="empty body"),
    pytest.param(raw_answer(b"<html>Sorry</html>", kind="text/html"), id="not JSON"),
    pytest.param(raw_answer(b"[]", kind="application/json"), id="not an object"),
    pytest.param(raw_answer(b'{"requestId":"a"}', kind="application/json"), id="no verdict"),
    pytest.param(raw_answer(b'{"success":false}', kind="application/json"), id="no error"),
    pytest.param(raw_answer(LEAD[-20:], length=500, kind="application/json"), id="cut off"),
    pytest.param(CUT_CONNECTION, id="connection reset"),
]
# Marketo has surely done nothing, so that even a write may be repeated.
REFUSED = [pytest.param(failure(code), id=code) for code in ("719", "1022")]


def read(client):
    return client.leads("id", [7], ["id"])


def write(client):
    return client.create_lead_export(["id"], {"smartListId": 1})


@pytest.mark.parametrize("answer", [*UNCERTAIN, *REFUSED])
def test_a_read_is_repeated_after_what_may_pass(client_of, answer):
    with canned_server(answer, LEAD) as server:
        assert [lead.id for lead in read(client_of(server))] == [7]


@pytest.mark.parametrize("answer", UNCERTAIN)
def test_a_write_that_may_have_been_done_is_not_repeated(client_of, answer):
    with canned_server(answer) as server, pytest.raises(Ambiguous):
        write(client_of(server))

    assert len(server.requests) == 1


@pytest.mark.parametrize("answer", REFUSED)
def test_a_write_that_was_refused_is_repeated(client_of, answer):
    with canned_server(answer, EXPORT) as server:
        assert write(client_of(server)).export_id == "ce45"


@pytest.mark.parametrize(("priority", "tries"), [("BACKGROUND", 5), ("INTERACTIVE", 3)])
def test_repeating_ends(client_of, priority, tries):
    with canned_server(*[failure("611", "System error")] * tries) as server:
        client = client_of(server, Priority[priority])
        with pytest.raises(Transient) as error:
            read(client)

    assert (error.value.message, error.value.code) == ("System error", "611")
    assert error.value.request_id == "a1#b2"
    assert len(server.requests) == client.calls == tries


@pytest.mark.parametrize(
    "code", ["609", "610", "616", "701", "1003", "1006", "1018", "1035", "9999"]
)
def test_a_permanent_error_keeps_its_code_and_marketos_words(client_of, code):
    with (
        canned_server(failure(code, "Too many results match the filter")) as server,
        pytest.raises(Permanent) as error,
    ):
        read(client_of(server))

    assert (error.value.code, error.value.request_id) == (code, "a1#b2")
    assert error.value.message == "Too many results match the filter"
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", ["404 Not Found", "413 Too Large", "414 Too Long", "418 Teapot"])
def test_a_bare_http_error_is_permanent(client_of, status):
    with (
        canned_server(raw_answer(b"plain words", status=status)) as server,
        pytest.raises(Permanent) as error,
    ):
        read(client_of(server))

    assert error.value.code == status[:3]


@pytest.mark.parametrize(
    "answer", [failure("603"), raw_answer(b"", status="403 Forbidden")], ids=["603", "HTTP 403"]
)
def test_a_missing_permission_is_a_matter_of_settings(client_of, answer):
    with canned_server(answer) as server, pytest.raises(Misconfigured) as error:
        read(client_of(server))

    assert (error.value.setting, error.value.code) == ("permissions", "603")


def test_no_redirect_is_followed(client_of):
    with canned_server() as elsewhere:
        moved = raw_answer(b"", status="302 Found", headers=[f"Location: {elsewhere.base_url}/x"])
        with canned_server(moved) as server, pytest.raises(Misconfigured) as error:
            read(client_of(server))

    assert error.value.setting == "base_url"
    assert elsewhere.requests == elsewhere.token_requests == []


# Tokens


@pytest.mark.parametrize(
    "rejection",
    [failure("601"), failure("602"), raw_answer(b"", status="401 Unauthorized")],
    ids=["601", "602", "HTTP 401"],
)
@pytest.mark.parametrize("call", [read, write])
def test_a_rejected_token_is_replaced_once_and_the_call_repeated(client_of, rejection, call):
    with canned_server(rejection, LEAD if call is read else EXPORT) as server:
        server.tokens.extend(
            [json_answer({"access_token": "old", "expires_in": 3599}), OTHER_TOKEN]
        )
        call(client_of(server))

    sent = [request.headers["Authorization"] for request in server.requests]
    assert sent == ["Bearer old", "Bearer another"]


def test_the_same_token_again_is_no_endless_loop(client_of):
    with (
        canned_server(failure("601"), failure("601")) as server,
        pytest.raises(Transient) as error,
    ):
        read(client_of(server))

    assert error.value.code == "601"
    assert (len(server.requests), len(server.token_requests)) == (2, 2)


def test_a_token_is_kept_for_all_clients_of_the_process(client_of):
    with canned_server(LEAD, LEAD) as server:
        read(client_of(server))
        read(client_of(server))

    assert len(server.token_requests) == 1


def test_a_token_about_to_end_is_not_used_much_longer(client_of):
    with canned_server(LEAD, LEAD) as server:
        server.tokens.append(json_answer({"access_token": "old", "expires_in": 0.02}))
        read(client_of(server))
        time.sleep(0.02)
        read(client_of(server))

    assert len(server.token_requests) == 2


def test_a_changed_secret_does_not_find_the_old_token(client_of, budget_of):
    with canned_server(LEAD) as server:
        read(client_of(server))
        server.tokens.append(raw_answer(b"{}", status="401 Unauthorized"))
        rotated = Credentials(server.base_url, "client-id", "rotated")
        client = MarketoClient(rotated, budget_of(), Priority.INTERACTIVE)
        with pytest.raises(Misconfigured):
            read(client)
        client.close()


def test_authenticating_asks_anew(client_of):
    with canned_server(LEAD) as server:
        client = client_of(server)
        read(client)
        server.tokens.append(raw_answer(b"{}", status="401 Unauthorized"))
        with pytest.raises(Misconfigured):
            client.authenticate()


@pytest.mark.parametrize(
    ("status", "setting"),
    [
        ("401 Unauthorized", "credentials"),
        ("400 Bad Request", "credentials"),
        ("403 Forbidden", "permissions"),
        ("404 Not Found", "base_url"),
        ("301 Moved", "base_url"),
    ],
)
def test_what_is_wrong_with_the_connection_is_said_by_its_setting(client_of, status, setting):
    with canned_server() as server:
        server.tokens.append(json_answer({"error": "invalid_client"}, status=status))
        with pytest.raises(Misconfigured) as error:
            read(client_of(server))

    assert (error.value.setting, error.value.code) == (setting, status[:3])
    assert server.requests == []


@pytest.mark.parametrize("call", [read, write])
@pytest.mark.parametrize(
    "answer",
    [
        CUT_CONNECTION,
        raw_answer(b"", status="502 Bad Gateway"),
        raw_answer(b"", status="429 Slow Down"),
        raw_answer(b""),
        json_answer({"access_token": ""}),
        json_answer({"access_token": "x", "expires_in": "soon"}),
    ],
)
def test_a_hiccup_of_the_identity_service_passes(client_of, answer, call):
    with canned_server(LEAD if call is read else EXPORT) as server:
        server.tokens.append(answer)
        call(client_of(server))


# Limits


def test_the_rate_limit_of_others_makes_everybody_rest(client_of, budget_of):
    with canned_server(failure("606", "Max rate limit '100' exceeded")) as server:
        with pytest.raises(Transient) as error:
            read(client_of(server))
        status = budget_of(server.base_url).status()
        with pytest.raises(Transient):
            read(client_of(server))

    assert error.value.code == "606"
    assert 20 <= error.value.retry_after <= 21
    assert status.resting_until is not None
    assert len(server.requests) == 1


def test_too_many_at_once_makes_everybody_rest_for_a_moment(client_of):
    with canned_server(failure("615"), LEAD) as server:
        started = time.monotonic()
        client = client_of(server, Priority.BACKGROUND)
        assert read(client)

    assert 1 <= time.monotonic() - started < 8


def test_a_used_up_day_stops_all_calls_of_all_clients(client_of, budget_of):
    with canned_server(failure("607")) as server:
        with pytest.raises(QuotaExhausted) as error:
            read(client_of(server))
        with pytest.raises(QuotaExhausted) as next_error:
            write(client_of(server, Priority.BACKGROUND))
        until = budget_of(server.base_url).status().exhausted_until

    assert error.value.code == next_error.value.code == "607"
    assert abs(error.value.resets_at - until) < timedelta(seconds=1)
    assert len(server.requests) == 1


def test_used_up_export_megabytes_stop_exports_alone(client_of):
    with canned_server(failure("1029", "Export daily quota 500MB exceeded."), LEAD) as server:
        client = client_of(server)
        with pytest.raises(QuotaExhausted) as error:
            write(client)
        assert read(client)

    assert error.value.code == "1029"


def test_a_full_export_queue_is_for_later(client_of):
    with (
        canned_server(failure("1029", "Too many jobs in queue")) as server,
        pytest.raises(Transient) as error,
    ):
        client_of(server, Priority.BACKGROUND).enqueue_lead_export("ce45")

    assert (error.value.code, error.value.retry_after) == ("1029", 60)
    assert len(server.requests) == 1


# The network


@pytest.fixture
def closed_port():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        yield unused.getsockname()[1]


@pytest.mark.parametrize("call", [read, write])
def test_an_unreachable_host_is_told_in_plain_words(budget_of, closed_port, call):
    credentials = Credentials(f"http://127.0.0.1:{closed_port}", "id", SECRET)
    with (
        MarketoClient(credentials, budget_of(), Priority.INTERACTIVE) as client,
        pytest.raises(Transient) as error,
    ):
        call(client)

    assert error.value.message == f"127.0.0.1:{closed_port} cannot be reached."
    assert not isinstance(error.value, Ambiguous)


def test_an_unknown_host_is_told_in_plain_words(budget_of, monkeypatch):
    def unknown(*_, **__):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    credentials = Credentials("https://999-zzz-999.mktorest.com", "id", SECRET)
    with MarketoClient(credentials, budget_of(), Priority.INTERACTIVE) as client:
        monkeypatch.undo()
        monkeypatch.setattr("urllib3.util.connection.socket.getaddrinfo", unknown)
        with pytest.raises(Transient, match=r"no host named 999-zzz-999\.mktorest\.com"):
            client.authenticate()


def test_a_name_that_leads_into_the_private_network_is_refused(budget_of, monkeypatch):
    inside = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.5", 443))]
    credentials = Credentials("https://metadata.example", "id", SECRET)
    with MarketoClient(credentials, budget_of(), Priority.INTERACTIVE) as client:
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: inside)
        with pytest.raises(Misconfigured) as error:
            client.authenticate()

    assert error.value.setting == "base_url"


def test_a_name_that_moves_into_the_private_network_at_the_last_moment_hears_nothing(
    budget_of, monkeypatch
):
    heard = []

    class Listener(socketserver.BaseRequestHandler):
        def handle(self):
            heard.append(self.request.recv(1000))

    def answers(*addresses):
        places = iter(addresses)
        return lambda *_, **__: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", next(places))]

    with socketserver.TCPServer(("127.0.0.1", 0), Listener) as server:
        accepting = threading.Thread(target=server.handle_request)
        accepting.start()
        port = server.server_address[1]
        credentials = Credentials(f"https://rebound.example:{port}", "id", SECRET)
        with MarketoClient(credentials, budget_of(), Priority.INTERACTIVE) as client:
            outside, inside = ("93.184.216.34", port), ("127.0.0.1", port)
            monkeypatch.setattr(socket, "getaddrinfo", answers(outside, inside))
            with pytest.raises(Misconfigured):
                client.authenticate()
        accepting.join()

    assert heard == [b""]


class _PlainSpeaker(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.recv(1000)
        self.request.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


def test_a_server_without_tls_is_told_in_plain_words(budget_of):
    with socketserver.TCPServer(("127.0.0.1", 0), _PlainSpeaker) as server:
        answering = threading.Thread(target=server.handle_request)
        answering.start()
        credentials = Credentials(f"https://127.0.0.1:{server.server_address[1]}", "id", SECRET)
        client = MarketoClient(credentials, budget_of(), Priority.INTERACTIVE)
        with client, pytest.raises(Transient, match="secure connection"):
            client.authenticate()
        answering.join()


@pytest.mark.parametrize(("call", "error"), [(read, Transient), (write, Ambiguous)])
def test_a_server_that_hangs_is_told_in_plain_words(client_of, monkeypatch, call, error):
    hasty = replace(PACES[Priority.INTERACTIVE], longest_read=0.2, patience=0.1)
    monkeypatch.setitem(PACES, Priority.INTERACTIVE, hasty)
    hang = threading.Event()
    with canned_server(lambda: hang.wait(5) and LEAD) as server:
        with pytest.raises(error, match="did not answer in time"):
            call(client_of(server))
        hang.set()


# Secrets


def everything_about(error):
    """All that a log or an error tracker could find on an exception and those behind it."""
    found = "".join(traceback.format_exception(error))
    while error is not None:
        found += repr(error) + str(error) + repr(vars(error)) + repr(error.args)
        assert isinstance(error, SyncError | KeyError | TypeError | ValueError)
        error = error.__cause__ or error.__context__
    return found


@pytest.mark.parametrize(
    "answer",
    [
        CUT_CONNECTION,
        failure("1003", f"Bad token {TOKEN}"),
        failure("601", f"Access token {TOKEN} invalid"),
        raw_answer(b"", status="502 Bad Gateway"),
        raw_answer(b"x", length=9),
    ],
)
def test_no_error_of_a_call_carries_a_secret(client_of, answer):
    with canned_server(*[answer] * 3) as server, pytest.raises(SyncError) as error:
        read(client_of(server))

    found = everything_about(error.value)
    assert TOKEN not in found
    assert SECRET not in found


@pytest.mark.parametrize(
    "answer",
    [
        CUT_CONNECTION,
        raw_answer(b"", status="401 Unauthorized"),
        raw_answer(b"", status="500 Error"),
        raw_answer(b"x", length=9),
        raw_answer(b"x"),
    ],
)
def test_no_error_of_the_identity_service_carries_a_secret(client_of, answer):
    with canned_server() as server:
        server.tokens.extend([answer] * 3)
        with pytest.raises(SyncError) as error:
            read(client_of(server))

    found = everything_about(error.value)
    assert "s3cret" not in found
    assert "client_secret" not in found


def test_no_log_carries_a_secret_but_every_call_its_request_id(client_of, caplog, capsys):
    caplog.set_level(logging.DEBUG)
    with canned_server(LEAD, failure("610")) as server:
        client = client_of(server)
        read(client)
        with pytest.raises(Permanent):
            read(client)

    logged = caplog.text + "".join(capsys.readouterr())
    assert "s3cret" not in logged
    assert TOKEN not in logged
    assert logged.count("a1#b2") == 2


def test_what_a_write_sends_is_not_logged(client_of, caplog, capsys):
    caplog.set_level(logging.DEBUG)
    with canned_server(EXPORT) as server:
        client_of(server).create_lead_export(["id"], {"staticListName": "Anna Example"})

    assert json.loads(server.requests[0].body)["filter"] == {"staticListName": "Anna Example"}
    assert "Anna" not in caplog.text + "".join(capsys.readouterr())
