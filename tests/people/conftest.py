import pytest
from django.urls import reverse


@pytest.fixture
def names_on(seller_client):
    """Names shown by the people list for these parameters, in its order."""

    def names(**params):
        response = seller_client.get(reverse("people:list"), params)
        assert response.status_code == 200
        return [person.name for person in response.context.get("people", [])]

    return names
