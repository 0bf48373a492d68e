import signal
import subprocess
import sys

import pytest
import requests

from syncing.sandbox.testing import ROOT, SandboxError, running_sandbox
from tests.syncing.sandbox.conftest import Caller


def test_health_answers_at_once(sandbox):
    assert sandbox.read("health") == {"ok": True}


def test_the_page_and_its_parts_are_served(sandbox):
    page = requests.get(f"{sandbox.base_url}/", timeout=10)
    assert page.headers["Content-Type"] == "text/html;charset=UTF-8"
    assert "Marketo sandbox" in page.text
    for part in ("page.css", "page.js"):
        assert requests.get(f"{sandbox.base_url}/control/{part}", timeout=10).ok


def test_people_are_found_by_name_email_company_and_id(sandbox):
    lead_id = sandbox.create_lead(
        firstName="Zaphod", lastName="Beeblebrox", email="z@b.example", company="Heart of Gold"
    )
    for text in ("zaphod bee", "z@b.ex", "heart of", str(lead_id)):
        found = sandbox.read(f"search?q={text.replace(' ', '%20')}")
        assert lead_id in {lead["id"] for lead in found}, text


def test_people_without_a_first_name_are_found_too(sandbox):
    lead_id = sandbox.create_lead(lastName="Prefect")
    assert [lead["id"] for lead in sandbox.read("search?q=prefect")] == [lead_id]


def test_recent_requests_are_listed_without_the_secret(sandbox, api):
    api.get("/rest/v1/leads/describe2.json")
    newest, identity = sandbox.read("requests")[:2]
    assert (newest["path"], newest["status"]) == ("/rest/v1/leads/describe2.json", 200)
    assert "secret" not in str(identity)


def test_calls_are_counted_by_endpoint(sandbox, api):
    api.create_export(["id"], {"smartListId": 1001})
    api.get("/bulk/v1/leads/export/some-id/status.json")
    assert sandbox.calls() == {
        "/identity/oauth/token": 1,
        "/bulk/v1/leads/export/create.json": 1,
        "/bulk/v1/leads/export/*/status.json": 1,
    }


def test_what_does_not_exist_is_refused_in_words(sandbox):
    with pytest.raises(SandboxError, match="no lead 999999"):
        sandbox.set_owner(999999, None)
    with pytest.raises(SandboxError, match="no field 'nonsense'"):
        sandbox.change_lead(min(sandbox.leads()), nonsense="x")
    with pytest.raises(SandboxError, match="no setting 'nonsense'"):
        sandbox.set_limits(nonsense=1)
    with pytest.raises(SandboxError, match="reset only"):
        sandbox.set_limits(people=5)


def test_forms_of_other_sites_cannot_use_the_controls(sandbox):
    answer = requests.post(f"{sandbox.base_url}/control/reset", data={"people": 1}, timeout=10)
    assert answer.status_code == 415


def test_state_survives_a_restart(tmp_path):
    with running_sandbox(data=tmp_path) as sandbox:
        api = Caller(sandbox.base_url)
        lead_id = sandbox.create_lead(lastName="Kept")
        token = api.feed_token()
        job = api.completed_export(["id"], {"smartListId": 1001})
        header = api.session.headers["Authorization"]
    with running_sandbox(data=tmp_path) as sandbox:
        again = Caller(sandbox.base_url)
        assert again.session.headers["Authorization"] == header
        assert sandbox.leads([lead_id])[lead_id]["lastName"] == "Kept"
        assert again.feed("/leadchanges", token, fields="lastName")[0]
        assert again.file(job).status_code == 200
        assert again.get("/rest/v1/stats/usage.json")["result"][0]["total"] > 3


def test_another_seed_makes_the_data_anew(tmp_path):
    with running_sandbox(people=30, data=tmp_path) as sandbox:
        sandbox.create_lead(lastName="Lost")
    with running_sandbox(people=40, data=tmp_path) as sandbox:
        assert len(sandbox.leads()) == 40


def test_sigterm_ends_it_cleanly(tmp_path):
    command = [sys.executable, "-m", "syncing.sandbox", f"--data={tmp_path}", "--people=20"]
    with subprocess.Popen(
        [*command, "--port=0", "--smtp-port=0", "--imap-port=0"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout.readline().startswith("Sandbox ready at http://127.0.0.1:")
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        assert process.stderr.read() == ""
