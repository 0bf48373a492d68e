from datetime import datetime

from django import template
from django.utils import timezone

register = template.Library()


@register.simple_tag
def elapsed(moment: datetime) -> str:
    """Whole seconds since then."""
    return str(max(int((timezone.now() - moment).total_seconds()), 0))
