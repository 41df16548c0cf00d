# SPDX-License-Identifier: EUPL-1.2
"""`longeva init · tenant · show`: what is kept, seen from the terminal."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click
from rich.markup import escape

from archive.catalog import INSTALLATION, BatchRecord, Transaction, scope_of
from archive.clock import format_instant
from archive.errors import InvalidRequest, NotFound
from archive.home import Home
from archive.model import LedgerEvent, ObjectRecord, Tenant
from archive.terminal import App, Outcome, longeva_command


@longeva_command()
def init(app: App) -> Outcome:
    """Make an empty archive in the home folder.

    The folder must not exist, or be empty but for longeva.toml. Nothing else is needed: the catalogue, the
    store and the index are embedded. Where the settings lead to the database and the stores of an archive
    that is there already, this machine gets a home of that archive.
    """
    with Home.create(app.home_path, app.clock) as home:
        path, joined = str(home.path), home.joined
    what = "One more home of the archive" if joined else "An empty archive"
    return Outcome({"home": path, "joined": joined}, [f"[green]{what}[/] in {escape(path)}"])


@click.group()
def tenant() -> None:
    """Municipalities: each is its own archive."""


@longeva_command("add")
@click.argument("tenant_id", metavar="ID")
@click.option("--name", required=True, help="Name of the administration, as it signs.")
@click.option("--dir3", required=True, metavar="CODE", help="Its DIR3 code, such as L01990019.")
def tenant_add(app: App, tenant_id: str, name: str, dir3: str) -> Outcome:
    """Add a municipality.

    ID is a short name for commands and addresses: a-z, 0-9, hyphen.
    """
    with app.home() as home:
        added = home.add_tenant(tenant_id, name, dir3)
    body = {"tenant": tenant_json(added)}
    return Outcome(
        body, [f"[green]{escape(added.name)}[/] ({added.dir3}) is tenant [bold]{added.tenant_id}[/]"]
    )


@longeva_command("list")
def tenant_list(app: App) -> Outcome:
    """List the municipalities."""
    with app.home() as home, home.catalog.reading(INSTALLATION) as tx:
        tenants = [tenant_json(each) for each in tx.tenants()]
    return Outcome(
        {"tenants": tenants}, [f"{each['id']:<20} {each['dir3']}  {each['name']}" for each in tenants]
    )


tenant.add_command(tenant_add)
tenant.add_command(tenant_list)


@longeva_command(short_help="Show metadata, files, signatures, evidence and history.")
@click.argument("reference", metavar="OBJECT")
@click.option("--tenant", "tenant_id", help="Look only in this municipality's archive.")
def show(app: App, reference: str, tenant_id: str | None) -> Outcome:
    """Show what is known of an object: metadata, files, signatures, evidence, history.

    OBJECT is an object identifier, an ENI identifier, a deposit, or the start of a package digest.
    """
    with app.home() as home, home.catalog.reading(scope_of(tenant_id)) as tx:
        body = object_json(tx, find_object(tx, reference, tenant_id))
    return Outcome(body, _object_lines(body))


def find_object(tx: Transaction, reference: str, tenant_id: str | None = None) -> ObjectRecord:
    """Return the one object that a reference names.

    Raises:
        NotFound: None does.
        InvalidRequest: Several do; the message lists them.
    """
    found = tx.find_objects(tenant_id, reference)
    if not found:
        raise NotFound(f"no object is called {reference!r}", place=reference)
    if len(found) > 1:
        names = ", ".join(each.object_id for each in found)
        raise InvalidRequest(f"several objects are called {reference}, name one in full: {names}")
    return found[0]


def tenant_json(tenant: Tenant) -> dict[str, Any]:
    """Return a tenant as `--json` shows it."""
    created = format_instant(tenant.created_at)
    return {"id": tenant.tenant_id, "name": tenant.name, "dir3": tenant.dir3, "created_at": created}


def object_json(tx: Transaction, record: ObjectRecord) -> dict[str, Any]:
    """Return everything the catalogue knows of an object."""
    return {
        "object": record.object_id,
        "tenant": record.tenant_id,
        "kind": str(record.kind),
        "eni_id": record.eni_id,
        "title": record.title,
        "version": record.version,
        "package_digest": record.package_digest,
        "created_at": format_instant(record.created_at),
        "metadata": record.metadata,
        "files": [
            {"path": file.path, "role": str(file.role), "eni_id": file.eni_id, "media_type": file.media_type}
            | file.digests.to_json()
            for file in tx.files(record.object_id)
        ],
        "documents": [asdict(document) for document in tx.documents(record.object_id)],
        "signatures": [asdict(signature) for signature in tx.signatures(record.object_id)],
        "evidence": [
            _batch_json(link.batch) | {"leaf": link.leaf.index if at == 0 else None}
            for line in tx.lines_of(record.object_id)
            for at, link in enumerate(line)
        ],
        "history": [event_json(event) for event in tx.events_about(record.object_id)],
    }


def _batch_json(batch: BatchRecord) -> dict[str, Any]:
    return {
        "batch": batch.batch_id,
        "kind": batch.kind,
        "sealed_at": format_instant(batch.sealed_at),
        "authority": batch.authority,
        "valid_until": format_instant(batch.valid_until),
    }


def event_json(event: LedgerEvent) -> dict[str, Any]:
    """Return a ledger event as `--json` shows it."""
    return {
        "sequence": event.sequence,
        "at": format_instant(event.at),
        "kind": event.kind,
        "subject": event.subject,
        "agent": event.agent,
        "detail": event.detail,
        "digest": event.digest,
    }


def _object_lines(body: dict[str, Any]) -> list[str]:
    lines = [
        f"[bold]{escape(body['title'])}[/]",
        f"{body['eni_id']}  [dim]{body['kind']} of {body['tenant']}, kept since {body['created_at']}[/]",
        f"[dim]{body['object']}[/]",
        "",
        f"[bold]Documents[/] ({len(body['documents'])})",
    ]
    lines += [
        f"  {doc['tipo_documental']:<5}{doc['estado_elaboracion']:<5}{escape(doc['name'])}  "
        f"[dim]{escape(doc['path'])}[/]"
        for doc in body["documents"]
    ]
    lines += ["", f"[bold]Signatures[/] ({len(body['signatures'])})"]
    lines += [
        f"  {sig['indication']:<14} {sig['sub_indication']:<24} {sig['format']} {sig['level']}  "
        f"{escape(sig['signer'])}  [dim]{escape(sig['path'])} {escape(sig['place'])}[/]"
        for sig in body["signatures"]
    ]
    lines += ["", f"[bold]Evidence[/] ({len(body['evidence'])})"]
    lines += [
        f"  {each['kind']:<8} {each['sealed_at']}, good until {each['valid_until']}  "
        f"{escape(each['authority'])}"
        for each in body["evidence"]
    ]
    lines += ["", "[bold]History[/]"]
    lines += [f"  {event['at']}  {event['kind']:<20} {escape(event['agent'])}" for event in body["history"]]
    return lines
