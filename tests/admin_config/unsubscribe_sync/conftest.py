"""The org of the tests of the sync itself."""

from tests.syncing.unsubscribe_sync.conftest import (
    _sandbox_process,
    main,
    nightly,
    salesforce,
)

__all__ = ["_sandbox_process", "main", "nightly", "salesforce"]
