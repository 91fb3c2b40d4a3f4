"""Put a question to the database together once, and ask it again with other values. It keeps no answer.

Django takes longer to put a question together and to write it as SQL than the database takes to answer it. A verb that
is to run a hundred times a second asks by these; all others ask by Django's own queries.
"""

import threading
from collections.abc import Callable, Collection, Sequence
from functools import wraps
from itertools import chain
from typing import Any, NamedTuple, ParamSpec, TypeVar, cast

from django.db import connection
from django.db.models import Expression, QuerySet
from django.db.models.sql.compiler import SQLCompiler

Asked = ParamSpec("Asked")
Row = TypeVar("Row")
LONGEST_KEPT = 256
"""A longer list is rare: its statement is put together for it alone."""


def question(put: Callable[Asked, QuerySet[Any, Row]]) -> Callable[Asked, list[Row]]:
    """What a function's query finds; it is called once and hands its parameters to filter(), whatever they are then.

    They are told by place: keys, texts and moments, or collections of such for an `__in`. An empty collection finds
    nothing, and is not asked about. Rows are whole objects or tuples of columns, with nothing related or reckoned.
    """
    kept = _Kept()

    @wraps(put)
    def ask(*asked: Asked.args, **named: Asked.kwargs) -> list[Row]:
        assert not named, "they are told by place"
        assert None not in asked, "NULL is equal to nothing"
        told = [_filled_up(value) for value in asked]
        if not all(told):
            return []
        lengths = tuple(map(len, told))
        statement = kept.statements.get(lengths) or _put_together(put, lengths)
        if max(lengths, default=0) <= LONGEST_KEPT:
            kept.statements[lengths] = statement
        return _found(statement, list(chain.from_iterable(told)))

    return ask


class _Statement(NamedTuple):
    """A question as SQL, each of its values a constant or the place of one that is told, and how its rows are read."""

    sql: str
    values: Sequence[Any]
    is_lock: bool
    compiler: SQLCompiler
    converters: dict[int, Any]
    read: Callable[[Sequence[Any]], Any]


class _Kept(threading.local):
    """By how many values each parameter has. Each thread has its own, for a compiler is its connection's."""

    def __init__(self) -> None:
        self.statements: dict[tuple[int, ...], _Statement] = {}


class _Place(int):
    """Which of the values that are told goes there."""


class _Given(Expression):
    """Stands in a query for what is told when it is asked."""

    def __init__(self, first: int, length: int) -> None:
        super().__init__()
        self.places = [_Place(first + number) for number in range(length)]

    def as_sql(self, *_: object) -> tuple[str, list[_Place]]:  # type: ignore[override]
        return ", ".join(["%s"] * len(self.places)), self.places


def _filled_up(value: object) -> Sequence[Any]:
    """A list's values, the last one said again until their number is a power of two: so there are few statements."""
    if isinstance(value, str) or not isinstance(value, Collection):
        return (value,)
    values, length = list(value), 1
    while length < len(values):
        length *= 2
    return values + values[-1:] * (length - len(values)) if length <= LONGEST_KEPT else values


def _put_together(put: Callable[..., QuerySet[Any, Any]], lengths: Sequence[int]) -> _Statement:
    rows = put(*(_Given(sum(lengths[:number]), length) for number, length in enumerate(lengths)))
    assert not rows.query.select_related, "what is related is not read"
    assert not rows.query.annotations, "what is reckoned is not read"
    compiler = rows.query.get_compiler(connection=connection)
    sql, values = compiler.as_sql()
    columns = [cast(Any, column) for column, *_ in compiler.select]
    read: Callable[[Sequence[Any]], Any] = tuple
    if rows.query.default_cols:  # Whole objects are asked for, and not columns.
        names = [column.target.attname for column in columns]
        read = lambda row: rows.model.from_db(connection.alias, names, row)  # noqa: E731
    return _Statement(sql, values, bool(rows.query.select_for_update), compiler, compiler.get_converters(columns), read)


def _found(statement: _Statement, told: Sequence[Any]) -> list[Any]:
    assert connection.in_atomic_block or not statement.is_lock
    adapt = connection.ops.adapt_unknown_value
    values = [adapt(told[value]) if type(value) is _Place else value for value in statement.values]
    with connection.cursor() as cursor:
        cursor.execute(statement.sql, values)
        rows = cursor.fetchall()
    return [statement.read(row) for row in statement.compiler.apply_converters(rows, statement.converters)]
