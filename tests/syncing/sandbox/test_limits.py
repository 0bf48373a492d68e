import threading
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

DESCRIBE = "/rest/v1/leads/describe2.json"
USAGE = "/rest/v1/stats/usage.json"


def test_the_101st_call_in_20_seconds_is_606_until_the_window_has_passed(sandbox, api):
    for _ in range(100):
        assert api.get(DESCRIBE)["success"]
    error = api.get(DESCRIBE)["errors"][0]
    assert error == {"code": "606", "message": "Max rate limit '100' exceeded with in '20' secs"}
    sandbox.advance_clock(21)
    assert api.get(DESCRIBE)["success"]


def test_the_daily_quota_is_607_until_midnight_in_chicago(sandbox, api):
    sandbox.set_limits(daily_calls=3)
    for _ in range(3):
        assert api.get(DESCRIBE)["success"]
    assert api.code(DESCRIBE) == "607"
    sandbox.advance_clock(_seconds_to_midnight(sandbox) - 60)
    api.sign_in()
    assert api.code(DESCRIBE) == "607"
    sandbox.advance_clock(61)
    assert api.get(DESCRIBE)["success"]


def test_the_eleventh_call_at_once_is_615(sandbox, api):
    sandbox.add_fault("hang", DESCRIBE, seconds=1.5, committed=True, times=10)
    codes = []

    def call():
        answer = api.raw(DESCRIBE).json()
        codes.append("" if answer["success"] else answer["errors"][0]["code"])

    threads = [threading.Thread(target=call) for _ in range(10)]
    for thread in threads:
        thread.start()
    while sandbox.read("stats")["limits"]["in_flight"] < 10:
        pass
    call()
    for thread in threads:
        thread.join()
    assert codes == ["615", *[""] * 10]


def test_codes_with_a_star_cost_nothing(sandbox, api):
    sandbox.set_limits(daily_calls=2)
    sandbox.add_fault("error", DESCRIBE, code="611", message="System error", times=5)
    for _ in range(5):
        assert api.code(DESCRIBE) == "611"
    assert api.get(DESCRIBE)["success"]


def test_the_identity_service_is_not_counted(sandbox, api):
    for _ in range(5):
        api.identity()
    assert sandbox.read("stats")["limits"]["today"] == 0


def test_without_limits_calls_are_still_counted(sandbox, api):
    sandbox.set_limits(limits=False)
    for _ in range(120):
        assert api.get(DESCRIBE)["success"]
    assert api.get(USAGE)["result"][0]["total"] == 120


def test_usage_tells_calls_and_errors_by_day(sandbox, api):
    api.get(DESCRIBE)
    api.get("/rest/v1/nothing.json")
    day = sandbox_day(sandbox)
    users = [{"userId": "api@sandbox.example", "count": 2}]
    assert api.get(USAGE)["result"] == [{"date": day, "total": 2, "users": users}]
    errors = [{"errorCode": "610", "count": 1}]
    expected = [{"date": day, "total": 1, "errors": errors}]
    assert api.get("/rest/v1/stats/errors.json")["result"] == expected


def test_usage_of_the_last_seven_days_keeps_yesterday(sandbox, api):
    api.get(DESCRIBE)
    yesterday = sandbox_day(sandbox)
    sandbox.advance_clock(86_400)
    api.sign_in()
    days = api.get("/rest/v1/stats/usage/last7days.json")["result"]
    assert [(day["date"], day["total"]) for day in days] == [(yesterday, 1)]
    assert api.get("/rest/v1/stats/errors/last7days.json")["result"] == []


def test_usage_is_empty_early_in_the_day(sandbox, api):
    assert api.get(USAGE)["result"] == []


def sandbox_now(sandbox):
    now = datetime.fromisoformat(sandbox.read("stats")["now"])
    return now.astimezone(ZoneInfo("America/Chicago"))


def sandbox_day(sandbox):
    return sandbox_now(sandbox).date().isoformat()


def _seconds_to_midnight(sandbox):
    now = sandbox_now(sandbox)
    tomorrow = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return (tomorrow - now).total_seconds()
