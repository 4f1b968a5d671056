"""Several statements in one round trip: sent together, in one transaction, and answered together.

psycopg's own pipeline waits for the socket at every statement; for the four of a recall that cost the caller four times
as much processor time as this. The protocol is libpq's pipeline mode: statements up to one synchronisation are one
transaction, so that what the first of them sets locally ends with the last.
https://www.postgresql.org/docs/current/libpq-pipeline-mode.html
"""

import weakref
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection, errors, pq
from psycopg.abc import PQGen
from psycopg.adapt import Transformer
from psycopg.waiting import Ready, Wait

Statement = tuple[str, Sequence[Any]]  # with $1, $2, …; str, bytes (binary), bool, int, float, UUID, datetime or None
Rows = list[tuple[Any, ...]]
Results = list[pq.abc.PGresult]
FLOAT8 = 701  # others are what the statement makes of them; a float's literal would be read as numeric
FAILED = {pq.ExecStatus.FATAL_ERROR, pq.ExecStatus.BAD_RESPONSE}

_prepared: weakref.WeakKeyDictionary[AsyncConnection[Any], dict[str, bytes]] = weakref.WeakKeyDictionary()


async def exchange(connection: AsyncConnection[Any], statements: Sequence[Statement]) -> list[Rows]:
    """The rows of each statement. The connection is in no transaction, and in none afterwards.

    Raises psycopg.Error for the first that fails: none of them has then had an effect. When it is interrupted the
    connection is closed, because its answers would be taken for another's.
    """
    if connection.info.transaction_status != pq.TransactionStatus.IDLE:
        raise errors.ActiveSqlTransaction("A round trip needs a connection that is in no transaction.")
    known = _prepared.setdefault(connection, {})
    try:
        async with connection.lock:
            results = await connection.wait(_sent(connection.pgconn, statements, known))
    except BaseException:
        connection.pgconn.finish()
        raise
    for result in results:
        if result.status in FAILED:
            _prepared.pop(connection, None)  # those after the one that failed were not prepared
            raise errors.error_from_result(result, encoding="utf-8")
    return [_rows(connection, result) for result in results]


def _sent(pgconn: pq.abc.PGconn, statements: Sequence[Statement], known: dict[str, bytes]) -> PQGen[Results]:
    """The results of the statements, without those of preparing them; after a failure what there is."""
    pgconn.enter_pipeline_mode()
    wanted: list[bool] = []
    for text, values in statements:
        parameters, types, formats = zip(*map(_parameter, values), strict=True) if values else ((), (), ())
        if (name := known.get(text)) is None:
            name = known[text] = f"trip{len(known)}".encode()
            pgconn.send_prepare(name, text.encode(), types)
            wanted.append(False)
        pgconn.send_query_prepared(name, parameters, formats, pq.Format.BINARY)
        wanted.append(True)
    pgconn.pipeline_sync()
    results = yield from _answers(pgconn)
    pgconn.exit_pipeline_mode()
    return [one for one, asked in zip(results, wanted, strict=True) if asked or one.status in FAILED]


def _answers(pgconn: pq.abc.PGconn) -> PQGen[Results]:
    results: Results = []
    while pgconn.flush():
        if (yield Wait.RW) & Ready.R:
            pgconn.consume_input()
    while True:
        while pgconn.is_busy():
            yield Wait.R
            pgconn.consume_input()
        result = pgconn.get_result()
        if result is None:
            continue  # between two statements' results
        if result.status == pq.ExecStatus.PIPELINE_SYNC:
            return results
        results.append(result)


def _parameter(value: Any) -> tuple[bytes | None, int, pq.Format]:
    match value:
        case None:
            return None, 0, pq.Format.TEXT
        case bytes():
            return value, 0, pq.Format.BINARY
        case bool():
            return (b"t" if value else b"f"), 0, pq.Format.TEXT
        case float():
            return repr(value).encode(), FLOAT8, pq.Format.TEXT
        case datetime():
            return value.isoformat().encode(), 0, pq.Format.TEXT
        case str() | int() | UUID():
            return str(value).encode(), 0, pq.Format.TEXT
        case _:
            raise TypeError(f"{type(value).__name__} is no parameter of a round trip.")


def _rows(connection: AsyncConnection[Any], result: pq.abc.PGresult) -> Rows:
    reader = Transformer(connection)
    reader.set_pgresult(result)
    return list(reader.load_rows(0, result.ntuples, tuple))
