# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import hashlib
import re
from base64 import b64decode

import pytest

from demo.loads import plain_package, plain_packages


def _content(xml: bytes) -> bytes:
    found = re.search(rb"<enifile:ValorBinario>([^<]*)<", xml)
    assert found is not None
    return b64decode(found[1], validate=True)


@pytest.mark.parametrize("kind", ["binary", "text"])
@pytest.mark.parametrize("size", [0, 10, 5000, 5_000_000])
def test_contents_have_the_size_and_the_huella_that_were_promised(tmp_path, kind, size):
    """Each content is as long as asked for, unlike the others, and its huella stands in the index."""
    load = plain_package(tmp_path, 2, size, seed=3, kind=kind)
    index = (tmp_path / load.index_name).read_text()
    contents = [_content((tmp_path / name).read_bytes()) for name in load.document_names]
    assert [len(content) for content in contents] == [size, size]
    assert all(hashlib.sha512(content).hexdigest() in index for content in contents)
    assert size <= 10 or contents[0] != contents[1]
    assert load.total_bytes == sum(path.stat().st_size for path in tmp_path.iterdir())


def test_text_is_text(tmp_path):
    """Contents of kind text are UTF-8 through and through, wherever the slice began."""
    load = plain_package(tmp_path, 40, 997, seed=5, kind="text")
    for name in load.document_names:
        assert "Documento" in _content((tmp_path / name).read_bytes()).decode()


def test_loads_are_repeatable_and_distinct(tmp_path):
    """The same seed gives the same bytes; packages of one call have identifiers of their own."""
    first, second = list(plain_packages(tmp_path / "a", 2, 1, 100, seed=9))
    again = plain_package(tmp_path / "b", 1, 100, seed=9)
    assert first.eni_id != second.eni_id
    for name in (again.index_name, *again.document_names):
        assert (first.folder / name).read_bytes() == (again.folder / name).read_bytes()


def test_the_index_is_signed_in_the_way_asked_for(tmp_path, authority):
    """An authority signs the index with TF02; without CSV and authority there is no signature at all."""
    sealed = plain_package(tmp_path / "a", 1, 100, seed=1, authority=authority)
    bare = plain_package(tmp_path / "b", 1, 100, seed=1, csv=False)
    assert b"TipoFirma>TF02<" in (sealed.folder / sealed.index_name).read_bytes()
    assert b"<enids:" not in (bare.folder / bare.index_name).read_bytes()
