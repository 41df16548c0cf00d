# SPDX-License-Identifier: EUPL-1.2
"""The signed sample, touched afterwards. Samples come from `build_expediente`; each returns a folder."""

from __future__ import annotations

from pathlib import Path

from demo.hostile.catalogue import provokes
from demo.hostile.sample import copied, edited, index_name

_RECORDING = "*.wav"


@provokes("PKG-EXTERNAL-MISSING", signed=True)
def missing_recording(folder: Path, sample: Path) -> Path:
    """The recording that a document refers to did not come."""
    target = copied(sample, folder, "missing_recording")
    next(target.glob(_RECORDING)).unlink()
    return target


@provokes("PKG-EXTERNAL-MISMATCH", signed=True)
def changed_recording(folder: Path, sample: Path) -> Path:
    """One byte of the recording is another one."""
    name = next(sample.glob(_RECORDING)).name
    return edited(sample, folder, "changed_recording", name, lambda wave: wave[:-1] + bytes([wave[-1] ^ 1]))


@provokes(signed=True)
def pretty_printed_index(folder: Path, sample: Path) -> Path:
    """Somebody laid out the signed index for reading, so that its signature no longer holds."""
    return edited(
        sample,
        folder,
        "pretty_printed_index",
        index_name(sample),
        lambda xml: xml.replace(b"<eniconexpind:DocumentoIndizado>", b"\n  <eniconexpind:DocumentoIndizado>"),
    )


@provokes("ENI-ESTADO-REMISSION", signed=True)
def altered_metadata(folder: Path, sample: Path) -> Path:
    """Estado changed after signing, where the signature does not reach: it stays valid."""
    return edited(
        sample,
        folder,
        "altered_metadata",
        index_name(sample),
        lambda xml: xml.replace(b"Estado>E02<", b"Estado>E03<"),
    )
