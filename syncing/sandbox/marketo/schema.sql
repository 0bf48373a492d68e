CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

-- Its name shows on every lead of the company.
CREATE TABLE company (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    sfdcAccountId TEXT
);

-- Column names are the REST API's field names wherever the value is stored as the API shows it.
CREATE TABLE lead (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    firstName TEXT,
    lastName TEXT,
    email TEXT COLLATE NOCASE,
    phone TEXT,
    title TEXT,
    companyId INTEGER REFERENCES company,
    leadSource TEXT,
    city TEXT,
    country TEXT,
    leadScore INTEGER,
    linkedIn TEXT,
    unsubscribed INTEGER NOT NULL DEFAULT 0,
    unsubscribedReason TEXT,
    emailInvalid INTEGER NOT NULL DEFAULT 0,
    marketingSuspended INTEGER NOT NULL DEFAULT 0,
    blackListed INTEGER NOT NULL DEFAULT 0,
    doNotCall INTEGER NOT NULL DEFAULT 0,
    sfdcType TEXT,
    sfdcLeadId TEXT,
    sfdcContactId TEXT,
    sfdcLeadOwnerId TEXT,
    createdAt TEXT NOT NULL,
    updatedAt TEXT NOT NULL,
    -- The time of the last change to any field: what the bulk filter "updatedAt" looks at.
    changedAt TEXT NOT NULL
);

CREATE TABLE opportunity_role (
    marketoGUID TEXT PRIMARY KEY,
    externalOpportunityId TEXT NOT NULL,
    leadId INTEGER NOT NULL,
    role TEXT,
    isPrimary INTEGER NOT NULL DEFAULT 0,
    createdAt TEXT NOT NULL,
    updatedAt TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE activity (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    leadId INTEGER NOT NULL,
    typeId INTEGER NOT NULL,
    happenedAt TEXT NOT NULL,
    primaryId INTEGER,
    primaryValue TEXT,
    attributes TEXT NOT NULL DEFAULT '[]',
    -- For type 13: the API name of the field, and the change as leadchanges.json shows it.
    field TEXT,
    change TEXT NOT NULL DEFAULT '[]'
);

CREATE TABLE custom_type (
    apiName TEXT PRIMARY KEY COLLATE NOCASE,
    id INTEGER UNIQUE,
    approved TEXT,
    draft TEXT,
    createdAt TEXT NOT NULL,
    updatedAt TEXT NOT NULL
);

CREATE TABLE export_job (
    exportId TEXT PRIMARY KEY,
    status TEXT NOT NULL,
    request TEXT NOT NULL,
    createdAt TEXT NOT NULL,
    queuedAt TEXT,
    startedAt TEXT,
    finishedAt TEXT,
    numberOfRecords INTEGER,
    fileSize INTEGER,
    fileChecksum TEXT,
    errorMsg TEXT
);

CREATE TABLE usage (
    day TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (day, kind, name)
) WITHOUT ROWID;
