from django.urls import path
from django.views.generic import RedirectView

from admin_config.audit_log import audit_log
from admin_config.calls import views as calls
from admin_config.diagnostics import views as diagnostics
from admin_config.email import my_email, team_email
from admin_config.invitations import views as invitations
from admin_config.marketo import activity_views as activities
from admin_config.marketo import connection_views as connection
from admin_config.marketo import run_views as runs
from admin_config.marketo import sync_views as sync
from admin_config.profile import views as profile
from admin_config.salesforce import own_views as my_salesforce
from admin_config.salesforce import past_views as salesforce_past
from admin_config.salesforce import reminder_views as salesforce_reminders
from admin_config.salesforce import sync_views as salesforce_sync
from admin_config.salesforce import views as salesforce
from admin_config.sign_in import views as sign_in
from admin_config.sync_status import sync_status
from admin_config.teams import views as teams
from admin_config.unsubscribe_sync import views as unsubscribe_sync
from admin_config.users import views as users
from admin_config.webhooks import views as webhooks

app_name = "settings"

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="settings:profile"), name="home"),
    path("profile/", profile.profile, name="profile"),
    path("profile/tokens/", profile.token_create, name="token-create"),
    path("profile/tokens/<int:token_id>/revoke/", profile.token_revoke, name="token-revoke"),
    path("sign-in/", sign_in.policy, name="sign-in"),
    path("users/", users.user_list, name="users"),
    path("users/<int:user_id>/", users.user_edit, name="user"),
    path("users/<int:user_id>/password-link/", users.password_link, name="user-password-link"),
    path("users/<int:user_id>/deactivate/", users.user_deactivate, name="user-deactivate"),
    path("users/<int:user_id>/reactivate/", users.user_reactivate, name="user-reactivate"),
    path("users/invitations/", invitations.invite, name="invite"),
    path(
        "users/invitations/<int:invitation_id>/renew/", invitations.renew, name="invitation-renew"
    ),
    path(
        "users/invitations/<int:invitation_id>/revoke/",
        invitations.revoke,
        name="invitation-revoke",
    ),
    path("teams/", teams.team_list, name="teams"),
    path("teams/<int:team_id>/", teams.team_detail, name="team"),
    path("teams/<int:team_id>/rename/", teams.team_rename, name="team-rename"),
    path("teams/<int:team_id>/members/", teams.team_members, name="team-members"),
    path("teams/<int:team_id>/delete/", teams.team_delete, name="team-delete"),
    path("my-email/", my_email.my_email, name="my-email"),
    path("my-email/identities/", my_email.identity_add, name="identity-add"),
    path("my-email/identities/<int:pk>/", my_email.identity_edit, name="identity"),
    path("my-email/identities/<int:pk>/mail/", my_email.identity_mail, name="identity-mail"),
    path(
        "my-email/identities/<int:pk>/default/", my_email.identity_default, name="identity-default"
    ),
    path("my-email/identities/<int:pk>/remove/", my_email.identity_remove, name="identity-remove"),
    path("my-email/verify/<str:token>/", my_email.identity_verify, name="identity-verify"),
    path("my-email/server/", my_email.channel_save, name="my-channel"),
    path("my-email/server/test/", my_email.channel_test, name="my-channel-test"),
    path("my-email/server/remove/", my_email.channel_remove, name="my-channel-remove"),
    path("my-email/unsubscribe-message/", my_email.own_message, name="own-message"),
    path("email/", team_email.team_email, name="email"),
    path("email/server/", team_email.channel_save, name="team-channel"),
    path("email/server/test/", team_email.channel_test, name="team-channel-test"),
    path("email/server/remove/", team_email.channel_remove, name="team-channel-remove"),
    path("email/daily-cap/", team_email.daily_cap, name="daily-cap"),
    path("email/domains/", team_email.domain_block, name="domain-block"),
    path("email/domains/<int:pk>/unblock/", team_email.domain_unblock, name="domain-unblock"),
    path("unsubscribes/", team_email.unsubscribes, name="unsubscribes"),
    path("unsubscribes/marketo-check/", team_email.marketo_check, name="marketo-check"),
    path("unsubscribes/salesforce/", unsubscribe_sync.overview, name="unsubscribes-salesforce"),
    path("unsubscribes/salesforce/fields/", unsubscribe_sync.health, name="unsubscribes-health"),
    path("unsubscribes/salesforce/retry/", unsubscribe_sync.retry, name="unsubscribes-retry"),
    path(
        "unsubscribes/salesforce/runs/start/",
        unsubscribe_sync.run_start,
        name="unsubscribes-run-start",
    ),
    path(
        "unsubscribes/salesforce/runs/<int:run_id>/",
        unsubscribe_sync.run_detail,
        name="unsubscribes-run",
    ),
    path(
        "unsubscribes/salesforce/runs/<int:run_id>/report.csv",
        unsubscribe_sync.run_csv,
        name="unsubscribes-run-csv",
    ),
    path("tracking/", team_email.tracking, name="tracking"),
    path("tracking/check/", team_email.tracking_address_check, name="tracking-check"),
    path("calls/", calls.calls, name="calls"),
    path("calls/options/", calls.options, name="call-options"),
    path("calls/<slug:kind>/add/", calls.choice_add, name="call-choice-add"),
    path("calls/<slug:kind>/<int:choice_id>/", calls.choice, name="call-choice"),
    path("calls/<slug:kind>/<int:choice_id>/move/", calls.choice_move, name="call-choice-move"),
    path(
        "calls/<slug:kind>/<int:choice_id>/retire/", calls.choice_retire, name="call-choice-retire"
    ),
    path("webhooks/", webhooks.webhooks, name="webhooks"),
    path("webhooks/<int:endpoint_id>/", webhooks.webhook, name="webhook"),
    path("webhooks/<int:endpoint_id>/test/", webhooks.test, name="webhook-test"),
    path("webhooks/<int:endpoint_id>/pause/", webhooks.pause, name="webhook-pause"),
    path("webhooks/<int:endpoint_id>/resume/", webhooks.resume, name="webhook-resume"),
    path("webhooks/<int:endpoint_id>/secret/", webhooks.secret, name="webhook-secret"),
    path("webhooks/<int:endpoint_id>/delete/", webhooks.delete, name="webhook-delete"),
    path(
        "webhooks/<int:endpoint_id>/messages/<int:message_id>/resend/",
        webhooks.resend,
        name="webhook-resend",
    ),
    path("diagnostics/", diagnostics.diagnostics, name="diagnostics"),
    path("diagnostics/failures/", diagnostics.failures, name="diagnostics-failures"),
    path("diagnostics/retry/", diagnostics.retry, name="diagnostics-retry"),
    path("diagnostics/ignore/", diagnostics.ignore, name="diagnostics-ignore"),
    path("diagnostics/export.csv", diagnostics.export, name="diagnostics-export"),
    path("audit-log/", audit_log, name="audit-log"),
    path("marketo/", connection.marketo, name="marketo"),
    path("marketo/connect/", connection.connect, name="marketo-connect"),
    path("marketo/test/", connection.test, name="marketo-test"),
    path("marketo/retry/", connection.retry, name="marketo-retry"),
    path("marketo/secret/", connection.secret, name="marketo-secret"),
    path("marketo/options/", connection.options, name="marketo-options"),
    path("marketo/webhook/", connection.webhook, name="marketo-webhook"),
    path("marketo/disconnect/", connection.disconnect, name="marketo-disconnect"),
    path("marketo/sync/", sync.preview, name="marketo-preview"),
    path("marketo/sync/estimate/", sync.estimate, name="marketo-estimate"),
    path("marketo/sync/start/", sync.start, name="marketo-start"),
    path("marketo/sync/progress/", sync.progress, name="marketo-progress"),
    path("marketo/sync/pause/", sync.pause, name="marketo-pause"),
    path("marketo/sync/resume/", sync.resume, name="marketo-resume"),
    path("marketo/sync/now/", sync.sync_now, name="marketo-sync-now"),
    path("marketo/activities/", activities.overview, name="marketo-activities"),
    path("marketo/activities/progress/", activities.progress, name="marketo-activities-progress"),
    path("marketo/activities/set-up/", activities.set_up, name="marketo-activities-set-up"),
    path("marketo/activities/on/", activities.switch_on, name="marketo-activities-on"),
    path("marketo/activities/off/", activities.switch_off, name="marketo-activities-off"),
    path("marketo/activities/past/", activities.send_past, name="marketo-activities-past"),
    path("marketo/activities/go-on/", activities.go_on, name="marketo-activities-go-on"),
    path("marketo/runs/<int:run_id>/", runs.run_detail, name="marketo-run"),
    path("marketo/runs/<int:run_id>/cancel/", sync.cancel, name="marketo-cancel"),
    path(
        "marketo/runs/<int:run_id>/problems.csv",
        runs.run_problems_csv,
        name="marketo-run-problems",
    ),
    path("my-salesforce/", my_salesforce.my_salesforce, name="my-salesforce"),
    path("my-salesforce/connect/", my_salesforce.connect, name="my-salesforce-connect"),
    path("my-salesforce/test/", my_salesforce.test, name="my-salesforce-test"),
    path("my-salesforce/disconnect/", my_salesforce.disconnect, name="my-salesforce-disconnect"),
    path("my-salesforce/sync/", salesforce_sync.own_sync, name="my-salesforce-sync"),
    path("salesforce/sync/", salesforce_sync.sync_settings, name="salesforce-sync"),
    path("salesforce/past/", salesforce_past.past, name="salesforce-past"),
    path("salesforce/sync/subject/", salesforce_sync.subject_preview, name="salesforce-subject"),
    path("salesforce/reminders/", salesforce_reminders.reminders, name="salesforce-reminders"),
    path(
        "salesforce/reminders/preview/",
        salesforce_reminders.preview,
        name="salesforce-reminders-preview",
    ),
    path(
        "salesforce/reminders/begin/",
        salesforce_reminders.begin,
        name="salesforce-reminders-begin",
    ),
    path("salesforce/reminders/end/", salesforce_reminders.end, name="salesforce-reminders-end"),
    path(
        "salesforce/reminders/existing/",
        salesforce_reminders.send_existing,
        name="salesforce-reminders-existing",
    ),
    path("salesforce/setup/", salesforce_sync.setup, name="salesforce-setup"),
    path("salesforce/setup/deploy/", salesforce_sync.deploy, name="salesforce-deploy"),
    path("salesforce/", salesforce.salesforce, name="salesforce"),
    path("salesforce/app/", salesforce.app, name="salesforce-app"),
    path("salesforce/connect/", salesforce.connect, name="salesforce-connect"),
    path("salesforce/connect-app/", salesforce.connect_app, name="salesforce-connect-app"),
    path("salesforce/callback/", my_salesforce.callback, name="salesforce-callback"),
    path("salesforce/test/", salesforce.test, name="salesforce-test"),
    path("salesforce/options/", salesforce.options, name="salesforce-options"),
    path("salesforce/match/", salesforce.match, name="salesforce-match"),
    path("salesforce/remind/", salesforce.remind, name="salesforce-remind"),
    path("salesforce/disconnect/", salesforce.disconnect, name="salesforce-disconnect"),
    path("salesforce/leave/", salesforce.leave_org, name="salesforce-leave"),
    path("sync-status/", sync_status, name="sync-status"),
]
