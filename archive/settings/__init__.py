# SPDX-License-Identifier: EUPL-1.2
"""How an installation is set up: `longeva.toml` and the environment, checked before anything is opened."""

from archive.settings.load import load_settings
from archive.settings.model import (
    AuthoritySettings,
    CatalogSettings,
    ElasticsearchSettings,
    FolderSettings,
    LockSettings,
    LogSettings,
    S3Settings,
    Settings,
    StoreSettings,
    TantivySettings,
    TimestampSettings,
    WorkSettings,
)

__all__ = [
    "AuthoritySettings",
    "CatalogSettings",
    "ElasticsearchSettings",
    "FolderSettings",
    "LockSettings",
    "LogSettings",
    "S3Settings",
    "Settings",
    "StoreSettings",
    "TantivySettings",
    "TimestampSettings",
    "WorkSettings",
    "load_settings",
]
