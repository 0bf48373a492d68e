from tests.syncing.sandbox.salesforce.conftest import VERSION


def part(reference, method, path, body=None):
    content = {"method": method, "url": f"{VERSION}{path}", "referenceId": reference}
    return content if body is None else {**content, "body": body}


def composite(api, *parts, all_or_none=False):
    content = {"allOrNone": all_or_none, "compositeRequest": list(parts)}
    return api.post("/composite", content).json()["compositeResponse"]


def test_later_requests_use_what_earlier_ones_answered(api):
    answers = composite(
        api,
        part("lead", "POST", "/sobjects/Lead", {"LastName": "Ox", "Company": "Acme"}),
        part("task", "POST", "/sobjects/Task", {"Subject": "Hi", "WhoId": "@{lead.id}"}),
        part("read", "GET", "/query?q=SELECT+Id+FROM+Task+WHERE+WhoId='@{lead.id}'"),
        part("gone", "DELETE", "/sobjects/Task/@{read.records[0].Id}"),
    )
    assert [answer["httpStatusCode"] for answer in answers] == [201, 201, 200, 204]
    assert answers[2]["body"]["records"][0]["Id"] == answers[1]["body"]["id"]
    assert answers[3] == {
        "body": None,
        "httpHeaders": {},
        "httpStatusCode": 204,
        "referenceId": "gone",
    }


def test_a_failure_leaves_the_others_unless_all_or_none_is_asked(salesforce, api):
    good = part("good", "POST", "/sobjects/Task", {"Subject": "Hi"})
    bad = part("bad", "POST", "/sobjects/Task", {"Nonsense": 1})
    answers = composite(api, good, bad)
    assert [answer["httpStatusCode"] for answer in answers] == [201, 400]
    assert len(salesforce.live()) == 1
    answers = composite(api, good, bad, part("last", "GET", "/limits"), all_or_none=True)
    codes = [answer["body"][0]["errorCode"] for answer in answers]
    assert codes == ["PROCESSING_HALTED", "INVALID_FIELD", "PROCESSING_HALTED"]
    assert len(salesforce.live()) == 1


def test_a_composite_is_one_call_and_a_batch_is_as_many_as_it_holds(salesforce, api):
    before = salesforce.api_usage()
    composite(api, *(part(str(number), "GET", "/limits") for number in range(5)))
    assert salesforce.api_usage() == before + 1
    requests = [{"method": "GET", "url": "v66.0/limits"}] * 5
    answer = api.post("/composite/batch", {"batchRequests": requests}).json()
    assert answer["hasErrors"] is False
    assert [row["statusCode"] for row in answer["results"]] == [200] * 5
    assert salesforce.api_usage() == before + 6


def test_a_batch_tells_of_its_failures(api):
    requests = [
        {"method": "GET", "url": "v66.0/sobjects/Nothing"},
        {"method": "POST", "url": "v66.0/sobjects/Task", "richInput": {"Subject": "Hi"}},
    ]
    answer = api.post("/composite/batch", {"batchRequests": requests}).json()
    assert answer["hasErrors"] is True
    assert [row["statusCode"] for row in answer["results"]] == [404, 201]


def test_more_than_25_requests_or_half_ones_are_refused(api):
    parts = [part(str(number), "GET", "/limits") for number in range(26)]
    assert api.post("/composite", {"compositeRequest": parts}).status_code == 400
    assert api.post("/composite", {"compositeRequest": [{"method": "GET"}]}).status_code == 400
