"""Salesforce's codes in plain words, each with what to do (doc: Status codes and error responses).

What a code asks of the machine is in `syncing.salesforce.faults`.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = tuple[Promise, Promise]

_ADMIN_THEN_AGAIN = _("Have a Salesforce admin put that right, then try again.")
_BY_ITSELF = _("Nothing to do: it is tried again by itself.")
_RECONNECT = (
    _("Salesforce does not accept the connection any more."),
    _(
        "Connect again: sellers in My Salesforce, admins in Settings › Salesforce. If sign-ins are"
        " limited to certain addresses, have this server's allowed in Salesforce first."
    ),
)
_NO_API = (
    _("This user may not use Salesforce's API, or the edition has none."),
    _("Have a Salesforce admin grant “API Enabled”, then test the connection."),
)
_FIELD = (
    _("A field is not there, or the connected user may not write it."),
    _(
        "Open Settings › Salesforce › Setup check: it names the fields and what to do about each."
        " Then try again."
    ),
)
_ACCESS = (
    _("The connected user may not change this record, or one that it belongs to."),
    _(
        "Have a Salesforce admin share the record with the user, or give the right to edit it;"
        " then try again."
    ),
)
_GONE = (
    _("The lead, contact or task is gone: deleted, merged, or out of sight for the user."),
    _(
        "Look for the person in Salesforce. When they are there again, try again; otherwise"
        " ignore it."
    ),
)
_NOT_AVAILABLE = (_("Salesforce was not available."), _BY_ITSELF)
_OUR_MISTAKE = (
    _("Salesforce did not understand the request."),
    _("This is a mistake in Actions. Export it and send it to whoever runs this workspace."),
)

SALESFORCE: Mapping[str, Words] = {
    "INVALID_SESSION_ID": _RECONNECT,
    "invalid_grant": _RECONNECT,
    "AUTHENTICATION_FAILURE": _RECONNECT,
    "EXPIRED_ACCESS": _RECONNECT,
    "INACTIVE_USER": (
        _("The connected user is switched off in Salesforce."),
        _("Have the user switched on, or connect as somebody else."),
    ),
    "INACTIVE_ORGANIZATION": (
        _("The org is not active in Salesforce: locked, or its trial is over."),
        _("Ask whoever has the contract with Salesforce."),
    ),
    "API_CURRENTLY_DISABLED": _NO_API,
    "API_DISABLED_FOR_ORG": _NO_API,
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY": (
        _("A trigger or flow in your Salesforce failed when this was saved."),
        _("Show the message to your Salesforce admin: it names the trigger. Then try again."),
    ),
    "ENTITY_IS_LOCKED": (
        _("The record is locked, as a rule by an approval that is under way."),
        _("It is tried again every day. Finish the approval to have it sooner."),
    ),
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": (
        _("A validation rule of your Salesforce refuses it."),
        _("Fulfil the rule, or have it leave out what Actions writes. Then try again."),
    ),
    "FIELD_FILTER_VALIDATION_EXCEPTION": (
        _("A lookup filter of your Salesforce does not allow the record that it is linked to."),
        _ADMIN_THEN_AGAIN,
    ),
    "FIELD_INTEGRITY_EXCEPTION": (
        _("Two fields do not go together, or a value does not fit its field."),
        _("The message names the field. Have a Salesforce admin look at it, then try again."),
    ),
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": (
        _("A picklist lacks the value."),
        _("Add the value, which Settings › Salesforce › Setup check names; then try again."),
    ),
    "REQUIRED_FIELD_MISSING": (
        _("Your Salesforce requires a field that Actions does not fill."),
        _("Make the field optional, or give it a default; then try again."),
    ),
    "STRING_TOO_LONG": (
        _("A text is longer than its field in your Salesforce."),
        _("Make the field longer, then try again."),
    ),
    "NUMBER_OUTSIDE_VALID_RANGE": (
        _("A number is too large for its field in your Salesforce."),
        _("Give the field more digits, then try again."),
    ),
    "INVALID_EMAIL_ADDRESS": (
        _("Salesforce does not take the email address for one."),
        _("Correct the person's address in Marketo, then try again."),
    ),
    "DUPLICATE_VALUE": (
        _("A field that must be unique has this value on another record."),
        _ADMIN_THEN_AGAIN,
    ),
    "DUPLICATES_DETECTED": (
        _("A duplicate rule keeps the new lead from being made: somebody like it is there."),
        _("Merge the records, or let the rule only warn; then try again."),
    ),
    "INVALID_FIELD": _FIELD,
    "INVALID_FIELD_FOR_INSERT_UPDATE": _FIELD,
    "INVALID_TYPE": (
        _("The connected user does not see this kind of record at all."),
        _ADMIN_THEN_AGAIN,
    ),
    "INSUFFICIENT_ACCESS_OR_READONLY": _ACCESS,
    "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": _ACCESS,
    "TXN_SECURITY_NO_ACCESS": (
        _("A transaction security policy of your Salesforce forbids it."),
        _ADMIN_THEN_AGAIN,
    ),
    "INVALID_CROSS_REFERENCE_KEY": _GONE,
    "ENTITY_IS_DELETED": _GONE,
    "MALFORMED_ID": _GONE,
    "NOT_FOUND": _GONE,
    "CANNOT_UPDATE_CONVERTED_LEAD": (
        _("The lead was converted, and cannot be changed any more."),
        _("Try again: the contact that it has become is looked for."),
    ),
    "UNABLE_TO_LOCK_ROW": (
        _("Somebody else was saving the same record, as when many get one email."),
        _BY_ITSELF,
    ),
    "QUERY_TIMEOUT": (_("Salesforce took too long for a question."), _BY_ITSELF),
    "FAILED_WRITE": (_("Salesforce could not save it at that moment."), _BY_ITSELF),
    "REQUEST_LIMIT_EXCEEDED": (
        _("Salesforce's limit of API calls is reached, by all its apps together."),
        _(
            "It goes on by itself when there are calls again. If that happens often, give other"
            " apps fewer calls, or buy more."
        ),
    ),
    "INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE": (
        _("Salesforce is read-only during its maintenance."),
        _BY_ITSELF,
    ),
    "SERVER_UNAVAILABLE": _NOT_AVAILABLE,
    "UNKNOWN_EXCEPTION": (
        _("Something went wrong inside Salesforce."),
        _("It is tried again by itself. If it stays, send Salesforce's support the message."),
    ),
    # Our own, first of `syncing.task_logging.outcomes`.
    "NO_RECORD": (
        _("Salesforce has no lead or contact for these people yet."),
        _(
            "They are looked for every hour. Make them there, or have leads created in Settings ›"
            " Salesforce › Sync settings."
        ),
    ),
    "WAITS_FOR_EMAIL": (_("The task of the email has to be there first."), _BY_ITSELF),
    # Of `syncing.reminder_sync.folding`.
    "DELETED_THERE": (
        _("The task was deleted in Salesforce, but its reminder was changed after that."),
        _("Try again to have the task made anew, or ignore it to keep the reminder without one."),
    ),
    "OSCILLATION": (
        _("Both sides keep changing it back."),
        _("Look for a flow in Salesforce that changes these tasks, then try again."),
    ),
    "MALFORMED_QUERY": _OUR_MISTAKE,
    "JSON_PARSER_ERROR": _OUR_MISTAKE,
    "METHOD_NOT_ALLOWED": _OUR_MISTAKE,
    "UNSUPPORTED_API_VERSION": _OUR_MISTAKE,
    **{str(status): _NOT_AVAILABLE for status in range(500, 600)},
}
