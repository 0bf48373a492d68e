"""`make run`: everything the app needs on one developer's machine, started and stopped together."""
