"""Whatever happens on both sides in whatever order: at rest they say the same."""

from contextlib import suppress
from datetime import timedelta

from django.utils import timezone
from hypothesis import HealthCheck, Phase, example, given, note, settings
from hypothesis import strategies as st

from activities.reminders import services
from activities.reminders.models import Reminder
from syncing.reminder_sync.engine import sync
from syncing.reminder_sync.models import ReminderLink, SyncedUser
from syncing.reminder_sync.services import in_trouble, retry
from syncing.reminder_sync.values import day_of, many_lines, one_line
from syncing.salesforce_connections.models import SalesforceConnection
from tests.syncing.reminder_sync.conftest import (
    TOMORROW,
    Killed,
    remind,
    run,
    send_at_once,
)

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
    st.tuples(st.sampled_from(["cycle", "tick"])),
    st.tuples(st.just("crash")),
)


class World:
    """Both sides, and what people made and deleted on them."""

    def __init__(self, seller, salesforce, dying):
        self.seller = seller
        self.salesforce = salesforce
        self.dying = dying
        self.reminders_made = set()
        self.reminders_deleted = set()
        self.tasks_made = set()
        self.tasks_deleted = set()

    def do(self, name, *arguments):
        getattr(self, name)(*arguments)

    def add_here(self, text):
        reminder = remind(self.seller, f"{self._number()} {text}"[:255])
        self.reminders_made.add(reminder.pk)

    def add_there(self, text):
        subject = f"{self._number()} {text}"[:255]
        owner_id = self.seller.salesforce_user_id
        self.tasks_made.add(self.salesforce.create("Task", Subject=subject, OwnerId=owner_id))

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
            self.reminders_deleted.add(reminder.pk)
            self.tasks_deleted |= set(self._task_ids(reminder))
            services.delete_reminder(reminder=reminder, now=timezone.now())

    def reopen_here(self, place):
        if reminder := self._reminder(place):
            services.reopen_reminder(reminder=reminder, now=timezone.now())

    def delete_there(self, place):
        task_id = self._task(place)
        if task_id and not self.salesforce.record(task_id)["IsDeleted"]:
            self.tasks_deleted.add(task_id)
            self.salesforce.delete(task_id)

    def undelete_there(self, place):
        task_id = self._task(place)
        if task_id and self.salesforce.record(task_id)["IsDeleted"]:
            self.salesforce.undelete(task_id)

    def fault(self, order):
        self.salesforce.add_fault(**order, path="/services/data/*")

    def cycle(self):
        sync(now=timezone.now(), polls=True)

    def tick(self):
        """Between two looks at Salesforce."""
        sync(now=timezone.now(), polls=False)

    def crash(self):
        with self.dying(), suppress(Killed):
            self.cycle()

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

    def check(self):
        """Nothing is there twice, and nothing is gone that nobody deleted."""
        links = {link.reminder_id: link.task_id for link in ReminderLink.objects.all()}
        live = {task["Id"] for task in self.salesforce.live()}
        assert live <= self.tasks_made | set(links.values())
        assert Reminder.objects.count() <= len(self.reminders_made) + len(self.tasks_made)
        assert self.tasks_made <= live | self.tasks_deleted
        for reminder in Reminder.objects.filter(state=State.DELETED):
            was_deleted = reminder.pk in self.reminders_deleted
            assert was_deleted or links[reminder.pk] in self.tasks_deleted

    def _number(self):
        return len(self.reminders_made) + len(self.tasks_made)

    def _task_ids(self, reminder):
        return ReminderLink.objects.filter(reminder=reminder).values_list("task_id", flat=True)

    def _reminder(self, place):
        reminders = Reminder.objects.order_by("pk")
        return reminders[place] if place < reminders.count() else None

    def _task(self, place):
        tasks = list(self.salesforce.records())
        return tasks[place] if place < len(tasks) else None


def here():
    """What the reminders say, in words that tasks have, too.

    What was done and whose task was deleted then is only here.
    """
    return sorted(
        (
            one_line(one.subject),
            many_lines(one.notes),
            one.priority == "HIGH",
            day_of(one).isoformat(),
            one.state != State.OPEN,
        )
        for one in Reminder.objects.exclude(state=State.DELETED)
        .exclude(state=State.COMPLETED, salesforce_link__state="DELETED_THERE")
        .select_related("owner")
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
    now = timezone.now()
    SyncedUser.objects.update(
        read_until=now, started_at=now, replicated_until=now, reconciled_at=now
    )
    mend_connections()


def mend_connections():
    """As connecting again does: two sessions in a row that are over need that."""
    SalesforceConnection.objects.update(state="CONNECTED", paused_until=None, failures=0)


@example(history=[("add_here", "Ask"), ("crash",), ("tick",)])
@given(history=st.lists(steps, min_size=4, max_size=16))
@settings(
    max_examples=12,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_at_rest_both_sides_are_equal_and_nothing_vanished(sam, org, later, dying, history):
    begin_anew(org)
    world = World(sam, org, dying)
    for step in history:
        note(step)
        world.do(*step)

    world.rest(later)

    assert here() == there(org)
    world.check()
    before = org.records()
    with later(minutes=30):
        cycle = run()
    assert org.records() == before
    assert set(+cycle.tally) <= {"calls"}
