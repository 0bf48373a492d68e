"""Whatever happens on both sides in whatever order: at rest they say the same."""

from datetime import timedelta

from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from activities.reminders import services
from activities.reminders.models import Reminder
from syncing.reminder_sync.engine import sync
from syncing.reminder_sync.models import ReminderLink, ReminderSync, SyncedUser
from syncing.reminder_sync.services import in_trouble, retry
from syncing.reminder_sync.values import day_of, many_lines, one_line
from syncing.salesforce_connections.models import SalesforceConnection
from tests.syncing.reminder_sync.conftest import TOMORROW, remind, run, send_at_once

State = Reminder.State

FAULTS = [
    {"kind": "reset", "committed": False},
    {"kind": "reset", "committed": True},
    {"kind": "late_commit"},
    {"kind": "http", "status": 503, "committed": True},
    {"kind": "record", "object": "Task", "code": "UNABLE_TO_LOCK_ROW", "message": "locked"},
    {"kind": "expired_session"},
]
texts = st.sampled_from(["Ask", "Ring\nagain", " Write ", "x" * 260])
steps = st.one_of(
    st.tuples(st.just("add_here"), texts),
    st.tuples(st.just("add_there"), texts.map(one_line)),
    st.tuples(
        st.sampled_from(["edit_here", "edit_there"]),
        st.integers(0, 3),
        st.sampled_from(["subject", "notes", "priority", "due", "done"]),
        texts,
    ),
    st.tuples(st.sampled_from(["delete_here", "reopen_here"]), st.integers(0, 3)),
    st.tuples(st.sampled_from(["delete_there", "undelete_there"]), st.integers(0, 3)),
    st.tuples(st.just("fault"), st.sampled_from(FAULTS)),
    st.tuples(st.just("cycle")),
    st.tuples(st.just("cycle")),
)


class World:
    """Both sides, and what people did on them."""

    def __init__(self, seller, salesforce):
        self.seller = seller
        self.salesforce = salesforce
        self.deleted_by_people = False

    def do(self, name, *arguments):
        getattr(self, name)(*arguments)

    def add_here(self, text):
        remind(self.seller, text[:255])

    def add_there(self, text):
        self.salesforce.create("Task", Subject=text, OwnerId=self.seller.salesforce_user_id)

    def edit_here(self, place, field, text):
        reminder = self._reminder(place)
        if reminder is None or reminder.state == State.DELETED:
            return
        if field == "done":
            is_open = reminder.state == State.OPEN
            act = services.complete_reminder if is_open else services.reopen_reminder
            act(reminder=reminder, now=timezone.now())
            return
        values = {
            "subject": text[:255],
            "notes": text,
            "priority": "HIGH" if len(text) % 2 else "NORMAL",
            "due": TOMORROW + timedelta(days=len(text)),
        }
        name = "due_at" if field == "due" else field
        services.edit_reminder(reminder=reminder, now=timezone.now(), **{name: values[field]})

    def edit_there(self, place, field, text):
        task_id = self._task(place)
        if task_id is None or self.salesforce.record(task_id)["IsDeleted"]:
            return
        status = self.salesforce.record(task_id)["Status"]
        values = {
            "subject": {"Subject": one_line(text)},
            "notes": {"Description": text},
            "priority": {"Priority": "Low" if len(text) % 2 else "High"},
            "due": {"ActivityDate": f"2031-05-{1 + len(text) % 28:02}"},
            "done": {"Status": "In Progress" if status == "Completed" else "Completed"},
        }
        self.salesforce.update(task_id, **values[field])

    def delete_here(self, place):
        if reminder := self._reminder(place):
            self.deleted_by_people = True
            services.delete_reminder(reminder=reminder, now=timezone.now())

    def reopen_here(self, place):
        if reminder := self._reminder(place):
            services.reopen_reminder(reminder=reminder, now=timezone.now())

    def delete_there(self, place):
        task_id = self._task(place)
        if task_id and not self.salesforce.record(task_id)["IsDeleted"]:
            self.deleted_by_people = True
            self.salesforce.delete(task_id)

    def undelete_there(self, place):
        task_id = self._task(place)
        if task_id and self.salesforce.record(task_id)["IsDeleted"]:
            self.salesforce.undelete(task_id)

    def fault(self, order):
        self.salesforce.add_fault(**order, path="/services/data/*")

    def cycle(self):
        sync(now=timezone.now(), polls=True)

    def rest(self, later):
        """People stop, all is well again, and they look after what is stuck."""
        self.salesforce.clear_faults()
        self.salesforce.commit_late()
        mend_connections()
        with later(minutes=20):
            for _cycle in range(4):
                send_at_once()
                run()
                retry(in_trouble(), now=timezone.now())
                send_at_once()

    def _reminder(self, place):
        reminders = Reminder.objects.order_by("pk")
        return reminders[place] if place < reminders.count() else None

    def _task(self, place):
        tasks = list(self.salesforce.records())
        return tasks[place] if place < len(tasks) else None


def here():
    """What the reminders say, in words that tasks have, too."""
    return sorted(
        (
            one_line(one.subject),
            many_lines(one.notes),
            one.priority == "HIGH",
            day_of(one).isoformat(),
            one.state != State.OPEN,
        )
        for one in Reminder.objects.exclude(state=State.DELETED).select_related("owner")
    )


def there(salesforce):
    """What the tasks say; one without a day has the reminder's.

    What was done before anybody here saw it stays there.
    """
    links = ReminderLink.objects.select_related("reminder__owner")
    days = {link.task_id: day_of(link.reminder).isoformat() for link in links}
    return sorted(
        (
            one_line(task["Subject"] or ""),
            many_lines(task["Description"] or ""),
            task["Priority"] == "High",
            task["ActivityDate"] or days[task["Id"]],
            bool(task["IsClosed"]),
        )
        for task in salesforce.live()
        if task["Id"] in days or not task["IsClosed"]
    )


def begin_anew(salesforce):
    """Nothing on either side, and no trace of the time that the last history ended in."""
    Reminder.objects.all().delete()
    for task in salesforce.live():
        salesforce.delete(task["Id"])
    salesforce.empty_recycle_bin()
    ReminderSync.objects.all().delete()
    SyncedUser.objects.update(read_until=timezone.now(), started_at=timezone.now())
    mend_connections()


def mend_connections():
    """As connecting again does: two sessions in a row that are over need that."""
    SalesforceConnection.objects.update(state="CONNECTED", paused_until=None, failures=0)


@given(history=st.lists(steps, min_size=4, max_size=16))
@settings(
    max_examples=12,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_at_rest_both_sides_are_equal_and_nothing_vanished(sam, salesforce, later, history):
    begin_anew(salesforce)
    world = World(sam, salesforce)
    for step in history:
        note(step)
        world.do(*step)

    world.rest(later)

    assert here() == there(salesforce)
    if not world.deleted_by_people:
        made = sum(1 for step in history if step[0].startswith("add_"))
        linked = set(ReminderLink.objects.values_list("task_id", flat=True))
        never_seen = [task for task in salesforce.live() if task["Id"] not in linked]
        assert len(here()) == made - len(never_seen)
    before = salesforce.records()
    with later(minutes=30):
        cycle = run()
    assert salesforce.records() == before
    assert set(+cycle.tally) <= {"calls"}
