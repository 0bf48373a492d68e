"""SOQL: parsed, turned into SQL, and answered page by page."""
