# SPDX-License-Identifier: EUPL-1.2
"""Who this installation trusts, stamps with and seals with.

Out of the box that is a development authority in `HOME/authority`, made when first needed and WITHOUT LEGAL
VALUE. Anchors of real authorities are PEM files and trusted lists in `HOME/trust` (docs/trust.md); services
that stamp are settings (docs/configuration.md). Receipts and copies are sealed by the development authority.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

from archive.catalog import INSTALLATION
from archive.digests import digest_bytes
from archive.errors import ConfigurationError
from archive.home import Home
from archive.model import SYSTEM_TENANT
from preservation.authority import DevelopmentAuthority
from preservation.retirement import decided_by
from preservation.signatures.augmentation import ValidationMaterial
from preservation.signatures.cms.sign import sign_cms  # not by the common door, which loads PDF too
from preservation.stamping import TimestampAuthorities, configured_authorities
from preservation.strength import Strength
from preservation.trust.policy_files import POLICIES, PolicyFiles
from preservation.trust.revocation_cache import REVOCATION, RevocationCache
from preservation.trust.settings import read_settings
from preservation.trust.store import TrustStore
from preservation.trusted_lists.shelf import Shelf

AUTHORITY_FOLDER = "authority"
TRUST_FOLDER = "trust"
SEAL_ROLE = "seal"
AUTHORITY_MADE = "authority.made"


def development_authority(home: Home) -> DevelopmentAuthority:
    """Open the installation's development authority, or make it: once, where several machines share one.

    Raises:
        StorageUnavailable: There is none, and the home cannot be written.
        ConfigurationError: Another machine has made it: its folder must be copied here.
    """
    folder = home.path / AUTHORITY_FOLDER
    with suppress(ConfigurationError):  # none yet, or one whose making was interrupted
        return DevelopmentAuthority.open(folder, home.clock)
    with home.writing():
        with suppress(ConfigurationError):  # another process of this machine may have been quicker
            return DevelopmentAuthority.open(folder, home.clock)
        if home.engines.embedded_catalog:
            return DevelopmentAuthority.create(folder, home.clock)
        return _shared_authority(home, folder)


def _shared_authority(home: Home, folder: Path) -> DevelopmentAuthority:
    """Make the authority unless the catalogue, which the machines share, says that there is one."""
    with home.catalog.reading(INSTALLATION) as tx:
        made = any(event.kind == AUTHORITY_MADE for event in tx.events_about(AUTHORITY_FOLDER))
        # an archive that began on one machine had no need to tell; but objects have sealed receipts
        made = made or tx.object_count() > 0
    if made:
        raise ConfigurationError(
            "the development authority of this archive was made on another machine: copy "
            f"{AUTHORITY_FOLDER}/ and {TRUST_FOLDER}/ from its home to {home.path}, owner and modes too"
        )
    authority = DevelopmentAuthority.create(folder, home.clock)
    root = digest_bytes(authority.anchors()[0]).sha256
    with home.catalog.transaction(INSTALLATION) as tx:
        home.ledger.append(
            tx, SYSTEM_TENANT, AUTHORITY_MADE, AUTHORITY_FOLDER, "worker", {"root_sha256": root}
        )
    home.carry(SYSTEM_TENANT)
    return authority


def time_stamping(home: Home) -> TimestampAuthorities:
    """Return who stamps the evidence of this installation, at the home's clock.

    Those are whom the settings name (`[timestamps.authorities.NAME]`), else the development authority alone.

    Raises:
        ConfigurationError: The settings name a file that is not there, or the trust folder is not understood.
    """
    named, now = home.engines.settings.timestamps.authorities, home.clock.now()
    if not named:
        authority = development_authority(home)
        trust = TrustStore.from_authority(authority, now)
        return TimestampAuthorities([authority.timestamp_authority(home.clock)], trust=trust)
    trust = decided_trust(home, now)
    asked = configured_authorities(home, trust, strength(home))
    prices = {name: each.price for name, each in named.items()}
    return TimestampAuthorities(asked, trust=trust, prices=prices)


def decided_trust(home: Home, at: datetime) -> TrustStore:
    """Return whom the operator decided to trust, as of `at`, without the development authority."""
    folder = home.path / TRUST_FOLDER
    return trust_of_folder(folder, at) if folder.is_dir() else TrustStore()


def trust_store(home: Home, at: datetime) -> TrustStore:
    """Return whom this installation trusts, with the revocation data at hand as of `at`."""
    return TrustStore.from_authority(development_authority(home), at).joined(decided_trust(home, at))


def trust_of_folder(folder: Path, at: datetime) -> TrustStore:
    """Return what the archive's trust folder says: anchors, with their dates, and the lists kept there.

    Raises:
        ConfigurationError: Something in it is not understood.
        IntegrityError: A list kept there is not what it was.
    """
    settings = read_settings(folder)
    store = TrustStore.from_folder(folder).joined(Shelf(folder).trust(at, national=settings.national))
    return replace(store, kept=RevocationCache(folder / REVOCATION), policies=PolicyFiles(folder / POLICIES))


def strength(home: Home) -> Strength:
    """Return until when each algorithm proves something here: the table, and what the operator decided.

    The same table each time for the same decisions, so that verdicts about tokens are remembered.

    Raises:
        ConfigurationError: `evidence.retired` names an algorithm that the table does not have.
    """
    return _strength(tuple(sorted(home.engines.settings.evidence.retired.items())))


@lru_cache(maxsize=8)
def _strength(retired: tuple[tuple[str, date], ...]) -> Strength:
    try:
        return decided_by(retired)
    except KeyError as cause:
        raise ConfigurationError(f"evidence.retired: there is no algorithm {cause.args[0]}") from cause


def kept_list(home: Home, digest: str) -> bytes:
    """Return an edition of a trusted list that the trust folder keeps, as it was published.

    Raises:
        NotFound: It is not there.
        IntegrityError: It is not what it was.
    """
    return Shelf(home.path / TRUST_FOLDER).edition(digest)


def archive_seal(home: Home) -> Callable[[bytes], bytes]:
    """Return the function that seals receipts: detached CAdES of the archive's sello de órgano."""
    identity = development_authority(home).identity(SEAL_ROLE)
    return lambda data: sign_cms(data, identity, detached=True, signing_time=home.clock.now())


def validation_material(home: Home) -> ValidationMaterial:
    """Return what a long-term signature of the archive's seal carries: chain and revocation data of today."""
    authority, now = development_authority(home), home.clock.now()
    seal = authority.identity(SEAL_ROLE)
    certificates = (*authority.intermediates(), *authority.anchors())
    return ValidationMaterial(certificates, authority.crls(now), (authority.ocsp(seal.certificate, now),))
