from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from activities.campaigns.models import Campaign, CampaignCategory, Step
from activities.emails.fields import unknown_fields
from activities.emails.files import files_of
from activities.emails.models import SenderIdentity
from activities.emails.template_selectors import usable_templates

CLASSES: dict[type, str] = {
    forms.Select: "form-select",
    forms.CheckboxInput: "form-check-input",
    forms.RadioSelect: "form-check-input",
    forms.CheckboxSelectMultiple: "form-check-input",
}
# What only the steps of the kind Email have.
EMAIL_FIELDS = ("template", "body_html", "send_option", "is_follow_up", "files")
TIME = forms.TimeInput(format="%H:%M", attrs={"type": "time"})


def _style(form: forms.BaseForm) -> None:
    for field in form.fields.values():
        field.widget.attrs.setdefault("class", CLASSES.get(type(field.widget), "form-control"))


class CampaignForm(forms.ModelForm):  # type: ignore[type-arg]
    category = forms.ModelChoiceField(
        label=_("Category"), queryset=CampaignCategory.objects.none(), required=False
    )
    new_category = forms.CharField(label=_("or a new category"), max_length=100, required=False)

    class Meta:
        model = Campaign
        fields = [
            "name",
            "skips_weekends",
            "sends_from",
            "sends_until",
            "removes_on_bounce",
            "ends_on_reply",
            "marks_success_on_reply",
            "ignores_out_of_office",
            "teams",
        ]
        widgets = {
            "name": forms.TextInput(attrs={"autofocus": True}),
            "sends_from": TIME,
            "sends_until": TIME,
            "teams": forms.CheckboxSelectMultiple,
        }

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        categories = CampaignCategory.objects.order_by(Lower("name"))
        self.fields["category"].queryset = categories  # type: ignore[attr-defined]
        self.fields["category"].empty_label = _("Choose …")  # type: ignore[attr-defined]
        # A team the owner has left stays until it is taken off the list.
        teams = user.teams.all()
        if self.instance.pk:
            self.initial["category"] = self.instance.category_id
            teams = (teams | self.instance.teams.all()).distinct()
        self.fields["teams"].queryset = teams.order_by("name")  # type: ignore[attr-defined]
        _style(self)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if not values.get("category") and not values.get("new_category"):
            self.add_error("category", _("Choose a category, or name a new one."))
        opens, closes = values.get("sends_from"), values.get("sends_until")
        if opens and closes and opens >= closes:
            self.add_error("sends_until", _("This has to be later than the time before it."))
        return values


class StepForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Step
        fields = [
            "day",
            "kind",
            "template",
            "subject",
            "body_html",
            "send_option",
            "send_time",
            "is_follow_up",
            "notes",
            "files",
        ]
        widgets = {
            "day": forms.NumberInput(attrs={"min": 1, "max": 365}),
            "body_html": forms.Textarea(attrs={"rows": 10}),
            "send_time": TIME,
            "send_option": forms.RadioSelect,
            "notes": forms.Textarea(attrs={"rows": 3}),
            "files": forms.CheckboxSelectMultiple,
        }
        labels = {"template": _("Template"), "files": _("Attached files")}

    def __init__(
        self, *args: Any, user: Any, kind: str, has_email_before: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.initial["kind"] = kind
        self.is_email = kind == Step.Kind.EMAIL
        if self.is_email:
            self._offer(user, has_email_before=has_email_before)
        else:
            for name in EMAIL_FIELDS:
                del self.fields[name]
        _style(self)

    def _offer(self, user: Any, *, has_email_before: bool) -> None:
        """The templates, files and times there are for this email."""
        self.fields["template"].queryset = usable_templates(user=user)  # type: ignore[attr-defined]
        self.fields["template"].empty_label = _("No template")  # type: ignore[attr-defined]
        files = files_of(user)
        if self.instance.pk:
            files = (files | self.instance.files.defer("content")).distinct()
        self.fields["files"].queryset = files  # type: ignore[attr-defined]
        options = _send_options(has_email_before)
        self.fields["send_option"].choices = options  # type: ignore[attr-defined]
        self.fields["send_option"].required = False
        if self.initial.get("send_option") not in dict(options):
            self.initial["send_option"] = options[0][0]
        if not has_email_before:
            del self.fields["is_follow_up"]

    def clean_day(self) -> int:
        day: int = self.cleaned_data["day"]
        if not 1 <= day <= Step.MAX_DAY:
            raise forms.ValidationError(
                _("A day is a number from 1 to %(last)d.") % {"last": Step.MAX_DAY}
            )
        return day

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        option: str = Step.SendOption.REMINDER
        if self.is_email:
            option = values["send_option"] = values.get("send_option") or self.instance.send_option
        else:
            self.instance.send_option = option
        if option == Step.SendOption.AT_TIME and not values.get("send_time"):
            self.add_error("send_time", _("Say at what time."))
        if option != Step.SendOption.REMINDER:
            self._check_email(values)
        elif not values.get("subject"):
            self.add_error("subject", _("Say what is to be done."))
        return values

    def _check_email(self, values: dict[str, Any]) -> None:
        if not values.get("subject") and not values.get("is_follow_up"):
            self.add_error("subject", _("An email needs a subject."))
        if not values.get("body_html"):
            self.add_error("body_html", _("An email needs a text."))
        for name in ("subject", "body_html"):
            if unknown := unknown_fields(values.get(name, "")):
                names = ", ".join(f"{{{{{field}}}}}" for field in unknown)
                self.add_error(name, _("There is no dynamic field %(names)s.") % {"names": names})


def _send_options(has_email_before: bool) -> list[tuple[str, Any]]:  # noqa: FBT001 the one thing it hangs on
    """The first email of a campaign has no email before it, and later ones no time of launch."""
    option = Step.SendOption
    offered = option.SAME_TIME if has_email_before else option.AT_LAUNCH
    return [(each.value, each.label) for each in (offered, option.AT_TIME, option.REMINDER)]


class LaunchForm(forms.Form):
    identity = forms.ModelChoiceField(
        label=_("From"), queryset=SenderIdentity.objects.none(), required=False
    )
    start = forms.ChoiceField(
        label=_("Start"),
        choices=[("now", _("Now")), ("later", _("At this time"))],
        initial="now",
        widget=forms.RadioSelect,
    )
    starts_at = forms.DateTimeField(
        label=_("Date and time"),
        required=False,
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        identities = SenderIdentity.objects.filter(user=user).order_by("-is_default", "pk")
        field: Any = self.fields["identity"]
        field.queryset = identities
        field.initial = identities.first()
        field.empty_label = None if identities else _("No From address yet")
        self.zone = ZoneInfo(user.time_zone)
        _style(self)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if values.get("start") == "later" and not values.get("starts_at"):
            self.add_error("starts_at", _("Say when to start."))
        return values
