# SPDX-License-Identifier: EUPL-1.2
"""Deposits for machines, under `/api/v1/tenants/TENANT/`.

uploading   files in parts, however long it takes: tus 1.0
deposits    a package of what was sent, checked or deposited; where it stands; its receipt
webhooks    being told instead of asking
"""

from ingest.api.deposits import blueprint as _deposits
from ingest.api.uploading import blueprint as _uploads

BLUEPRINTS = (_uploads, _deposits)
"""What `service.serving` registers."""
