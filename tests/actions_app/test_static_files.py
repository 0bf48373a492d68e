import hashlib
import json

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command

from actions_app.vendor import MANIFEST, ROOT

PRODUCTION_STORAGES = {
    **settings.STORAGES,
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}


def test_every_reference_between_static_files_resolves_in_production(tmp_path, settings):
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = PRODUCTION_STORAGES
    # The vendors of these checked their own files; compressing their 20 MB takes long.
    others = ["drf_spectacular_sidecar*", "rest_framework*"]
    call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=others)
    for name in ("vendor/tabler.min.css", "css/app.css", "js/app.js", "img/icons.svg"):
        assert (tmp_path / staticfiles_storage.stored_name(name)).exists()


def test_vendored_files_are_what_the_manifest_says():
    for target, checksum in json.loads(MANIFEST.read_text())["sha256"].items():
        assert hashlib.sha256((ROOT / target).read_bytes()).hexdigest() == checksum
