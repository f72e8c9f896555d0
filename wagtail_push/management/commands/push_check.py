"""Say what is wrong with the set-up, and what is right."""

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, no_translations

from wagtail_push import doctor
from wagtail_push.doctor import Diagnosis, Level


class Command(BaseCommand):
    """Print the doctor's diagnoses; Wagtail's admin shows the same."""

    help = (
        "Says what is wrong with the set-up of wagtail_push and how to mend it. Ends "
        "with status 1 if something is."
    )
    #: They are among what is told.
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what is asked besides, and how it is told."""
        parser.add_argument(
            "--live",
            action="store_true",
            help="Prove the credentials: ask FCM by a dry run to a made-up target.",
        )
        parser.add_argument(
            "--deploy",
            action="store_true",
            help="Check what is for production only, although DEBUG is set.",
        )
        parser.add_argument(
            "--fail-level",
            choices=["ERROR", "WARNING"],
            default="ERROR",
            help="What makes the exit status 1; by default, errors alone.",
        )
        parser.add_argument("--json", action="store_true", help="Print JSON.")

    @no_translations
    def handle(self, *args: Any, **options: Any) -> None:
        """Ask the doctor, print, and end with a status."""
        found = doctor.diagnose(deploy=options["deploy"] or None, ask=True)
        if options["live"]:
            found.append(doctor.prove())
        failing = {Level.ERROR, Level(options["fail_level"].lower())}
        failed = any(one.level in failing for one in found)
        if options["json"]:
            told = {"ok": not failed, "found": [asdict(one) for one in found]}
            self.stdout.write(json.dumps(told, indent=2, ensure_ascii=False))
        else:
            self._print(found)
        if failed:
            sys.exit(1)

    def _print(self, found: list[Diagnosis]) -> None:
        styles = {
            Level.ERROR: self.style.ERROR,
            Level.WARNING: self.style.WARNING,
            Level.OK: self.style.SUCCESS,
        }
        wide = max(len(one.about) for one in found)
        for one in found:
            level = styles[one.level](f"{one.level:7}")
            what = f"{one.what} ({one.id})" if one.id else one.what
            self.stdout.write(f"{level}  {one.about:{wide}}  {what}".rstrip())
            if one.advice:
                # Never broken: it may be a line to copy.
                self.stdout.write(f"{'':7}  {'':{wide}}  {one.advice}")
        counts = {level: sum(o.level is level for o in found) for level in Level}
        self.stdout.write(
            f"{counts[Level.ERROR]} wrong, {counts[Level.WARNING]} to look at, "
            f"{counts[Level.OK]} right"
        )
