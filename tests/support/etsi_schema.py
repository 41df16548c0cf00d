# SPDX-License-Identifier: EUPL-1.2
"""The schema of TS 119 102-2 out of the archives that DSS publishes on Maven Central, where they are at hand."""

from __future__ import annotations

import os
import re
import zipfile
from pathlib import Path

from lxml import etree

GROUP = "eu/europa/ec/joinup/sd-dss"
PARTS = ("specs-validation-report", "specs-xades", "specs-trusted-list-v211", "specs-xmldsig")
TRUSTED_LIST = "ts_119612v020101_xsd.xsd"


def report_schema(folder: Path) -> etree.XMLSchema | None:
    """Return the schema, unpacked into a folder with its imports beside it; None where it is not here."""
    group = Path(os.environ.get("MAVEN_REPOSITORY", Path.home() / ".m2" / "repository")) / GROUP
    for part in PARTS:
        for archive in sorted(group.glob(f"{part}/*/{part}-*.jar")):
            with zipfile.ZipFile(archive) as opened:
                for name in opened.namelist():
                    if name.endswith(".xsd"):
                        (folder / name.rsplit("/", 1)[-1]).write_bytes(_local(opened.read(name)))
    main = folder / "1910202xmlSchema.xsd"
    return etree.XMLSchema(etree.parse(str(main))) if main.exists() else None


def _local(schema: bytes) -> bytes:
    """Point every import at the file beside it."""
    text = re.sub(rb'schemaLocation="[^"]*/([^"/]+)"', rb'schemaLocation="\1"', schema)
    return re.sub(
        rb'schemaLocation="ts_119612v020201_201601xsd.xsd"', f'schemaLocation="{TRUSTED_LIST}"'.encode(), text
    )
