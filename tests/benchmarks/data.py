"""A registry of any size, made by one statement for each table.

Of eleven browsers ten want the scope ``outages``. The eleventh is paused, or its account
is off, or its customer switched the scope off, or its login may no longer act.
"""

from __future__ import annotations

import hashlib
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.color import no_style
from django.db import connection

from example_site.portal.models import Customer, Membership
from tests.benchmarks.targets import FID_SQL, TARGET_SQL, total
from wagtail_push.models import (
    Account,
    Browser,
    Installation,
    NotificationScope,
    ScopeChoice,
    ScopeText,
)


SCOPE = "outages"

#: SQL of ``i``: whether a row is one of those that are left out, and for which reason.
PAUSED, ACCOUNT_OFF, SCOPE_OFF, REVOKED = (
    f"(i % 11 = 0 AND (i / 11) % 4 = {reason})" for reason in range(4)
)


def fill(wanted: int) -> None:
    """Fill an empty database; ``wanted`` browsers, a multiple of ten, want the scope."""
    rows = total(wanted)
    scope = NotificationScope.objects.create(key=SCOPE)
    for language, title in {"en": "Outages", "pl": "Awarie"}.items():
        ScopeText.objects.create(scope=scope, language=language, title=title)
    _insert(get_user_model(), rows, username="'customer-' || i", is_active="TRUE")
    _insert(
        Customer,
        rows,
        number="'C-' || i",
        company="'Company ' || i",
        language="CASE WHEN i % 2 = 0 THEN 'pl' ELSE 'en' END",
    )
    _insert(Membership, rows, user_id="i", customer_id="i", active=f"NOT {REVOKED}")
    _insert(Account, rows, key="'C-' || i", enabled=f"NOT {ACCOUNT_OFF}")
    _insert(
        Installation,
        rows,
        device_id=_unique(),
        target_kind="'token'",
        target=TARGET_SQL,
        target_hash=_digest_of(TARGET_SQL),
        fid_hash=_digest_of(FID_SQL),
    )
    _insert(
        Browser,
        rows,
        public_id=_unique(),
        installation_id="i",
        account_id="i",
        login_id="i",
        name="'Laptop ' || i",
        language="CASE WHEN i % 2 = 0 THEN 'pl' ELSE 'en' END",
        paused_at=f"CASE WHEN {PAUSED} THEN CURRENT_TIMESTAMP END",
        hide_details="i % 20 = 1",
    )
    # Every other one has said what it would get anyway.
    _insert(
        ScopeChoice,
        rows,
        where=f"i % 2 = 0 OR {SCOPE_OFF}",
        browser_id="i",
        scope_id=str(scope.pk),
        wanted=f"NOT {SCOPE_OFF}",
    )


def _insert(model: Any, rows: int, *, where: str = "1 = 1", **columns: str) -> None:
    """Insert rows whose columns are SQL of ``i``, from 1 on; ``i`` is also their key.

    What is not named gets the model's default.
    """
    names, values, params = [], [], []
    columns["id"] = "i"
    for field in model._meta.concrete_fields:
        names.append(connection.ops.quote_name(field.column))
        if field.attname in columns:
            values.append(columns[field.attname].replace("%", "%%"))
        elif getattr(field, "auto_now_add", False):
            values.append("CURRENT_TIMESTAMP")
        else:
            values.append("%s")
            params.append(field.get_db_prep_save(field.get_default(), connection))
    where = where.replace("%", "%%")
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            connection.connection.create_function("digest", 1, _digest)
        cursor.execute(
            "WITH RECURSIVE numbers (i) AS (SELECT CAST(1 AS bigint)"
            f" UNION ALL SELECT i + 1 FROM numbers WHERE i < {rows})"
            f" INSERT INTO {connection.ops.quote_name(model._meta.db_table)}"
            f" ({', '.join(names)}) SELECT {', '.join(values)}"
            f" FROM numbers WHERE {where}",
            params,
        )
        # Rows that are added later go behind these.
        for statement in connection.ops.sequence_reset_sql(no_style(), [model]):
            cursor.execute(statement)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _digest_of(sql: str) -> str:
    if connection.vendor == "sqlite":
        return f"digest({sql})"
    return f"encode(sha256(convert_to({sql}, 'UTF8')), 'hex')"


def _unique() -> str:
    if connection.vendor == "sqlite":
        return "lower(hex(randomblob(16)))"
    return "gen_random_uuid()"
