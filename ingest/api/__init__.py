# SPDX-License-Identifier: EUPL-1.2
"""Deposits for machines, under `/api/v1/tenants/TENANT/`.

uploading   files in parts, however long it takes: tus 1.0
deposits    a package of what was sent, checked or deposited; where it stands; its receipt
webhooks    being told instead of asking
"""

from ingest.api.deposits import blueprint as _deposits
from ingest.api.uploading import blueprint as _uploads
from ingest.api.webhooks import blueprint as _webhooks

BLUEPRINTS = (_uploads, _deposits, _webhooks)
"""What `service.serving` registers."""
