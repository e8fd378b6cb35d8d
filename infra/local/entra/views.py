"""How does a record become an answer? One object or one page of them, as the replicas show it at this moment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from infra.local.entra.calls import Answer, Call, Document, not_found
from infra.local.entra.directory import Directory, ObjectKind, Record
from infra.local.entra.queries import context, matching, page, project, selection
from infra.local.entra.schema import COLLECTIONS


def addressed(directory: Directory, call: Call, kind: ObjectKind, key: str) -> Record:
    """The live object that a GET names, as a replica sees it; counts as a read of it.

    Raises:
        GraphError: 404, also for an object that exists but is not replicated yet.
    """
    object_id = directory.resolve(key)
    noted(call, object_id)
    record = directory.replicas.read(object_id)
    if record is None or record.kind != kind or not record.live:
        raise not_found(key)
    return record


def noted(call: Call, object_id: str) -> None:
    """Leave the id of an addressed object in the journal."""
    call.note.setdefault("objects", []).append(object_id)


def one(call: Call, record: Record, names: tuple[str, ...] | None) -> Document:
    """A single entity with its context."""
    return context(call, COLLECTIONS[record.kind], names, single=True) | project(record.properties, record.kind, names)


def typed(record: Record, names: tuple[str, ...] | None) -> Document:
    """An entity inside a collection of `directoryObject`: says its type."""
    return {"@odata.type": f"#microsoft.graph.{record.kind}"} | project(record.properties, record.kind, names)


def collection(call: Call, directory: Directory, ids: Iterable[str], *, kind: ObjectKind | None = None) -> Answer:
    """A page of live directory objects of mixed kinds (of one `kind` when cast)."""
    kinds: tuple[ObjectKind, ...] = (kind,) if kind else ("user", "group")
    names = selection(call, *kinds)
    records: dict[str, Record] = {}
    for object_id in ids:
        record = directory.replicas.glance(object_id)
        if record is not None and record.live and record.kind in kinds:
            records[object_id] = record
    passed = matching(call, (record.properties for record in records.values()), *kinds)
    shown, annotations = page(call, (document["id"] for document in passed))
    what = "directoryObjects" if kind is None else COLLECTIONS[kind]
    value = [typed(records[object_id], names) for object_id in shown]
    return Answer(body=context(call, what, names) | annotations | {"value": value})


def documents(call: Call, held: Mapping[str, Mapping[str, Any]], kind: str, what: str) -> Answer:
    """A page of what is no directory object: service principals, assignments, the organisation."""
    names = selection(call, kind)
    passed = matching(call, held.values(), kind)
    shown, annotations = page(call, (document["id"] for document in passed))
    value = [project(held[key], kind, names) for key in shown]
    return Answer(body=context(call, what, names) | annotations | {"value": value})
