"""How are the rows kept in Azure Tables? One table, `PartitionKey` and `RowKey` as the ledger makes them, ETags."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

from shared.errors import Refused, Stale, StoreDown, SyncError
from shared.runtime.rows import Key, Row

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential
    from azure.core.exceptions import AzureError
    from azure.data.tables.aio import TableClient

_T = TypeVar("_T")

_TOGETHER: Final = 16  # reads in flight of one get_many
_PAGE: Final = 1000  # the most that the service gives in one answer
# The storage emulator's published account (learn.microsoft.com, "Use the Azurite emulator"), which the SDK for
# tables does not know by its short name.
_EMULATOR: Final = (
    "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;"
    "AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;"
    "TableEndpoint=http://127.0.0.1:10002/devstoreaccount1;"
)


class TableRows:
    """`Rows` in one Azure table, created when it is missing. Made by `at` or `connected`.

    Args:
        client: closed with the rows.
        timeout: seconds for one operation, retries of the SDK included, before `StoreDown`.
    """

    def __init__(self, client: TableClient, *, timeout: float = 5.0) -> None:
        self._client = client
        self._timeout = timeout

    @classmethod
    def at(cls, endpoint: str, credential: AsyncTokenCredential, *, table: str, timeout: float = 5.0) -> Self:
        """At `https://<account>.table.core.windows.net`; the identity needs *Storage Table Data Contributor*."""
        from azure.data.tables.aio import TableClient

        return cls(TableClient(endpoint, table, credential=credential, **_patience(timeout)), timeout=timeout)

    @classmethod
    def connected(cls, connection_string: str, *, table: str, timeout: float = 5.0) -> Self:
        """By a storage connection string; `UseDevelopmentStorage=true` is Azurite on its usual port."""
        from azure.data.tables.aio import TableClient

        if connection_string.strip(";") == "UseDevelopmentStorage=true":
            connection_string = _EMULATOR
        client = TableClient.from_connection_string(connection_string, table_name=table, **_patience(timeout))
        return cls(client, timeout=timeout)

    async def get(self, partition: str, row: str) -> Row | None:
        async def read() -> Row | None:
            from azure.core.exceptions import ResourceNotFoundError

            try:
                return _row(await self._client.get_entity(partition, row))
            except ResourceNotFoundError as error:
                if _no_table(error):
                    raise
                return None

        return await self._run(read)

    async def get_many(self, keys: Sequence[Key]) -> dict[Key, Row]:
        """Reads of single rows, several in flight: a filter over many keys makes the service scan the partition."""
        distinct = list(dict.fromkeys(keys))
        free = asyncio.Semaphore(_TOGETHER)

        async def one(at: Key) -> Row | None:
            async with free:
                return await self.get(*at)

        rows = await asyncio.gather(*(one(at) for at in distinct))
        return {at: row for at, row in zip(distinct, rows, strict=True) if row is not None}

    async def query(
        self, partition: str, *, after: str = "", before: str | None = None, limit: int = 1000
    ) -> list[Row]:
        wanted = "PartitionKey eq @partition and RowKey gt @after"
        parameters = {"partition": partition, "after": after}
        if before is not None:
            wanted += " and RowKey lt @before"
            parameters["before"] = before

        async def read() -> list[Row]:
            rows: list[Row] = []
            if limit < 1:
                return rows
            page = min(limit, _PAGE)
            async for entity in self._client.query_entities(wanted, parameters=parameters, results_per_page=page):
                rows.append(_row(entity))
                if len(rows) == limit:
                    break
            return rows

        return await self._run(read)

    async def insert(self, partition: str, row: str, values: Mapping[str, str]) -> str:
        return await self._run(lambda: self._insert(_entity(partition, row, values)))

    async def upsert(self, partition: str, row: str, values: Mapping[str, str]) -> str:
        return await self._run(lambda: self._upsert(_entity(partition, row, values)))

    async def replace(self, partition: str, row: str, values: Mapping[str, str], *, etag: str) -> str:
        return await self._run(lambda: self._replace(_entity(partition, row, values), etag))

    async def delete(self, partition: str, row: str, *, etag: str | None = None) -> None:
        from azure.core import MatchConditions

        async def remove() -> None:
            if etag is None:
                await self._client.delete_entity(partition, row)
            else:
                condition = MatchConditions.IfNotModified
                await self._client.delete_entity(partition, row, etag=etag, match_condition=condition)

        await self._run(remove)

    async def close(self) -> None:
        await self._client.close()

    async def _insert(self, entity: dict[str, str]) -> str:
        return str((await self._client.create_entity(entity))["etag"])

    async def _upsert(self, entity: dict[str, str]) -> str:
        from azure.data.tables import UpdateMode

        return str((await self._client.upsert_entity(entity, mode=UpdateMode.REPLACE))["etag"])

    async def _replace(self, entity: dict[str, str], etag: str) -> str:
        from azure.core import MatchConditions
        from azure.data.tables import UpdateMode

        condition = MatchConditions.IfNotModified
        answer = await self._client.update_entity(entity, mode=UpdateMode.REPLACE, etag=etag, match_condition=condition)
        return str(answer["etag"])

    async def _run(self, work: Callable[[], Awaitable[_T]]) -> _T:
        """One operation under the deadline, once more when its table had to be created first."""
        from azure.core.exceptions import AzureError

        try:
            async with asyncio.timeout(self._timeout):
                try:
                    return await work()
                except AzureError as error:
                    if not _no_table(error):
                        raise
                await self._create_table()
                return await work()
        except TimeoutError as error:
            raise StoreDown(f"the ledger did not answer within {self._timeout:g} s") from error
        except AzureError as error:
            raise _translated(error) from error
        except SyncError:
            raise
        except Exception as error:  # the SDK met an answer that no table service gives
            raise StoreDown(f"the ledger's answer is none that the SDK can read: {type(error).__name__}") from error

    async def _create_table(self) -> None:
        from azure.core.exceptions import ResourceExistsError

        try:
            await self._client.create_table()
        except ResourceExistsError:
            return  # another worker was first


def _patience(timeout: float) -> dict[str, Any]:
    """One quick retry on a lost connection; everything longer belongs to the retry table of the design (§9)."""
    return {"connection_timeout": timeout, "read_timeout": timeout, "retry_total": 1, "retry_backoff_factor": 0.1}


def _entity(partition: str, row: str, values: Mapping[str, str]) -> dict[str, str]:
    return {**values, "PartitionKey": partition, "RowKey": row}


def _row(entity: Any) -> Row:
    try:
        partition, row, etag = entity["PartitionKey"], entity["RowKey"], str(entity.metadata["etag"])
    except KeyError as error:  # 200 from something that is no table service, for example a proxy
        raise StoreDown(f"the ledger answered something that is no row: {error} is missing") from error
    values = {str(name): str(value) for name, value in entity.items() if name not in ("PartitionKey", "RowKey")}
    return Row(partition=partition, row=row, values=values, etag=etag)


def _no_table(error: AzureError) -> bool:
    """Whether the table itself is missing. Answers to an insert come without code; there, nothing else can be."""
    from azure.core.exceptions import ResourceNotFoundError

    return isinstance(error, ResourceNotFoundError) and _code(error) in ("", "TableNotFound")


def _code(error: AzureError) -> str:
    """The service's own word for what went wrong; empty where the SDK does not tell (12.7: `create_entity`)."""
    code = getattr(error, "error_code", None)
    return str(getattr(code, "value", code) or "")


def _translated(error: AzureError) -> SyncError:
    """What a caller can do about it. The SDK's text is left out: it quotes request ids and times over many lines."""
    from azure.core.exceptions import (
        HttpResponseError,
        ResourceExistsError,
        ResourceModifiedError,
        ResourceNotFoundError,
    )

    code = _code(error) or type(error).__name__
    if isinstance(error, (ResourceExistsError, ResourceModifiedError, ResourceNotFoundError)) and not _no_table(error):
        return Stale(f"a row of the ledger was written by somebody else ({code})")
    status = error.status_code if isinstance(error, HttpResponseError) else None
    if status in (400, 413):
        return Refused(f"the ledger refuses a row ({status} {code})", code)
    return StoreDown(f"the ledger does not answer ({status or 'no answer'}, {code})")
