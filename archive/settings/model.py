# SPDX-License-Identifier: EUPL-1.2
"""What can be set, with the defaults of one machine and no server.

Every field is a line of `longeva.toml` and a variable of the environment: `[catalog] url` is
`LONGEVA_CATALOG__URL`, `[stores.second] secret_key` is `LONGEVA_STORES__SECOND__SECRET_KEY`.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator

NAME: Final = r"^[a-z][a-z0-9]{0,39}$"
"""What stores and authorities may be called: in reports, variables of the environment and file names."""


def _words(value: object) -> object:
    return value.split() if isinstance(value, str) else value


def _amount(value: object) -> object:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class FolderSettings(_Section):
    """A store in a folder of this machine."""

    kind: Literal["folder"] = "folder"
    path: str = "store"
    """Relative to the home, or absolute."""
    draining: bool = False
    """Is read, and written no more: on its way out."""


class LockSettings(_Section):
    """What an S3 service must enforce so that nobody, not even we, can delete (Object Lock)."""

    mode: Literal["off", "governance", "compliance"] = "off"
    """`compliance`: nobody may shorten it; `governance`: who has a special right may."""
    days: Annotated[int, Field(ge=0)] = 0
    """The shortest default retention that the bucket must have; 0 takes what it has."""
    insist: bool = True
    """Refuse a service that does not enforce it; otherwise go on, loudly marked."""


class S3Settings(_Section):
    """A store in a bucket of an S3 service."""

    kind: Literal["s3"]
    bucket: str
    """It must exist; Longeva makes none."""
    prefix: str = ""
    """Before every key; ends in `/` unless empty."""
    endpoint: str = ""
    """URL; empty for the service of AWS in `region`."""
    region: str = "us-east-1"
    """Most services of your own take any."""
    access_key: str = ""
    """Empty: as boto3 finds credentials by itself."""
    secret_key: SecretStr = SecretStr("")
    """Better as a credential than in the file."""
    ca_file: str = ""
    """PEM of the authority of the endpoint's certificate; empty for the system's."""
    addressing: Literal["path", "virtual"] = "path"
    """Bucket in the path of the address, or in its host name."""
    lock: LockSettings = LockSettings()
    """Object Lock."""
    connections: Annotated[int, Field(ge=1, le=256)] = 16
    """Uploads at a time."""
    draining: bool = False
    """Is read, and written no more: on its way out."""


StoreSettings = Annotated[FolderSettings | S3Settings, Field(discriminator="kind")]


def _place(store: FolderSettings | S3Settings) -> tuple[str, ...]:
    if isinstance(store, FolderSettings):
        return (store.path.rstrip("/"),)
    return (store.endpoint.rstrip("/"), store.bucket, store.prefix)


class CopiesSettings(_Section):
    """How many of the stores must have something before it is acknowledged."""

    quorum: Annotated[int, Field(ge=0)] = 0
    """0: the majority of the stores that are not draining."""


class CatalogSettings(_Section):
    """Where catalogue and ledger live."""

    url: SecretStr = SecretStr("")
    """`postgresql+psycopg://USER:PASSWORD@HOST/DATABASE`; empty for SQLite in the home."""
    owner_url: SecretStr = SecretStr("")
    """The same database as the owner of its schema, for upgrades; empty where `url` is the owner's."""


class TantivySettings(_Section):
    """The index inside this program."""

    kind: Literal["tantivy"] = "tantivy"


class ElasticsearchSettings(_Section):
    """An index in a cluster of Elasticsearch or OpenSearch."""

    kind: Literal["elasticsearch"]
    urls: Annotated[tuple[str, ...], BeforeValidator(_words), Field(min_length=1)]
    """A list, or one text with spaces between."""
    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,79}$")] = "longeva"
    """Alias; the indices behind it are `NAME-000001`, …"""
    user: str = ""
    """With `password`; or give `api_key`."""
    password: SecretStr = SecretStr("")
    api_key: SecretStr = SecretStr("")
    """Base64 of identifier and key, as the cluster gave it."""
    ca_file: str = ""
    """PEM of the authority of the cluster's certificate; empty for the system's."""
    shards: Annotated[int, Field(ge=1)] = 1
    """Of a new index."""
    replicas: Annotated[int, Field(ge=0)] = 1
    """Of a new index: copies beside the first one; 0 for a cluster of one node."""


class AuthoritySettings(_Section):
    """One RFC 3161 service."""

    url: Annotated[str, Field(pattern=r"^https?://")]
    """Where requests are sent (RFC 3161 3.4)."""
    user: str = ""
    """Empty: the service asks nobody who he is."""
    password: SecretStr = SecretStr("")
    policy: Annotated[str, Field(pattern=r"^(|\d+(\.\d+)+)$")] = ""
    """Dotted OID to ask for; empty takes the service's own."""
    ca_file: str = ""
    """PEM of the authority of the service's TLS certificate; empty for the system's. Whether its time stamps
    are believed is another matter: that is for the trust folder."""
    timeout: Annotated[float, Field(gt=0, le=300)] = 20.0
    """Seconds for a whole exchange; then the next one is asked."""
    price: Annotated[str, BeforeValidator(_amount), Field(pattern=r"^(|\d{1,6}(\.\d{1,4})?)$")] = ""
    """Euros for one time stamp, for the accounts; empty where it is not known."""


class TimestampSettings(_Section):
    """Who stamps the evidence, in the order to ask; none is the development authority."""

    authorities: dict[Annotated[str, Field(pattern=NAME)], AuthoritySettings] = {}
    """By a name of yours; the first that gives a good token wins."""


class EvidenceSettings(_Section):
    """When evidence is made and renewed, where a tenant's policy says nothing else."""

    interval: Annotated[int, Field(ge=0, le=365 * 86_400)] = 0
    """Seconds within which an object is sealed; 0: at every round of the worker."""
    batch: Annotated[int, Field(ge=1, le=100_000_000)] = 1_000_000
    """Leaves of the largest hash tree; a full one is sealed before its interval is over."""
    algorithm: Literal["sha256", "sha512", "sha3_512"] = "sha256"
    """Of new hash trees; `sha3_512` reads every file again when it is sealed."""
    tokens: Annotated[int, Field(ge=1, le=2)] = 1
    """Time stamps of different authorities over one tree."""
    heads_every: Annotated[int, Field(ge=0, le=365 * 86_400)] = 86_400
    """Seconds after which the heads of ledgers that grew are sealed although no object waits; 0: at every
    round."""
    renew_before: Annotated[int, Field(ge=1, le=3_650)] = 365
    """Days before a time stamp's end at which it is renewed."""
    retired: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")], date] = {}
    """Day from which an algorithm proves nothing, where that is decided before the table that is built in
    says so: `sha256 = "2040-01-01"`."""


class WorkSettings(_Section):
    """Who does what is due."""

    runner: Literal["in-process", "procrastinate"] = "in-process"
    """`procrastinate` needs the catalogue on PostgreSQL; then any number of machines share the work."""
    every: Annotated[int, Field(ge=1)] = 60
    """Seconds between two looks at what is due."""
    stalled_after: Annotated[int, Field(ge=10)] = 300
    """Seconds after which work whose worker is silent is taken over."""
    package_limit: Annotated[int, Field(ge=1)] = 64 << 30
    """Bytes of the largest package that the queue takes."""
    reserve: Annotated[int, Field(ge=0)] = 1 << 30
    """Bytes that an inbox in a folder leaves free on its medium."""
    upload_limit: Annotated[int, Field(ge=1)] = 20 << 30
    """Bytes of the largest file that is sent in parts over the web."""
    upload_days: Annotated[int, Field(ge=1)] = 7
    """Days after which a file of which no further part came is forgotten."""
    audit_sample: Annotated[int, Field(ge=0)] = 1000
    """Files read again every day; 0 for none."""
    audit_days: Annotated[int, Field(ge=0)] = 90
    """Days within which everything is read again; 0 for never."""


class WebSettings(_Section):
    """How pages and the operator's addresses are served."""

    host: str = "127.0.0.1"
    """Where pages are served; keep it behind a proxy that speaks TLS."""
    port: Annotated[int, Field(ge=1, le=65535)] = 8080
    base_url: str = ""
    """Public address, as codes and copies say it; empty for host and port."""
    threads: Annotated[int, Field(ge=1, le=64)] = 4
    """Requests answered at a time."""
    operator_host: str = "127.0.0.1"
    """Where `/metrics` and the reasons of `/readyz` are served: never to the public."""
    operator_port: Annotated[int, Field(ge=0, le=65535)] = 0
    """0: not at all."""
    trusted_proxies: Annotated[tuple[str, ...], BeforeValidator(_words)] = ()
    """Addresses or networks whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed."""
    secret: SecretStr = SecretStr("")
    """Signs sessions, 32 characters or more, the same on every machine; empty for the file `secret` of the
    home."""
    session_idle: Annotated[int, Field(ge=1, le=24 * 60)] = 30
    """Minutes without use after which a session is over."""
    session_length: Annotated[int, Field(ge=1, le=7 * 24)] = 10
    """Hours after which it is over in any case."""


class ProviderSettings(_Section):
    """An OpenID Connect provider; a broker before Cl@ve is one."""

    issuer: str = ""
    """Its address, as it calls itself; empty for none."""
    client_id: str = ""
    """As it knows this installation."""
    client_secret: SecretStr = SecretStr("")
    """Empty: a public client."""
    label: str = "Cl@ve"
    """As the button to enter says."""
    scopes: Annotated[tuple[str, ...], BeforeValidator(_words)] = ("openid", "profile")
    """What is asked for."""
    acr_values: str = ""
    """The assurance that is asked for, as the provider names it; of several with blanks between, any will do.
    Whoever comes with another one is not let in."""
    ca_file: str = ""
    """PEM of the authority of its TLS certificate; empty for the system's."""
    name_claim: str = "name"
    """What is shown."""
    nif_claim: str = ""
    """Which claim is the NIF; empty where it vouches for none."""
    roles_claim: str = ""
    """Claim with texts `TENANT:ROLE`, of the provider's staff; empty where it tells no roles."""
    citizens: bool = False
    """Whoever has a NIF and is nobody else may ask for copies."""


class CertificateSettings(_Section):
    """Client certificates that a trusted proxy checked (web.trusted_proxies)."""

    header: Annotated[str, Field(pattern=r"^(|[A-Za-z][A-Za-z0-9-]{1,60})$")] = ""
    """In which it sends the certificate: PEM, percent-encoded or not, or base64 of its DER; empty: none."""
    proof_header: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9-]{1,60}$")] = "X-Longeva-Proxy"
    """In which it proves that it is the proxy."""
    secret: SecretStr = SecretStr("")
    """What it sends there; 32 characters or more."""


class IdentitySettings(_Section):
    """How people and machines say who they are."""

    second_factor: bool = False
    """Whoever enters with a password must have enrolled a telephone."""
    provider: ProviderSettings = ProviderSettings()
    """OpenID Connect."""
    certificates: CertificateSettings = CertificateSettings()
    """Client certificates."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.provider.issuer and not self.provider.client_id:
            raise ValueError("provider.issuer needs provider.client_id")
        if self.certificates.header and len(self.certificates.secret.get_secret_value()) < 32:
            raise ValueError("certificates.header needs certificates.secret of 32 characters or more")
        return self


class WebhookSettings(_Section):
    """Who is told of what happens, instead of asking."""

    private_hosts: Annotated[tuple[str, ...], BeforeValidator(_words)] = ()
    """`HOST` or `HOST:PORT` of one's own network that may be told, also over plain http; others must have
    public addresses and speak TLS."""


class LogSettings(_Section):
    """What is written to stderr while working."""

    format: Literal["text", "json"] = "text"
    """`json`: one event a line, for a collector."""
    level: Literal["debug", "info", "warning", "error"] = "info"
    """The least weight that is written."""


class Settings(_Section):
    """Everything that can be set."""

    stores: Annotated[dict[Annotated[str, Field(pattern=NAME)], StoreSettings], Field(min_length=1)] = {
        "local": FolderSettings()
    }
    """In the order in which they are read from."""
    inbox: StoreSettings = FolderSettings(path="inbox")
    """Where deposits wait for a worker: its bytes are deleted, so it must not be locked."""
    copies: CopiesSettings = CopiesSettings()
    """How many copies before an acknowledgement."""
    catalog: CatalogSettings = CatalogSettings()
    """Where catalogue and ledger live."""
    index: Annotated[TantivySettings | ElasticsearchSettings, Field(discriminator="kind")] = TantivySettings()
    """What searches."""
    timestamps: TimestampSettings = TimestampSettings()
    """Who stamps the evidence."""
    evidence: EvidenceSettings = EvidenceSettings()
    """When evidence is made and renewed."""
    work: WorkSettings = WorkSettings()
    """Who does what is due, and how often."""
    web: WebSettings = WebSettings()
    """How pages are served."""
    identity: IdentitySettings = IdentitySettings()
    """How people and machines say who they are."""
    webhooks: WebhookSettings = WebhookSettings()
    """Who is told of what happens."""
    log: LogSettings = LogSettings()
    """What `serve` and `worker` write to stderr."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        active = [store for store in self.stores.values() if not store.draining]
        if not active:
            raise ValueError("every store is draining: one must take what comes in")
        if self.copies.quorum > len(active):
            raise ValueError(
                f"copies.quorum is {self.copies.quorum}, and {len(active)} stores can be written"
            )
        places = [_place(each) for each in (*self.stores.values(), self.inbox)]
        if len(set(places)) < len(places):
            raise ValueError(
                "two stores, or a store and the inbox, are in one place: they are not two copies"
            )
        if self.inbox.draining or (isinstance(self.inbox, S3Settings) and self.inbox.lock.mode != "off"):
            raise ValueError("the inbox is filled and emptied: it can neither drain nor ask for locks")
        if self.work.runner == "procrastinate" and not self.catalog.url.get_secret_value():
            raise ValueError("work.runner = procrastinate needs catalog.url of a PostgreSQL")
        return self

    @property
    def quorum(self) -> int:
        """How many stores must have something before it is acknowledged."""
        active = sum(not store.draining for store in self.stores.values())
        return self.copies.quorum or active // 2 + 1
