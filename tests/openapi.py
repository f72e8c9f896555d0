"""The committed schema of the API: ``python -m tests.openapi`` writes it again."""

import os
from pathlib import Path

import django
from django.test import RequestFactory


FILE = Path(__file__).parents[1] / "docs" / "reference" / "openapi-v1.yaml"


def generated() -> str:
    """Return the schema as the portal serves it, in YAML."""
    from wagtail_push.api.schema import SchemaView

    response = SchemaView.as_view()(
        RequestFactory().get("/", headers={"Accept": "application/vnd.oai.openapi"})
    )
    return str(response.render().content.decode())


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    FILE.write_text(generated())
