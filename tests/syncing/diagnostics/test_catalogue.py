"""Each code that is known of has words and advice."""

import pytest

from syncing.diagnostics.catalogue import Category, explain
from syncing.salesforce.faults import rule_for

CODES = {
    Category.AUTHENTICATION: """
        AUTHENTICATION_FAILURE EXPIRED_ACCESS INACTIVE_ORGANIZATION INACTIVE_USER invalid_grant
        INVALID_SESSION_ID API_CURRENTLY_DISABLED API_DISABLED_FOR_ORG
    """,
    Category.VALIDATION: """
        CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY ENTITY_IS_LOCKED FIELD_CUSTOM_VALIDATION_EXCEPTION
        FIELD_FILTER_VALIDATION_EXCEPTION FIELD_INTEGRITY_EXCEPTION INVALID_FIELD
        INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY INSUFFICIENT_ACCESS_OR_READONLY
        INVALID_FIELD_FOR_INSERT_UPDATE INVALID_TYPE REQUIRED_FIELD_MISSING TXN_SECURITY_NO_ACCESS
        INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST STRING_TOO_LONG NUMBER_OUTSIDE_VALID_RANGE
        INVALID_EMAIL_ADDRESS DUPLICATE_VALUE DUPLICATES_DETECTED
    """,
    Category.INTERMITTENT: """
        FAILED_WRITE INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE QUERY_TIMEOUT 502 503
        REQUEST_LIMIT_EXCEEDED SERVER_UNAVAILABLE UNABLE_TO_LOCK_ROW UNKNOWN_EXCEPTION
    """,
    Category.OTHER: """
        CANNOT_UPDATE_CONVERTED_LEAD INVALID_CROSS_REFERENCE_KEY ENTITY_IS_DELETED MALFORMED_ID
        NOT_FOUND MALFORMED_QUERY JSON_PARSER_ERROR NO_RECORD WAITS_FOR_EMAIL
        DELETED_THERE OSCILLATION
    """,
}


@pytest.mark.parametrize(
    ("category", "code"),
    [(category, code) for category in CODES for code in CODES[category].split()],
)
def test_a_code_of_salesforce_has_words_and_advice(category, code):
    told = explain("SALESFORCE", code)

    assert told.category == category
    assert told.words
    assert told.advice


@pytest.mark.parametrize("code", "601 603 606 607 611 1001 1002 1003 1004 1049".split())
def test_a_code_of_marketo_has_words_and_advice(code):
    told = explain("MARKETO", code)

    assert told.words
    assert told.advice


@pytest.mark.parametrize("destination", ["MARKETO", "SALESFORCE"])
def test_an_unknown_code_leaves_the_word_to_the_vendor(destination):
    told = explain(destination, "APEX_ODD")

    assert told.category == Category.OTHER
    assert told.words == ""
    assert "Nothing is lost" in told.advice


def test_what_is_said_to_be_tried_again_by_itself_is():
    by_itself = "Nothing to do: it is tried again by itself."
    codes = [code for group in CODES.values() for code in group.split()]
    said = {code for code in codes if explain("SALESFORCE", code).advice == by_itself}

    assert said - {"WAITS_FOR_EMAIL"} == {code for code in said if rule_for(code, "").is_retried}
