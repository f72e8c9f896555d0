"""The OpenAPI schema: the committed file is what the portal serves, and it says enough."""

from typing import Any
from urllib.parse import urljoin

import pytest
import yaml
from django.test import Client

from tests.openapi import FILE, generated


SCHEMA = "/push/api/v1/schema/"


@pytest.fixture(scope="module")
def schema() -> Any:
    return yaml.safe_load(FILE.read_text())


def test_the_committed_file_is_what_the_portal_serves() -> None:
    assert FILE.read_text() == generated(), "run: python -m tests.openapi"


def test_its_version_is_that_of_the_address(schema: Any, client: Client) -> None:
    served = client.get(SCHEMA, headers={"Accept": "application/vnd.oai.openapi+json"})

    assert served.json() == schema
    assert schema["info"]["version"] == "1"
    # Wherever the host includes it, paths are found from the schema's own address.
    [server] = schema["servers"]
    assert urljoin(f"http://localhost{SCHEMA}", server["url"]) == (
        "http://localhost/push/api/v1/"
    )


def test_every_answer_has_its_media_type(schema: Any) -> None:
    kinds = {
        (int(status) >= 400, kind)
        for path in schema["paths"].values()
        for method in path.values()
        for status, answer in method["responses"].items()
        for kind in answer.get("content", ())
    }

    assert kinds == {(False, "application/json"), (True, "application/problem+json")}


def test_it_is_the_same_whatever_the_host_has_set(settings: Any) -> None:
    settings.REST_FRAMEWORK = {
        "DEFAULT_SCHEMA_CLASS": "rest_framework.schemas.openapi.AutoSchema",
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.BrowsableAPIRenderer"],
    }
    settings.SPECTACULAR_SETTINGS = {"TITLE": "The host's own", "VERSION": "7"}

    assert generated() == FILE.read_text()
