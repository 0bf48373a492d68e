import pytest
from django.utils import timezone

from syncing.connections import connect_marketo
from syncing.sandbox import SANDBOX_CLIENT_ID, SANDBOX_CLIENT_SECRET, SANDBOX_SMART_LIST_ID
from syncing.sandbox.testing import running_sandbox
from tests.syncing.people_sync.driving import forget_budget, full_sync, refreshed

PEOPLE = 400


@pytest.fixture(scope="session")
def _sandbox_process():
    with running_sandbox(people=PEOPLE, limits=False) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(_sandbox_process):
    """A Marketo of 400 leads, as new."""
    _sandbox_process.reset()
    forget_budget(_sandbox_process)
    return _sandbox_process


@pytest.fixture(autouse=True)
def _no_waiting(settings):
    settings.MARKETO_EXPORT_POLL_SECONDS = 0.02
    settings.MARKETO_CALLS_PER_20_SECONDS = 10_000


@pytest.fixture
def marketo(db, sandbox):
    """Connected to the sandbox, without a smart list: a full run sweeps the ids."""
    return connect(sandbox)


@pytest.fixture
def marketo_with_list(db, sandbox):
    return connect(sandbox, smart_list_id=SANDBOX_SMART_LIST_ID)


@pytest.fixture
def live(marketo_with_list, sandbox):
    """Everybody is in and the sync is live."""
    full_sync()
    return refreshed(marketo_with_list)


def connect(sandbox, **options):
    return connect_marketo(
        base_url=sandbox.base_url,
        client_id=SANDBOX_CLIENT_ID,
        client_secret=SANDBOX_CLIENT_SECRET,
        now=timezone.now(),
        **options,
    )
