from django.urls import path

from activities.emails.views import (
    batch_results,
    batch_start,
    batches,
    command_center,
    compose,
    email,
    files,
)

app_name = "emails"

urlpatterns = [
    path("", command_center.email_list, name="list"),
    path("filters/", command_center.filters, name="filters"),
    path("bulk/", command_center.bulk, name="bulk"),
    path("undelete/", command_center.undelete, name="undelete"),
    path("compose/", compose.compose, name="compose"),
    path("compose/save/", compose.save, name="save"),
    path("compose/send/", compose.send, name="send"),
    path("compose/discard/", compose.discard, name="discard"),
    path("compose/preview/", compose.preview, name="preview"),
    path("compose/template/", compose.use_template, name="use-template"),
    path("compose/templates/", compose.template_choices, name="template-choices"),
    path("compose/files/", files.files, name="files"),
    path("many/new/", batch_start.new, name="batch-new"),
    path("many/<int:pk>/", batches.batch, name="batch"),
    path("many/<int:pk>/save/", batches.save, name="batch-save"),
    path("many/<int:pk>/overwrite/", batches.overwrite, name="batch-overwrite"),
    path("many/<int:pk>/share/", batches.share, name="batch-share"),
    path("many/<int:pk>/leave-out/", batches.leave_out, name="batch-leave-out"),
    path("many/<int:pk>/template/", batches.use_template, name="batch-template"),
    path("many/<int:pk>/check/", batches.check, name="batch-check"),
    path("many/<int:pk>/send/", batches.send, name="batch-send"),
    path("many/<int:pk>/progress/", batch_results.progress, name="batch-progress"),
    path("many/<int:pk>/recall/", batch_results.recall, name="batch-recall"),
    path("many/<int:pk>/discard/", batch_results.discard, name="batch-discard"),
    path("<int:pk>/", email.email, name="email"),
    path("<int:pk>/content/", email.content, name="content"),
    path("<int:pk>/edit/", compose.edit, name="edit"),
    path("<int:pk>/unschedule/", compose.unschedule, name="unschedule"),
    path("<int:pk>/reschedule/", email.reschedule, name="reschedule"),
    path("<int:pk>/settle/", email.settle, name="settle"),
    path("<int:pk>/delete/", email.delete, name="delete"),
    path("<int:pk>/no-success/", email.no_success, name="no-success"),
    path("<int:pk>/do/<slug:action>/", email.act, name="act"),
]
