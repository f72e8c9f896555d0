"""Rows appended in bulk: by COPY on PostgreSQL, by a prepared INSERT, by one SELECT."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connections, models, router
from django.db.models.constants import OnConflict


def append(
    model: type[models.Model],
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    ignore_conflicts: bool = False,
) -> int:
    """Append rows; return how many were added.

    No instance is made, nothing is read back and no signal is sent. COPY takes a fifth
    of the time of ``bulk_create``, but knows no conflicts.

    :param columns: the attribute names of the fields, such as ``notification_id``.
    :param rows: the values in that order, as Python has them.
    """
    connection = connections[router.db_for_write(model)]
    quote = connection.ops.quote_name
    fields: list[Any] = [model._meta.get_field(name) for name in columns]
    # Numbers and texts are what drivers take; asking each field takes as long as COPY.
    prepare = [
        (place, field.get_db_prep_save)
        for place, field in enumerate(fields)
        if isinstance(field, models.DateTimeField | models.JSONField)
    ]
    values = []
    for row in rows:
        value = list(row)
        for place, prep in prepare:
            value[place] = prep(value[place], connection)
        values.append(value)
    table = quote(model._meta.db_table)
    names = ", ".join(quote(field.column) for field in fields)
    with connection.cursor() as cursor:
        # Psycopg 3 has it, psycopg 2 has not.
        if hasattr(cursor.cursor, "copy") and not ignore_conflicts:
            with (
                connection.wrap_database_errors,
                cursor.cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy,
            ):
                for value in values:
                    copy.write_row(value)
            return int(cursor.cursor.rowcount)
        on_conflict = OnConflict.IGNORE if ignore_conflicts else None
        insert = connection.ops.insert_statement(on_conflict=on_conflict)
        places = ", ".join(["%s"] * len(fields))
        suffix = connection.ops.on_conflict_suffix_sql([], on_conflict, [], [])
        statement = f"{insert} {table} ({names}) VALUES ({places}) {suffix}"
        cursor.executemany(statement, values)
        return int(cursor.rowcount)


def append_selected(
    model: type[models.Model],
    columns: Sequence[str],
    selected: models.QuerySet[Any],
    *,
    holding: bool = False,
) -> None:
    """Append what a query selects, by one statement; rows that are there stay.

    Ten times as fast as rows that go through Python.

    :param selected: a query of values in the order of ``columns``.
    :param holding: whether what is selected, which the new rows refer to, is kept from
        being deleted until the transaction ends. Whoever changes it need not wait.
    """
    connection = connections[router.db_for_write(model)]
    quote = connection.ops.quote_name
    insert = connection.ops.insert_statement(on_conflict=OnConflict.IGNORE)
    ignore = connection.ops.on_conflict_suffix_sql([], OnConflict.IGNORE, [], [])
    table = quote(model._meta.db_table)
    names = ", ".join(map(quote, columns))
    select, params = selected.query.get_compiler(connection.alias).as_sql()
    if holding and connection.features.has_select_for_no_key_update:
        # Django knows every lock of PostgreSQL but this.
        select += f" FOR KEY SHARE OF {quote(selected.model._meta.db_table)}"
    with connection.cursor() as cursor:
        cursor.execute(f"{insert} {table} ({names}) {select} {ignore}", params)
