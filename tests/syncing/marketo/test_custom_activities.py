"""Adding to Marketo's log, against a server that answers whatever a test wants."""

import json

import pytest

from syncing.errors import Ambiguous, Misconfigured, Permanent, Transient
from syncing.marketo.custom_activities import MOST_BYTES, MOST_RECORDS, fitting
from tests.syncing.marketo.canned import canned_server, failure, success

RECORD = {"leadId": 1, "activityTypeId": 100001, "attributes": []}
ADDED = {"status": "added", "id": 50, "marketoGUID": "g50"}


def add(client, count=1, begin_within=60):
    return client.custom_activities.add([RECORD] * count, begin_within=begin_within)


def test_each_record_has_its_id_or_its_own_error(client_of):
    rows = [
        ADDED,
        {"status": "skipped", "errors": [{"code": "1004", "message": "Lead not found"}]},
        {"status": "skipped", "reasons": [{"code": "719", "message": "Lock wait"}]},
        {"status": "added", "id": 51},
        {"status": "skipped"},
    ]
    with canned_server(success(rows)) as server:
        answers = add(client_of(server), 5)
        sent = json.loads(server.requests[0].body)
    assert sent == {"input": [RECORD] * 5}
    assert (answers[0], answers[3]) == ("g50", "51")
    assert [type(answers[place]) for place in (1, 2, 4)] == [Permanent, Transient, Ambiguous]
    assert (answers[1].code, answers[1].message) == ("1004", "Lead not found")


@pytest.mark.parametrize("rows", [[], [ADDED], [ADDED] * 3])
def test_an_answer_for_another_number_of_records_says_nothing_sure(client_of, rows):
    with (
        canned_server(success(rows)) as server,
        pytest.raises(Ambiguous, match=f"{len(rows)} of 2"),
    ):
        add(client_of(server), 2)


def test_a_refused_token_is_worth_one_more_try_and_no_other(client_of):
    with canned_server(failure("602"), success([ADDED])) as server:
        assert add(client_of(server)) == ["g50"]
    with canned_server(failure("601"), failure("601")) as server:
        with pytest.raises(Transient):
            add(client_of(server))
        assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("603", Misconfigured),
        ("604", Ambiguous),
        ("608", Ambiguous),
        ("609", Permanent),
        ("611", Ambiguous),
        ("612", Permanent),
        ("615", Transient),
        ("713", Ambiguous),
    ],
)
def test_no_failure_is_repeated_by_itself(client_of, code, error):
    with canned_server(failure(code)) as server:
        with pytest.raises(error) as refusal:
            add(client_of(server))
        assert type(refusal.value) is error
        assert len(server.requests) == 1


def test_nothing_is_sent_when_it_got_too_late(client_of):
    with canned_server(success([ADDED])) as server:
        client = client_of(server)
        with pytest.raises(Transient, match="too late") as refusal:
            add(client, begin_within=0)
        assert not isinstance(refusal.value, Ambiguous)
        assert not server.requests


def test_more_than_a_call_takes_is_a_mistake(client_of):
    with canned_server() as server, pytest.raises(ValueError, match="300"):
        add(client_of(server), MOST_RECORDS + 1)


def test_records_are_cut_by_number_and_by_size():
    assert list(fitting([])) == []
    assert list(fitting([RECORD] * 301)) == [slice(0, 300), slice(300, 301)]
    large = {"text": "x" * (MOST_BYTES // 3)}
    assert list(fitting([large] * 5)) == [slice(0, 2), slice(2, 4), slice(4, 5)]
    # What is too large for any call goes alone, for Marketo to refuse it.
    assert list(fitting([{"text": "x" * 2 * MOST_BYTES}])) == [slice(0, 1)]


def test_the_log_of_at_most_thirty_leads_is_read(client_of):
    with canned_server(success(nextPageToken="b", moreResult=False)) as server:
        client = client_of(server)
        client.activities("a", [100001], [1, 2])
        assert server.requests[0].query["leadIds"] == "1,2"
        with pytest.raises(ValueError, match="30"):
            client.activities("a", [100001], range(31))
