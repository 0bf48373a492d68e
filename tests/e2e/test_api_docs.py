"""The page that describes the REST API, under the security policy of every other page."""

import re

import pytest

from tests.e2e.conftest import running_app


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    with running_app(tmp_path_factory.mktemp("e2e-api-docs")) as app:
        yield app


def test_docs_describe_the_api_and_try_it_out(admin_page, app):
    token = app.manage("create_api_token", "admin@example.com").strip()
    elsewhere = []
    admin_page.on(
        "request",
        lambda request: (
            None if request.url.startswith((app.url, "data:")) else elsewhere.append(request.url)
        ),
    )

    admin_page.goto("/api/v1/docs/")
    admin_page.get_by_role("button", name="Authorize").click()
    credentials = admin_page.locator(".modal-ux")
    credentials.locator("input").fill(f"Token {token}")
    credentials.get_by_role("button", name="Apply credentials").click()
    credentials.get_by_role("button", name="Close").last.click()
    admin_page.get_by_text(re.compile("People, a page at a time")).click()
    admin_page.get_by_role("button", name="Try it out").click()
    admin_page.get_by_role("button", name="Execute").click()

    answer = admin_page.locator(".live-responses-table .response .microlight").first
    answer.wait_for()
    assert '"results"' in answer.inner_text()
    assert elsewhere == []
