"""The fields of tasks that the product fills where an org has them."""

from __future__ import annotations

from syncing.salesforce import CustomField

KEY = CustomField(
    "Actions_Activity_Id__c",
    "Actions activity ID",
    "Text",
    64,
    is_key=True,
    description="Tells each activity of Actions apart, so that none is logged twice.",
)
EVENT_AT = CustomField(
    "Actions_Event_At__c",
    "Actions event time",
    "DateTime",
    description="When it happened; the created date is when it was logged.",
)
# The names that Salesforce reports on sales activities already use.
ENGAGEMENT = (
    CustomField("mktosales_call_outcome__c", "Call Outcomes", "Text", 50),
    CustomField("mktosales_call_reason__c", "Call Reasons", "Text", 50),
    CustomField(
        "MSE_Call_Local_Presence_ID__c", "Marketo Sales Call Local Presence ID", "Text", 255
    ),
    CustomField("MSE_Call_Recording__c", "Marketo Sales Call Recording URL", "Url"),
    CustomField("MSE_Campaign__c", "Marketo Sales Campaign", "Text", 255),
    CustomField("MSE_Current_Campaign_Step__c", "Marketo Sales Campaign Current Step", "Text", 255),
    CustomField("MSE_Campaign_Details_Link__c", "Marketo Sales Campaign URL", "Url"),
    CustomField("MSE_Presentation_Viewed__c", "Marketo Sales Email Attachment Viewed", "Checkbox"),
    CustomField("MSE_Clicked__c", "Marketo Sales Email Clicked", "Checkbox"),
    CustomField("MSE_Replied__c", "Marketo Sales Email Replied", "Checkbox"),
    CustomField("MSE_Email_Status__c", "Marketo Sales Email Status", "Text", 50),
    CustomField("MSE_Template__c", "Marketo Sales Email Template", "Text", 255),
    CustomField("MSE_Template_Details__c", "Marketo Sales Email Template URL", "Url"),
    CustomField("MSE_Details__c", "Marketo Sales Email URL", "Url"),
    CustomField("MSE_Viewed__c", "Marketo Sales Email Viewed", "Checkbox"),
)
ALL_FIELDS = (KEY, EVENT_AT, *ENGAGEMENT)
