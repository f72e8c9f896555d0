#!/usr/bin/env python
"""Run Django's commands for the example site."""

import os
import sys
from pathlib import Path


def main() -> None:
    """Run the command that the command line names."""
    # Started as a file, Python looks for modules in this folder, not in the one above.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "example_site.settings")

    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
