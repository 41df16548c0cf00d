# SPDX-License-Identifier: EUPL-1.2
"""Files that come in parts, over days and bad lines, until they are whole and become a deposit.

    session   what an upload is and how far it has come: a value
    folder    where it lies: what was told to be here is on the medium, whatever is killed when

The web speaks tus 1.0 to it (ingest.api.uploading); a page's form may use it just as well.
"""
