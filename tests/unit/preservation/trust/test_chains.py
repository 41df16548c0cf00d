# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import time

import certificates_to_order as pki
import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from preservation.trust import chains, links
from preservation.trust.certificates import load
from preservation.trust.chains import NO_PATH, find_chain, find_chains


def _names(chain):
    return [each.subject.native["common_name"] for each in chain.certificates]


def _find(leaf, loose, anchors, **options):
    found = find_chains(
        load(leaf.der), tuple(each.der for each in loose), tuple(each.der for each in anchors), **options
    )
    return [_names(each) for each in found]


@pytest.fixture(scope="module")
def crossed():
    """An old root and a new one that crossed each other, and one issuer below both with one key."""
    old, new = pki.authority("VIEJA"), pki.authority("NUEVA")
    bridge = pki.authority("NUEVA", old, key=new.key)
    issuer = pki.authority("EMISORA", new)
    return {
        "old": old,
        "new": new,
        "bridge": bridge,
        "issuer": issuer,
        "leaf": pki.party("FIRMANTE", issuer),
    }


def test_find_chains_gives_all_paths_shortest_first(crossed):
    """Crossed authorities give two paths, and the judge may try the second where the first does not do."""
    loose = [crossed["bridge"], crossed["issuer"]]
    assert _find(crossed["leaf"], loose, [crossed["old"], crossed["new"]]) == [
        ["FIRMANTE", "EMISORA", "NUEVA"],
        ["FIRMANTE", "EMISORA", "NUEVA", "VIEJA"],
    ]
    assert _find(crossed["leaf"], loose, [crossed["old"]]) == [["FIRMANTE", "EMISORA", "NUEVA", "VIEJA"]]
    assert len(_find(crossed["leaf"], loose, [crossed["old"], crossed["new"]], limit=1)) == 1


def test_find_chains_prefers_the_issuer_whose_key_identifier_agrees():
    """RFC 4158 3.5: of two anchors of one name and key, the one that the certificate points at comes first."""
    key = pki.new_key()
    right = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    wrong = x509.SubjectKeyIdentifier(b"otra" * 5)
    roots = [pki.authority("RAIZ", key=key, extensions=[(each, False)]) for each in (wrong, right)]
    pointing = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(right)
    leaf = pki.party("FIRMANTE", roots[1], extensions=[(pointing, False)])
    found = list(find_chains(load(leaf.der), (), tuple(each.der for each in roots)))
    assert [chain.certificates[-1].dump() for chain in found] == [roots[1].der, roots[0].der]


def test_find_chains_of_an_anchor_is_itself(crossed):
    """A leaf that is trusted by decision needs nobody above it."""
    assert _find(crossed["leaf"], [], [crossed["leaf"]]) == [["FIRMANTE"]]


def test_find_chains_obeys_depth_without_counting_self_issued(crossed):
    """RFC 5280 6.1.4 (l): a path length of zero allows a renewed key of the same name, and nobody else."""
    root = pki.authority("RAIZ", depth=0)
    renewed = pki.authority("RAIZ", root)
    assert _find(pki.party("A", renewed), [renewed], [root]) == [["A", "RAIZ", "RAIZ"]]
    other = pki.authority("OTRA", root)
    assert _find(pki.party("B", other), [other], [root]) == []


def test_find_chains_refuses_who_may_not_issue():
    """A certificate that is no authority, or may not sign certificates, issues nothing."""
    root = pki.authority("RAIZ")
    person = pki.party("PERSONA", root)
    assert _find(pki.party("X", person), [person], [root]) == []
    usage = x509.KeyUsage(True, False, False, False, False, False, True, False, False)
    lists_only = pki.authority("LISTAS", root, extensions=[(usage, True)])
    assert _find(pki.party("Y", lists_only), [lists_only], [root]) == []


def test_find_chains_refuses_critical_extensions_it_does_not_understand():
    """RFC 5280 4.2: an unknown critical extension, or required policies, end a path; the rest does not."""
    root = pki.authority("RAIZ")
    unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
    assert _find(pki.party("X", root, extensions=[(unknown, True)]), [], [root]) == []
    assert _find(pki.party("X", root, extensions=[(unknown, False)]), [], [root]) == [["X", "RAIZ"]]
    odd = pki.authority("RARA", extensions=[(unknown, True)])
    assert _find(pki.party("Z", odd), [], [odd]) == []
    demanding = pki.authority("EXIGENTE", root, extensions=[(x509.PolicyConstraints(0, None), True)])
    assert _find(pki.party("Y", demanding), [demanding], [root]) == []


def test_find_chains_refuses_a_signature_algorithm_said_in_two_ways(crossed):
    """RFC 5280 4.1.1.2: the algorithm outside the signed part must be the one inside."""
    leaf = crossed["leaf"].der
    # ecdsa-with-SHA256 (…4.3.2) outside becomes ecdsa-with-SHA384 (…4.3.3)
    cut = leaf.rindex(bytes.fromhex("06082a8648ce3d040302"))
    altered = leaf[:cut] + bytes.fromhex("06082a8648ce3d040303") + leaf[cut + 10 :]
    assert not links._signed(altered, load(crossed["issuer"].der).public_key.dump())
    assert links._signed(leaf, load(crossed["issuer"].der).public_key.dump())


def test_find_chain_says_why_there_is_none(crossed):
    """Without a path the chain is empty and says so."""
    found = find_chain(load(crossed["leaf"].der), (), (crossed["old"].der,))
    assert (found.certificates, found.problem) == ((), NO_PATH)


def test_find_chains_does_no_work_without_end():
    """Ten crossed authorities, each of all the others, and a thousand copies of rubbish: bounded, and found."""
    keys = [pki.new_key() for _ in range(8)]
    selves = [pki.authority(f"AC{number}", key=key) for number, key in enumerate(keys)]
    web = [
        pki.authority(f"AC{one}", selves[other], key=keys[one])
        for one in range(8)
        for other in range(8)
        if one != other
    ]
    leaf = pki.party("FIRMANTE", selves[0])
    rubbish = [b"\x30\x03\x02\x01" + bytes([number % 251]) * 9 for number in range(5000)]
    begun = time.monotonic()
    loose = (*rubbish, *(each.der for each in web))
    assert list(find_chains(load(leaf.der), loose, (pki.authority("AJENA").der,))) == []
    found = list(find_chains(load(leaf.der), loose, (selves[7].der,), limit=3))
    assert len(found) == 3
    assert _names(found[0]) == ["FIRMANTE", "AC0", "AC7"]
    assert time.monotonic() - begun < 5


def test_find_chains_verifies_each_link_once(crossed, monkeypatch):
    """The same authorities stand above everything: the second time nothing is verified."""
    loose, anchors = [crossed["issuer"]], [crossed["new"]]
    assert _find(crossed["leaf"], loose, anchors)
    monkeypatch.setattr(links, "signature_holds", lambda *_: pytest.fail("verified again"))
    assert _find(crossed["leaf"], loose, anchors)


def test_find_chains_anchor_of_version_1_may_issue(monkeypatch, crossed):
    """RFC 5280 6.1.4 (k): an old root without extensions is an authority because it is trusted, else not."""
    root = pki.party("ANTIGUA")  # version 3 without basicConstraints: no authority
    leaf = pki.party("FIRMANTE", root)
    assert _find(leaf, [], [root]) == []
    node = links.link_of(root.der)
    node.certificate["tbs_certificate"]["version"] = "v1"
    try:
        assert links._may_issue(node, 0, anchor=True)
        assert not links._may_issue(node, 0, anchor=False)
    finally:
        links.link_of.cache_clear()
        load.__globals__["_parsed"].cache_clear()


def test_find_chains_refuses_names_that_an_authority_may_not_vouch_for():
    """RFC 5280 4.2.1.10: a path through a constrained authority is no path, and the reason is told."""
    inside = x509.DirectoryName(x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "FR")]))
    root = pki.authority("RAIZ")
    bound = pki.authority("ATADA", root, extensions=[(x509.NameConstraints([inside], None), True)])
    leaf = pki.party("FIRMANTE", bound)
    assert _find(leaf, [bound], [root]) == []
    assert "name constraint" in find_chain(load(leaf.der), (bound.der,), (root.der,)).problem
    free = pki.authority("ATADA", root, key=bound.key)
    assert _find(leaf, [bound, free], [root]) == [["FIRMANTE", "ATADA", "RAIZ"]]


def test_chain_outside_passes_over_the_anchor(crossed):
    """The anchor's own dates do not count; those below do."""
    (chain, *_) = find_chains(load(crossed["leaf"].der), (crossed["issuer"].der,), (crossed["new"].der,))
    assert chain.outside(pki.BORN) is None
    assert chain.outside(pki.ENDED.replace(year=2041)) is chain.certificates[0]
    assert chains.Chain(chain.certificates[-1:]).outside(pki.ENDED.replace(year=2041)) is not None
