from django.urls import path

from activities.campaigns.views import campaigns, launching, members, steps, template_steps

app_name = "campaigns"

urlpatterns = [
    path("", campaigns.campaign_list, name="list"),
    path("new/", campaigns.create, name="create"),
    path("add/", launching.choose, name="choose"),
    path("people/<int:pk>/", members.about, name="about"),
    path("templates/<int:pk>/", template_steps.template_steps, name="template-steps"),
    path("leave/", members.leave, name="leave"),
    path("members/", members.change, name="members-change"),
    path("steps/<int:pk>/", steps.change, name="step"),
    path("steps/<int:pk>/move/", steps.move, name="step-move"),
    path("steps/<int:pk>/remove/", steps.remove, name="step-remove"),
    path("<int:pk>/", campaigns.campaign, name="campaign"),
    path("<int:pk>/progress/", campaigns.progress, name="progress"),
    path("<int:pk>/edit/", campaigns.change, name="change"),
    path("<int:pk>/clone/", campaigns.clone, name="clone"),
    path("<int:pk>/archive/", campaigns.archive, name="archive"),
    path("<int:pk>/steps/new/", steps.create, name="step-create"),
    path("<int:pk>/members/", members.member_list, name="members"),
    path("<int:pk>/add/", launching.add, name="add"),
    path("<int:pk>/launch/", launching.launch, name="launch"),
]
