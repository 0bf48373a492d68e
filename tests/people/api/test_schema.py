import pytest
from django.test import Client

from people.api.representation import FIELDS
from people.filters import PersonFilter

pytestmark = pytest.mark.django_db


@pytest.fixture
def schema(api):
    return api.get("schema/").json()


def operations(schema):
    return {
        (path, method): operation
        for path, operations in schema["paths"].items()
        for method, operation in operations.items()
    }


def test_schema_is_openapi_3_1_and_names_every_operation(schema):
    assert schema["openapi"].startswith("3.1")
    assert set(operations(schema)) == {
        ("/api/v1/people/", "get"),
        ("/api/v1/people/{person_id}/", "get"),
        ("/api/v1/activities/", "get"),
        ("/api/v1/unsubscribes/", "get"),
        ("/api/v1/unsubscribes/", "post"),
        ("/api/v1/calls/", "get"),
        ("/api/v1/calls/", "post"),
        ("/api/v1/reminders/", "get"),
        ("/api/v1/reminders/", "post"),
        ("/api/v1/reminders/{reminder_id}/", "get"),
        ("/api/v1/reminders/{reminder_id}/", "patch"),
        ("/api/v1/reminders/{reminder_id}/", "delete"),
        ("/api/v1/emails/", "get"),
        ("/api/v1/emails/", "post"),
        ("/api/v1/emails/{email_id}/", "get"),
        ("/api/v1/campaigns/", "get"),
        ("/api/v1/campaigns/{campaign_id}/", "get"),
        ("/api/v1/campaigns/{campaign_id}/members/", "get"),
        ("/api/v1/campaigns/{campaign_id}/members/", "post"),
        ("/api/v1/campaigns/{campaign_id}/members/remove/", "post"),
    }


def test_schema_is_open_to_tokens_and_to_signed_in_users_only(api, seller_client):
    for client in (api.client, seller_client):
        response = client.get("/api/v1/schema/")
        assert response.status_code == 200
        assert response.headers["Content-Type"] == "application/json"
    assert Client().get("/api/v1/schema/").status_code == 401


def test_schema_names_every_field_of_a_person(schema):
    assert tuple(schema["components"]["schemas"]["Person"]["properties"]) == FIELDS


def test_schema_names_every_parameter(schema):
    parameters = operations(schema)[("/api/v1/people/", "get")]["parameters"]

    assert {parameter["name"] for parameter in parameters} == {
        *PersonFilter.base_filters,
        "state",
        "ordering",
        "limit",
        "cursor",
        "fields",
    }
    assert all(parameter["description"] for parameter in parameters)


def test_schema_says_how_to_sign_in(schema):
    (scheme,) = schema["components"]["securitySchemes"].values()

    assert (scheme["in"], scheme["name"]) == ("header", "Authorization")
    for operation in operations(schema).values():
        assert operation["security"] == [{"tokenAuth": []}]


@pytest.mark.parametrize("status", ["400", "401", "404", "405", "406", "429", "500"])
def test_schema_shows_every_error_with_an_example(schema, status):
    for operation in operations(schema).values():
        (content,) = operation["responses"][status]["content"].values()
        assert content["schema"] == {"$ref": "#/components/schemas/Error"}
        (example,) = content["examples"].values()
        assert list(example["value"]["error"]) == ["code", "message", "fields"]


def test_schema_names_the_headers(schema):
    for operation in operations(schema).values():
        responses = operation["responses"]
        success = next(responses[code] for code in ("200", "201", "204") if code in responses)
        assert {"X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"} <= set(
            success["headers"]
        )
        assert "Retry-After" in responses["429"]["headers"]
        assert "WWW-Authenticate" in responses["401"]["headers"]
        assert "Allow" in responses["405"]["headers"]
    person = operations(schema)[("/api/v1/people/{person_id}/", "get")]
    assert "ETag" in person["responses"]["200"]["headers"]
    assert "If-None-Match" in {parameter["name"] for parameter in person["parameters"]}


def test_docs_page_leads_strangers_to_the_sign_in(client):
    response = client.get("/api/v1/docs/")

    assert response.status_code == 302
    assert response.headers["Location"] == "/accounts/login/?next=/api/v1/docs/"


def test_docs_page_takes_everything_from_this_server_and_nothing_inline(seller_client):
    response = seller_client.get("/api/v1/docs/")

    html = response.content.decode()
    assert response.status_code == 200
    assert "http" not in html.replace("http-equiv", "")
    assert "<style" not in html
    assert "style=" not in html
    assert "<script>" not in html
    assert "'unsafe-inline'" not in response.headers["Content-Security-Policy"]
