"""The lead fields of an instance, and where the database keeps each one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from syncing.sandbox.marketo.envelope import MarketoError
from syncing.sandbox.marketo.settings import InstanceSettings

_ABSENT = "null"
_MARKS = ',"\n\r\0'
_ANY_MARK = re.compile(f"[{_MARKS}]")


@dataclass(frozen=True)
class Field:
    """One lead field as describe2 lists it, with the SQL that reads it."""

    name: str
    display_name: str
    data_type: str
    sql: str
    length: int | None = None
    updateable: bool = True
    crm_managed: bool = False
    # A change of a standard field moves the visible updatedAt.
    standard: bool = True
    searchable: bool = False

    @property
    def json_sql(self) -> str:
        if self.data_type == "boolean":
            return f"json(iif({self.sql}, 'true', 'false'))"
        return self.sql

    def csv_cells(self, values: Sequence[Any]) -> list[str]:
        """A column of CSV: absent is a bare null, so the text "null" has to be quoted."""
        if self.data_type == "boolean":
            return ["true" if value else "false" for value in values]
        if self.data_type == "integer":
            return [_ABSENT if value is None else str(value) for value in values]
        everything = "".join(filter(None, values))
        if _ABSENT not in everything and not any(mark in everything for mark in _MARKS):
            return [_ABSENT if value is None else value for value in values]
        return [_ABSENT if value is None else _quoted(value) for value in values]


def _quoted(text: str) -> str:
    if text == _ABSENT or _ANY_MARK.search(text):
        return '"' + text.replace('"', '""') + '"'
    return text


def _text(name: str, display_name: str, data_type: str = "string", length: int = 255) -> Field:
    return Field(name, display_name, data_type, f"lead.{name}", length=length)


def _flag(name: str, display_name: str) -> Field:
    return Field(name, display_name, "boolean", f"lead.{name}")


def _system(name: str, display_name: str, data_type: str, sql: str) -> Field:
    return Field(name, display_name, data_type, sql, updateable=False, standard=False)


def _sfdc(name: str, display_name: str, sql: str, *, searchable: bool = True) -> Field:
    return Field(
        name,
        display_name,
        "string",
        sql,
        updateable=False,
        crm_managed=True,
        standard=False,
        searchable=searchable,
    )


_STANDARD = (
    Field("id", "Id", "integer", "lead.id", updateable=False, standard=False, searchable=True),
    Field("email", "Email Address", "email", "lead.email", length=255, searchable=True),
    _text("firstName", "First Name"),
    _text("lastName", "Last Name"),
    Field("company", "Company Name", "string", "company.name", length=255),
    _text("title", "Job Title"),
    _text("phone", "Phone Number", "phone"),
    _text("leadSource", "Lead Source"),
    _text("city", "City"),
    _text("country", "Country"),
    Field("leadScore", "Lead Score", "score", "lead.leadScore"),
    _flag("unsubscribed", "Unsubscribed"),
    _text("unsubscribedReason", "Unsubscribed Reason", "text", 2000),
    _flag("emailInvalid", "Email Invalid"),
    _flag("marketingSuspended", "Marketing Suspended"),
    _flag("blackListed", "Black Listed"),
    _flag("doNotCall", "Do Not Call"),
    _system("contactCompany", "Contact Company", "reference", "lead.companyId"),
    _system("personType", "Person Type", "string", "'contact'"),
    _system("externalSalesPersonId", "External Sales Person Id", "string", "NULL"),
    Field(
        "leadPartitionId",
        "Lead Partition Id",
        "integer",
        "1",
        updateable=False,
        standard=False,
        searchable=True,
    ),
    _system("isAnonymous", "Is Anonymous", "boolean", "0"),
    _system("createdAt", "Created At", "datetime", "lead.createdAt"),
    _system("updatedAt", "Updated At", "datetime", "lead.updatedAt"),
)
_SFDC = (
    # A formula of the CRM, always null over REST.
    _system("sfdcId", "SFDC Id", "formula", "NULL"),
    _sfdc("sfdcType", "SFDC Type", "lead.sfdcType", searchable=False),
    _sfdc("sfdcLeadId", "SFDC Lead Id", "lead.sfdcLeadId"),
    _sfdc("sfdcContactId", "SFDC Contact Id", "lead.sfdcContactId"),
    _sfdc(
        "sfdcAccountId",
        "SFDC Account Id",
        "iif(lead.sfdcContactId IS NOT NULL, company.sfdcAccountId, NULL)",
    ),
    _sfdc("sfdcLeadOwnerId", "SFDC Lead Owner Id", "lead.sfdcLeadOwnerId"),
)
LEAD_TABLES = "lead LEFT JOIN company ON company.id = lead.companyId"


def instance_fields(settings: InstanceSettings) -> dict[str, Field]:
    """All fields that this instance shows, by REST name."""
    fields = [*_STANDARD, *(_SFDC if settings.sfdc_fields else ())]
    if settings.linkedin_field:
        is_social = settings.linkedin_field == "linkedInProfileURL"
        label = "Marketo Social LinkedIn Profile URL" if is_social else "LinkedIn URL"
        fields.append(
            Field(
                settings.linkedin_field,
                label,
                "string" if is_social else "url",
                "lead.linkedIn",
                length=255,
                standard=is_social,
                searchable=not is_social,
            )
        )
    return {field.name: field for field in fields if field.name not in settings.hidden_fields}


def chosen_fields(
    settings: InstanceSettings, names: list[str], *, code: str = "1006"
) -> list[Field]:
    """The named fields; one unknown name fails the whole call."""
    known = instance_fields(settings)
    unknown = [name for name in names if name not in known]
    if unknown:
        raise MarketoError(code, f"Field '{unknown[0]}' not found")
    return [known[name] for name in dict.fromkeys(names)]
