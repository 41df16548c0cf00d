# SPDX-License-Identifier: EUPL-1.2
"""What schemathesis must know of our media types; it loads this by SCHEMATHESIS_HOOKS."""

from __future__ import annotations

import schemathesis

schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")
