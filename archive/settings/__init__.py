# SPDX-License-Identifier: EUPL-1.2
"""How an installation is set up: `longeva.toml` and the environment, checked before anything is opened."""

from archive.settings.load import load_settings
from archive.settings.model import (
    AuthoritySettings,
    CatalogSettings,
    CertificateSettings,
    ElasticsearchSettings,
    FolderSettings,
    IdentitySettings,
    LockSettings,
    LogSettings,
    ProviderSettings,
    S3Settings,
    Settings,
    StoreSettings,
    TantivySettings,
    TimestampSettings,
    WebSettings,
    WorkSettings,
)

__all__ = [
    "AuthoritySettings",
    "CatalogSettings",
    "CertificateSettings",
    "ElasticsearchSettings",
    "FolderSettings",
    "IdentitySettings",
    "LockSettings",
    "LogSettings",
    "ProviderSettings",
    "S3Settings",
    "Settings",
    "StoreSettings",
    "TantivySettings",
    "TimestampSettings",
    "WebSettings",
    "WorkSettings",
    "load_settings",
]
