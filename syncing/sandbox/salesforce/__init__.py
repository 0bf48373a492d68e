"""A local Salesforce org: OAuth, the REST API, and a page to act as a human on its records."""
