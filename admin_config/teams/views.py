from django.contrib import messages
from django.db.models import Count, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from admin_config.access import SignedInRequest, admin_required
from admin_config.errors import Refused
from admin_config.models import Team
from admin_config.teams import services
from admin_config.teams.forms import MembersForm, TeamNameForm


def teams() -> QuerySet[Team]:
    return Team.objects.annotate(
        member_count=Count("members", distinct=True),
        group_count=Count("people_groups", distinct=True),
    ).order_by("-is_everyone", "name")


@require_http_methods(["GET", "POST"])
@admin_required
def team_list(request: SignedInRequest) -> HttpResponse:
    form = TeamNameForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            team = services.create_team(
                name=form.cleaned_data["name"], by=request.user, now=timezone.now()
            )
        except Refused as refusal:
            form.add_error("name", refusal.message)
        else:
            messages.success(request, _("%(name)s is created. Choose its members.") % vars(team))
            return redirect("settings:team", team.pk)
    context = {"form": form, "teams": teams(), "limit": Team.MAX_TEAMS}
    return render(request, "admin_config/teams/list.html", context)


@require_safe
@admin_required
def team_detail(request: SignedInRequest, team_id: int) -> HttpResponse:
    team = get_object_or_404(teams(), pk=team_id)
    context = {
        "team": team,
        "name_form": TeamNameForm(initial={"name": team.name}),
        "members_form": MembersForm(team=team),
    }
    return render(request, "admin_config/teams/detail.html", context)


@require_POST
@admin_required
def team_rename(request: SignedInRequest, team_id: int) -> HttpResponse:
    team = get_object_or_404(teams(), pk=team_id)
    form = TeamNameForm(request.POST)
    if form.is_valid():
        try:
            services.rename_team(
                team=team, name=form.cleaned_data["name"], by=request.user, now=timezone.now()
            )
        except Refused as refusal:
            form.add_error("name", refusal.message)
        else:
            messages.success(request, _("The team is renamed."))
            return redirect("settings:team", team.pk)
    context = {"team": team, "name_form": form, "members_form": MembersForm(team=team)}
    return render(request, "admin_config/teams/detail.html", context)


@require_POST
@admin_required
def team_members(request: SignedInRequest, team_id: int) -> HttpResponse:
    team = get_object_or_404(teams(), pk=team_id)
    form = MembersForm(request.POST, team=team)
    if form.is_valid():
        try:
            services.set_members(
                team=team,
                members=form.cleaned_data["members"],
                by=request.user,
                now=timezone.now(),
            )
        except Refused as refusal:
            messages.error(request, refusal.message)
        else:
            messages.success(request, _("The members of %(name)s are saved.") % vars(team))
    return redirect("settings:team", team.pk)


@require_http_methods(["GET", "POST"])
@admin_required
def team_delete(request: SignedInRequest, team_id: int) -> HttpResponse:
    team = get_object_or_404(teams(), pk=team_id)
    if request.method != "POST":
        groups = team.people_groups.select_related("owner").order_by("name")
        context = {"team": team, "shared_groups": groups}
        return render(request, "admin_config/teams/delete.html", context)
    try:
        services.delete_team(team=team, by=request.user, now=timezone.now())
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("%(name)s is deleted.") % vars(team))
    return redirect("settings:teams")
