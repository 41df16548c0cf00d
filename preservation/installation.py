# SPDX-License-Identifier: EUPL-1.2
"""Who this installation trusts, stamps with and seals with.

Out of the box that is a development authority in `HOME/authority`, made when first needed and WITHOUT LEGAL
VALUE. Anchors of real authorities are PEM files in `HOME/trust`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from archive.errors import ConfigurationError
from archive.home import Home
from preservation.authority import DevelopmentAuthority
from preservation.signatures.sign import ValidationMaterial, sign_cms
from preservation.timestamps import TimestampAuthority
from preservation.trust.store import TrustStore

AUTHORITY_FOLDER = "authority"
TRUST_FOLDER = "trust"
SEAL_ROLE = "seal"


def development_authority(home: Home) -> DevelopmentAuthority:
    """Open the installation's development authority, or make it.

    Raises:
        StorageUnavailable: There is none, and the home cannot be written.
    """
    folder = home.path / AUTHORITY_FOLDER
    try:
        return DevelopmentAuthority.open(folder, home.clock)
    except ConfigurationError:  # none yet, or one whose making was interrupted
        with home.writing():
            return DevelopmentAuthority.create(folder, home.clock)


def time_stamping(home: Home) -> TimestampAuthority:
    """Return who stamps the evidence of this installation, at the home's clock."""
    return development_authority(home).timestamp_authority(home.clock)


def trust_store(home: Home, at: datetime) -> TrustStore:
    """Return whom this installation trusts, with the revocation data at hand as of `at`."""
    store = TrustStore.from_authority(development_authority(home), at)
    folder = home.path / TRUST_FOLDER
    return store.joined(TrustStore.from_folder(folder)) if folder.is_dir() else store


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
