"""How Sphinx builds this documentation: ``python -m sphinx -W -b html docs OUT``."""

import os
import sys
import tomllib
from pathlib import Path

import django


ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

# What autodoc imports are models, among other things.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "example_site.settings")
django.setup()

metadata = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

project = metadata["name"]
author = "the wagtail-push contributors"
copyright = f"2026, {author}"
version = release = metadata["version"]

extensions = ["myst_parser", "sphinx.ext.autodoc"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
# Links to headings work here as they do where the files are read as they are.
myst_heading_anchors = 3
myst_enable_extensions = ["tasklist"]

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
add_module_names = False
python_maximum_signature_line_length = 80

nitpicky = True
nitpick_ignore_regex = [
    # Whose documentation is not asked for: the docs are built without internet.
    ("py:.*", r"(collections|datetime|django|pathlib|uuid)\..*"),
    # Models are described by headings; of the others only the type is named.
    (
        "py:class",
        r"wagtail_push\.(models|portal|progress|recent|backends\.fcm\.Transport)\b.*",
    ),
]

html_theme = "furo"
html_title = f"{project} {version}"
