"""Which Marketo field fills which column of a person."""

from __future__ import annotations

from syncing.models import MarketoConnection

# Column of Person: API name of the lead field, in the product's order. The opportunity's id is no
# field of a lead; it comes from opportunity roles.
SYNCED_FIELDS = {
    "first_name": "firstName",
    "last_name": "lastName",
    "salesforce_contact_id": "sfdcContactId",
    "salesforce_lead_id": "sfdcLeadId",
    "salesforce_account_id": "sfdcAccountId",
    "marketo_id": "id",
    "company": "company",
    "title": "title",
    "email": "email",
    "phone": "phone",
    "linkedin_url": "linkedInProfileURL",
    "source": "leadSource",
}
# What the sync itself needs to know besides.
INTERNAL_FIELDS = {
    "owner_salesforce_id": "sfdcLeadOwnerId",
    "sfdc_type": "sfdcType",
    "marketo_created_at": "createdAt",
    "marketo_updated_at": "updatedAt",
}
# Without these nobody can be told to be in the CRM and to have a sales owner.
INDISPENSABLE = ("id", "sfdcType", "sfdcLeadId", "sfdcContactId", "sfdcLeadOwnerId")


def api_names(marketo: MarketoConnection) -> dict[str, str]:
    """API name by column, of those fields that this instance has.

    One unknown name would make Marketo refuse the whole request.
    """
    return {
        column: name
        for column, name in chosen_names(marketo).items()
        if name == "id" or name in marketo.described_fields
    }


def missing_names(marketo: MarketoConnection) -> list[str]:
    """API names of the fields that this instance lacks."""
    here = api_names(marketo)
    return [name for column, name in chosen_names(marketo).items() if column not in here]


def chosen_names(marketo: MarketoConnection) -> dict[str, str]:
    """API name by column, whether the instance has the field or not."""
    return {**SYNCED_FIELDS, **INTERNAL_FIELDS, "linkedin_url": marketo.linkedin_field}
