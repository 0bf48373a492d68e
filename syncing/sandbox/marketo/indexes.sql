-- Made after seeding: one sort each instead of a million insertions.
CREATE INDEX lead_by_email ON lead (email);
CREATE INDEX lead_by_created ON lead (createdAt);
CREATE INDEX lead_by_changed ON lead (changedAt);
CREATE INDEX lead_by_company ON lead (companyId);
CREATE INDEX lead_by_owner ON lead (sfdcLeadOwnerId) WHERE sfdcLeadOwnerId IS NOT NULL;
CREATE INDEX lead_by_sfdc_lead ON lead (sfdcLeadId) WHERE sfdcLeadId IS NOT NULL;
CREATE INDEX lead_by_sfdc_contact ON lead (sfdcContactId) WHERE sfdcContactId IS NOT NULL;
CREATE INDEX company_by_account ON company (sfdcAccountId) WHERE sfdcAccountId IS NOT NULL;
CREATE INDEX company_by_name ON company (name);
CREATE INDEX role_by_lead ON opportunity_role (leadId);
CREATE INDEX role_by_opportunity ON opportunity_role (externalOpportunityId);
CREATE INDEX activity_by_time ON activity (happenedAt);
