"""Encrypt all stored credentials anew after a key was put in front of CREDENTIALS_KEYS."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.core.management.base import BaseCommand
from django.db import transaction

from people.encrypted_field import decrypt, encrypt
from syncing.models import MarketoConnection
from syncing.salesforce_connections.models import SalesforceConnection, SalesforceOrg
from syncing.webhooks.models import Endpoint

# Where django-allauth keeps what its adapter encrypted, for codes and for recovery codes.
SECRET_ENTRIES = {"secret", "seed"}


class Command(BaseCommand):
    help = "Encrypt all stored credentials with the first of CREDENTIALS_KEYS."

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        for connection in MarketoConnection.objects.select_for_update():
            connection.save(update_fields=["client_secret"])
        for org in SalesforceOrg.objects.select_for_update():
            org.save(update_fields=["client_secret"])
        for salesforce in SalesforceConnection.objects.select_for_update():
            salesforce.save(update_fields=["access_token", "refresh_token"])
        for endpoint in Endpoint.objects.select_for_update():
            endpoint.save(update_fields=["secret"])
        for authenticator in Authenticator.objects.select_for_update():
            for entry in SECRET_ENTRIES & authenticator.data.keys():
                authenticator.data[entry] = encrypt(decrypt(authenticator.data[entry]))
            authenticator.save(update_fields=["data"])
        self.stdout.write("All credentials are encrypted with the first key.")
