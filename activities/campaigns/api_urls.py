from django.urls import path

from activities.campaigns.api.views import (
    CampaignsView,
    CampaignView,
    MembersView,
    RemoveMembersView,
)

app_name = "campaigns-api"

urlpatterns = [
    path("campaigns/", CampaignsView.as_view(), name="campaigns"),
    path("campaigns/<int:campaign_id>/", CampaignView.as_view(), name="campaign"),
    path("campaigns/<int:campaign_id>/members/", MembersView.as_view(), name="members"),
    path(
        "campaigns/<int:campaign_id>/members/remove/",
        RemoveMembersView.as_view(),
        name="members-remove",
    ),
]
