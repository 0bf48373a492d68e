from django import forms
from django.utils.translation import gettext_lazy as _

from admin_config.fields import TimeZoneField
from admin_config.models import ApiToken, User


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]
    time_zone = TimeZoneField()

    class Meta:
        model = User
        fields = ["first_name", "last_name", "job_title", "language", "time_zone"]
        help_texts = {
            "job_title": _("Optional. In emails it stands for {{my_title}}."),
            "language": _("Dates and numbers follow it. Most texts are in English for now."),
        }


class ApiTokenForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = ApiToken
        fields = ["name"]
        labels = {"name": _("What is it for?")}
