"""A local Marketo: the REST and bulk API over HTTP, its data in one SQLite file."""
