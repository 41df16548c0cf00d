# SPDX-License-Identifier: EUPL-1.2
"""The one error tree: what stops the work, with a code, an exit code and words for people.

A bad signature is not here: it is a verdict (a value). FAILED (policy said no) is not ERROR (the system
could not). Foreign exceptions are turned into these at every package border.

    LongevaError                 code · title · http_status · exit_code · retryable
    ├── RequestError             the caller can mend it
    │   ├── InvalidRequest · InvalidInput · ChecksumMismatch · XmlRefused · NotFound · LimitExceeded
    │   ├── NotIdentified · Refused · TooManyRequests · NotAvailable
    ├── ConflictError            identifier taken by other bytes, home from a newer version, locked
    ├── IntegrityError           stored bytes or evidence disagree: page someone
    ├── TrustError               something could not be proven
    ├── ServiceError             a store, database, index or authority failed: try again
    └── ConfigurationError       the operator must mend it

Programming errors stay Python's own and are never caught except at the edges.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archive.findings import Finding


class LongevaError(Exception):
    """Base of everything that stops the work. Its message says what happened and what to do."""

    code: ClassVar[str] = "error"
    """Stable, documented in docs/reference/errors.md."""
    title: ClassVar[str] = "The work stopped"
    titulo: ClassVar[str] = "El trabajo se ha detenido"
    http_status: ClassVar[int] = 500
    exit_code: ClassVar[int] = 1
    retryable: ClassVar[bool] = False

    def __init__(self, message: str = "", *, place: str = "", findings: Sequence[Finding] = ()) -> None:
        super().__init__(message or self.title)
        self.place = place
        self.findings = tuple(findings)

    def problem(self) -> dict[str, object]:
        """Return the RFC 9457 problem object that the CLI (`--json`) and HTTP both give."""
        body: dict[str, object] = {
            "type": f"urn:longeva:error:{self.code}",
            "title": self.title,
            "titulo": self.titulo,
            "status": self.http_status,
            "code": self.code,
            "detail": str(self),
        }
        if self.place:
            body["instance"] = self.place
        if self.findings:
            body["findings"] = [finding.to_json() for finding in self.findings]
        return body


class RequestError(LongevaError):
    """The caller can mend it."""

    code = "request"
    title = "The request cannot be fulfilled as it stands"
    titulo = "La petición no puede atenderse tal como está"
    http_status = 400
    exit_code = 2


class InvalidRequest(RequestError):
    """The arguments do not make sense."""

    code = "invalid-request"
    title = "The arguments do not make sense"
    titulo = "Los argumentos no son correctos"


class InvalidInput(RequestError):
    """What came in can be read and does not fit what is taken; which places, the answer says."""

    code = "invalid-input"
    title = "The input does not fit what is taken here"
    titulo = "Lo enviado no se ajusta a lo que aquí se admite"
    http_status = 422
    exit_code = 16


class ChecksumMismatch(RequestError):
    """A part of a file is not what its checksum says: it was thrown away, send it again."""

    code = "checksum-mismatch"
    title = "What arrived is not what its checksum says"
    titulo = "Lo recibido no coincide con su suma de comprobación"
    http_status = 460
    exit_code = 17
    retryable = True


class NotAvailable(RequestError):
    """A thing that this version does not do, said plainly instead of doing less."""

    code = "not-available"
    title = "This version does not do that yet"
    titulo = "Esta versión todavía no lo hace"
    http_status = 501
    exit_code = 3


class XmlRefused(RequestError):
    """An XML that cannot be read safely: malformed, hostile or over a limit; its finding says which."""

    code = "xml-refused"
    title = "The XML cannot be read safely"
    titulo = "El XML no puede leerse con seguridad"
    http_status = 422
    exit_code = 10


class NotFound(RequestError):
    """No such thing, or none that the caller may know of: the words are the same (RD 1708/2011 art. 29.3)."""

    code = "not-found"
    title = "Not found"
    titulo = "No se ha encontrado"
    http_status = 404
    exit_code = 11


class NotIdentified(RequestError):
    """Whoever asks has to say first who he is; nothing was looked up."""

    code = "not-identified"
    title = "Say first who you are"
    titulo = "Antes debe identificarse"
    http_status = 401
    exit_code = 13


class Refused(RequestError):
    """Asked in a way that is never granted: a form from elsewhere, a signature that does not hold."""

    code = "refused"
    title = "Refused"
    titulo = "No se admite la petición"
    http_status = 403
    exit_code = 14


class TooManyRequests(RequestError):
    """Asked too often in too short a time."""

    code = "too-many-requests"
    title = "Too many requests; wait a little"
    titulo = "Demasiadas peticiones; espere un poco"
    http_status = 429
    exit_code = 15
    retryable = True

    def __init__(
        self, message: str = "", *, place: str = "", findings: Sequence[Finding] = (), retry_after: int = 0
    ) -> None:
        super().__init__(message, place=place, findings=findings)
        self.retry_after = retry_after
        """Seconds; 0 where nobody knows."""


class LimitExceeded(RequestError):
    """Size, depth, count or rate over the stated limit."""

    code = "limit-exceeded"
    title = "A limit was exceeded"
    titulo = "Se ha superado un límite"
    http_status = 413
    exit_code = 12


class ConflictError(LongevaError):
    """What is asked contradicts what is already there; what is there stays."""

    code = "conflict"
    title = "It contradicts what is already kept"
    titulo = "Contradice lo que ya se conserva"
    http_status = 409
    exit_code = 30


class IntegrityError(LongevaError):
    """Stored bytes, ledger or evidence disagree with what was recorded: page someone."""

    code = "integrity"
    title = "What is stored disagrees with what was recorded"
    titulo = "Lo conservado no coincide con lo registrado"
    http_status = 500
    exit_code = 40


class TrustError(LongevaError):
    """Something that must be proven before going on could not be proven."""

    code = "trust"
    title = "It could not be proven"
    titulo = "No se ha podido probar"
    http_status = 500
    exit_code = 50


class ServiceError(LongevaError):
    """A store, database, index or authority failed. Nothing acknowledged is lost; try again."""

    code = "service"
    title = "A service failed; try again"
    titulo = "Ha fallado un servicio; vuelva a intentarlo"
    http_status = 503
    exit_code = 60
    retryable = True


class StorageUnavailable(ServiceError):
    """The store cannot be written or read: disk full, read-only, input or output error."""

    code = "storage-unavailable"
    title = "The store is not available"
    titulo = "El almacén no está disponible"


class CatalogUnavailable(ServiceError):
    """The catalogue database cannot be used."""

    code = "catalog-unavailable"
    title = "The catalogue is not available"
    titulo = "El catálogo no está disponible"


class IndexUnavailable(ServiceError):
    """The search index cannot be used; it can be rebuilt from the archive."""

    code = "index-unavailable"
    title = "The search index is not available"
    titulo = "El índice de búsqueda no está disponible"


class IndexOutdated(IndexUnavailable):
    """Another version made the search index; whoever may write makes it anew by himself."""

    code = "index-outdated"
    title = "The search index is of another version"
    titulo = "El índice de búsqueda es de otra versión"


class IndexBusy(IndexUnavailable):
    """Another process is writing the search index; what it holds can be searched meanwhile."""

    code = "index-busy"
    title = "The search index is being written"
    titulo = "Se está escribiendo el índice de búsqueda"


class TimestampUnavailable(ServiceError):
    """No time-stamping authority gave a token that passes every check."""

    code = "timestamp-unavailable"
    title = "No time stamp could be had"
    titulo = "No se ha podido obtener un sello de tiempo"


class ConfigurationError(LongevaError):
    """The operator must mend it; the message names the setting."""

    code = "configuration"
    title = "The configuration must be mended"
    titulo = "Hay que corregir la configuración"
    exit_code = 70
