# SPDX-License-Identifier: EUPL-1.2
"""The published attacks on PDF signatures, each built here: none may be accepted.

Incremental saving, signature wrapping and universal forgery (CCS 2019), shadow attacks (NDSS 2021), evil
annotation and sneaky signature (S&P 2021), and what else a second reader could see differently.
"""

from __future__ import annotations

import re

import pytest
from pdf_updates import CONTENT, FIELD, FONT, LOOK, OBJECTS, PAGE, document, pointing, section_only, update

from preservation.indications import Indication
from preservation.signatures.batch import overall
from preservation.signatures.engine.judge import judge
from preservation.signatures.pdf import references
from preservation.signatures.pdf.read import read_pdf
from preservation.signatures.pdf.sign import add_material, stamp_pdf
from preservation.signatures.sign import ValidationMaterial, sign_pdf

STAMP = b"<</Type/Annot/Subtype/FreeText/Rect[40 690 200 720]/F 4/Contents(1000000 EUR)>>"
BLANK = {FIELD: OBJECTS[FIELD].replace(b"/V(1)", b"/V()")}
EMPTY_LOOK = b"<</Subtype/Form/Length 0>>stream\n\nendstream"
OPEN = b"<</Type/Catalog/Pages 2 0 R/AcroForm 8 0 R/Metadata 11 0 R"


@pytest.fixture(scope="module")
def sign(world):
    """Sign octets as the seal."""

    def make(pdf: bytes, **options: object) -> bytes:
        return sign_pdf(pdf, world.seal, signing_time=world.signed_at, **options)

    return make


@pytest.fixture(scope="module")
def signed(sign) -> bytes:
    """The form, signed without any certification."""
    return sign(document())


def _with_level(sign, level: int) -> bytes:
    transform = b"<</Type/SigRef/TransformMethod/DocMDP/TransformParams<</Type/TransformParams/P %d/V/1.2>>>>"
    objects = {1: OPEN + b"/Perms<</DocMDP 60 0 R>>>>", 60: b"<</Reference[%s]>>" % (transform % level)}
    return sign(document(objects))


def _updated(number: int, value: bytes):
    return lambda signed: update(signed, {number: value})


def _object(pdf: bytes, number: int) -> bytes:
    """Return the last value of an object written by a tool."""
    return re.findall(rb"(?s)(?<!\d)%d 0 obj\s*(.*?)\s*endobj" % number, pdf)[-1]


def _merged(number: int, old: bytes, new: bytes):
    def attack(signed: bytes) -> bytes:
        value = _object(signed, number)
        assert old in value
        return update(signed, {number: value.replace(old, new)})

    return attack


def _annotated(extra: bytes, **objects: bytes):
    def attack(signed: bytes) -> bytes:
        page = re.sub(rb"(99 0 R[^\]]*)\]", rb"\1 " + extra + b"]", _object(signed, PAGE))
        return update(signed, {PAGE: page, **{int(key[1:]): value for key, value in objects.items()}})

    return attack


CHANGES = {
    "page content": _updated(CONTENT, OBJECTS[CONTENT].replace(b"100", b"999")),
    "page size": _merged(PAGE, b"0 0 600 800", b"0 0 600 100"),
    "page rotated": _merged(PAGE, b"/MediaBox", b"/Rotate 180/MediaBox"),
    "other content of the page": lambda pdf: update(
        pdf, {PAGE: _object(pdf, PAGE).replace(b"4 0 R", b"70 0 R"), 70: OBJECTS[CONTENT].replace(b"1", b"9")}
    ),
    "page added": lambda pdf: update(
        pdf, {2: b"<</Type/Pages/Kids[3 0 R 70 0 R]/Count 2>>", 70: b"<</Type/Page/Parent 2 0 R>>"}
    ),
    "page tree exchanged": _merged(1, b"/Pages 2 0 R", b"/Pages 13 0 R"),
    "font": _updated(FONT, b"<</Type/Font/Subtype/Type3>>"),
    "picture or form of the page": _updated(10, OBJECTS[10].replace(b"Q ", b"q ")),
    "evil annotation": _annotated(b"70 0 R", n70=STAMP),
    "evil annotation in place": _annotated(STAMP),
    "dangling reference filled": _updated(99, STAMP),
    "annotation taken away": lambda pdf: update(
        pdf, {PAGE: re.sub(rb"/Annots *\[[^\]]*\]", b"/Annots[6 0 R]", _object(pdf, PAGE))}
    ),
    "field appearance without value": _updated(LOOK, OBJECTS[LOOK].replace(b"q ", b"Q ")),
    "field that said something": _updated(FIELD, OBJECTS[FIELD].replace(b"/V(1)", b"/V(2)")),
    "field moved": _updated(FIELD, OBJECTS[FIELD].replace(b"[50 600", b"[5 60")),
    "field hidden": _updated(FIELD, OBJECTS[FIELD].replace(b"/F 4", b"/F 2")),
    "field of another kind": _updated(FIELD, OBJECTS[FIELD].replace(b"/FT/Tx", b"/FT/Btn")),
    "empty signature field with a picture": _updated(9, OBJECTS[9][:-2] + b"/AP<</N 7 0 R>>>>"),
    "action on opening": _merged(1, b"/Pages", b"/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>/Pages"),
    "additional actions": _merged(1, b"/Pages", b"/AA<</WS<</S/JavaScript/JS(x)>>>>/Pages"),
    "scripts by name": _merged(1, b"/Pages", b"/Names<</JavaScript<</Names[]>>>>/Pages"),
    "layers": _merged(1, b"/Pages", b"/OCProperties<</OCGs[]/D<<>>>>/Pages"),
    "appearances made anew": _merged(8, b"/Fields", b"/NeedAppearances true/Fields"),
    "dynamic form": _merged(8, b"/Fields", b"/XFA(x)/Fields"),
    "field added": lambda pdf: update(
        pdf,
        {
            8: _object(pdf, 8).replace(b"/Fields", b"/Fields ").replace(b"9 0 R", b"9 0 R 70 0 R", 1),
            70: b"<</FT/Tx/T(nuevo)/Rect[0 0 9 9]>>",
        },
    ),
    "hidden catalog": lambda pdf: update(pdf, {70: b"null"}, root=12),
    "catalog exchanged": lambda pdf: update(pdf, {70: OPEN[:-1] + b"R/OpenAction 4 0 R>>"}, root=70),
    "octets that were signed as another object": lambda pdf: pointing(
        pdf, {CONTENT: pdf.index(b"%d 0 obj" % LOOK)}
    ),
    "page object freed": lambda pdf: section_only(pdf, b"").replace(
        b"xref\ntrailer", b"xref\n4 1\n0000000000 00001 f \ntrailer"
    ),
    "objects beyond the size": lambda pdf: (
        pdf + update(pdf, {70: b"null"})[len(pdf) :].replace(b"/Size 1000", b"/Size 5")
    ),
    "encryption added": lambda pdf: section_only(pdf, b"/Encrypt<</Filter/Standard>>"),
    "objects that no cross-reference names": lambda pdf: update(
        pdf, {CONTENT: OBJECTS[CONTENT].replace(b"100", b"999")}, listed=False
    ),
    "objects without cross-reference": lambda pdf: pdf + b"4 0 obj\n" + OBJECTS[CONTENT] + b"\nendobj\n",
    "a second trailer": lambda pdf: pdf + b"trailer\n<</Root 12 0 R>>\n%%EOF\n",
    "octets after the end": lambda pdf: pdf + b"hola",
    "comments after the end": lambda pdf: pdf + b"% hola\n",
    "object twice": lambda pdf: (
        pdf
        + b"5 0 obj\n<<>>\nendobj\n"
        + update(pdf + b"5 0 obj\n<<>>\nendobj\n", {70: b"null"})[len(pdf) + 23 :]
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_read_pdf_changed_behind_the_signature_is_never_accepted(world, signed, name):
    """Whatever people see, or another reader could find, is not changed unnoticed."""
    attacked = CHANGES[name](signed)
    assert attacked.startswith(signed)
    assert attacked != signed
    facts = read_pdf(attacked)
    assert facts
    assert all(each.modified or each.unreadable for each in facts)
    for each in facts:
        assert judge(each, world.trust(), world.at).indication is not Indication.TOTAL_PASSED
    assert overall(facts) != "yes"


def _patched(signed: bytes, pattern: bytes, value: bytes) -> bytes:
    """Write something else, of the same length, over the only place that reads like a pattern."""
    found = list(re.finditer(pattern, signed))
    assert len(found) == 1
    place = found[0]
    size = place.end() - place.start()
    assert len(value) <= size
    return signed[: place.start()] + value.ljust(size) + signed[place.end() :]


_RANGE = rb"/ByteRange \[[^\]]*\]"
FORGERIES = {
    "no ByteRange": lambda pdf: _patched(pdf, _RANGE, b"/Nothing 1"),
    "ByteRange null": lambda pdf: _patched(pdf, _RANGE, b"/ByteRange null"),
    "ByteRange empty": lambda pdf: _patched(pdf, _RANGE, b"/ByteRange []"),
    "ByteRange of one": lambda pdf: _patched(pdf, _RANGE, b"/ByteRange [0]"),
    "ByteRange of zeros": lambda pdf: _patched(pdf, _RANGE, b"/ByteRange [0 0 0 0]"),
    "ByteRange from elsewhere": lambda pdf: _patched(pdf, _RANGE, b"/ByteRange [9 9 99 9]"),
    "ByteRange negative": lambda pdf: _patched(pdf, _RANGE, b"/ByteRange [0 -1 9 9]"),
    "ByteRange beyond": lambda pdf: _patched(pdf, _RANGE, b"/ByteRange [0 9 99 99999999]"),
    "ByteRange of names": lambda pdf: _patched(pdf, _RANGE, b"/ByteRange [/A/B]"),
    "ByteRange back": lambda pdf: _patched(pdf, _RANGE, b"/ByteRange [0 900 99 9]"),
    "Contents null": lambda pdf: _patched(pdf, rb"/Contents <[0-9a-fA-F]+>", b"/Contents null"),
    "Contents empty": lambda pdf: _patched(pdf, rb"/Contents <[0-9a-fA-F]+>", b"/Contents <>"),
    "Contents of zeros": lambda pdf: _patched(pdf, rb"/Contents <[0-9a-fA-F]+>", b"/Contents <0000>"),
    "Contents elsewhere": lambda pdf: _patched(pdf, rb"/Contents <[0-9a-fA-F]+>", b"/Contents 4 0 R"),
    "SubFilter unknown": lambda pdf: _patched(pdf, rb"/SubFilter /ETSI.CAdES.detached", b"/SubFilter /Nada"),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_read_pdf_universal_forgery_is_refused(world, signed, name):
    """A signature dictionary from which something was taken is no signature."""
    for facts in read_pdf(FORGERIES[name](signed)):
        assert not facts.intact
        assert judge(facts, world.trust(), world.at).indication is not Indication.TOTAL_PASSED


def _wrapped(signed: bytes, hidden: bytes) -> bytes:
    """Move the second signed range away and put other octets before it (signature wrapping)."""
    found = re.search(rb"/ByteRange \[(\d+) (\d+) (\d+) (\d+)\]\s*", signed)
    first, second, last = (int(found[each]) for each in (2, 3, 4))
    room = found.end() - found.start()
    ranges = b"/ByteRange [0 %d %d %d]" % (first, second + len(hidden), last)
    head = signed[: found.start()] + ranges.ljust(room) + signed[found.end() : second]
    return head + hidden + signed[second:]


@pytest.mark.parametrize("hidden", [b" /Evil 1", b"\n4 0 obj<<>>endobj\n", b"%comment\n", b"<00>"])
def test_read_pdf_wrapped_signature_is_refused(signed, hidden):
    """The gap holds the signature and nothing else."""
    for facts in read_pdf(_wrapped(signed, hidden)):
        assert not facts.intact


def test_read_pdf_signature_dictionary_that_says_things_twice_is_refused(signed):
    """Readers that take the first and readers that take the last would see two signatures."""
    found = re.search(rb"/ByteRange \[[^\]]*\] +", signed)
    twice = found[0].rstrip() + b"/M 1/M 2"
    broken = signed[: found.start()] + found[0] + signed[found.end() :]
    twice = signed.replace(
        b"/SubFilter /ETSI.CAdES.detached", b"/SubFilter/ETSI.RFC3161/SubFilter/ETSI.CAdES.detached"
    )
    for data in (broken.replace(b"/Type /Sig", b"/V 1/V 2 "), twice):
        for facts in read_pdf(data):
            assert not facts.intact


@pytest.mark.parametrize("level", [1, 2, 3])
def test_read_pdf_certified_level_says_what_may_be_done(sign, world, level):
    """P=1 lets nothing be done but stamping and the store, 2 filling in, 3 comments too (Table 254)."""
    made = _with_level(sign, level)
    filled = update(made, {FIELD: OBJECTS[FIELD].replace(b"/V(1)", b"/V(2)")})
    note = b"<</Type/Annot/Subtype/Text/Rect[0 0 20 20]/Contents(nota)>>"
    commented = _annotated(b"70 0 R", n70=note)(made)
    stamped = stamp_pdf(add_material(made, ValidationMaterial((world.seal.certificate,))), world.stamper())
    cosigned = sign(made)
    drawn = _annotated(b"70 0 R", n70=STAMP)(made)
    assert [not read_pdf(each)[0].modified for each in (filled, commented, stamped, cosigned, drawn)] == [
        level >= 2,
        level >= 3,
        True,
        level >= 2,
        False,
    ]


def test_read_pdf_visible_signature_of_a_certified_file_is_sneaky(sign, signed):
    """A second signer may draw in a file that is not certified, not in one that is, nor over what is there."""
    box = (300, 300, 400, 350)
    assert not read_pdf(_seen(sign, signed, box))[0].modified
    assert read_pdf(_seen(sign, _with_level(sign, 2), box))[0].modified
    assert "covers something" in read_pdf(_seen(sign, signed, (60, 590, 160, 640)))[0].modified
    assert "most of a page" in read_pdf(_seen(sign, signed, (0, 0, 600, 790)))[0].modified


def _seen(sign, pdf: bytes, box: tuple[int, int, int, int]) -> bytes:
    """Add a signature with an appearance of its own."""
    made = sign(pdf, box=box)
    assert re.search(rb"/Rect \[ ?%d" % box[0], made[len(pdf) :])
    return made


def test_read_pdf_lawful_updates_are_accepted_and_told(sign, world):
    """Filled fields, more signatures, validation data, metadata: lawful, and listed."""
    steps = [
        lambda pdf: update(
            pdf,
            {
                FIELD: OBJECTS[FIELD].replace(b"/V(1)", b"/V(2)").replace(b"7 0 R", b"71 0 R"),
                71: OBJECTS[LOOK].replace(b"q ", b"Q "),
            },
        ),
        lambda pdf: update(pdf, {11: OBJECTS[11].replace(b"\n \n", b"\n!\n")}),
        lambda pdf: add_material(pdf, ValidationMaterial((world.seal.certificate,))),
        sign,
        lambda pdf: stamp_pdf(pdf, world.stamper()),
    ]
    data = sign(document(BLANK))
    for step in steps:
        data = step(data)
        facts = read_pdf(data)
        assert not facts[0].modified
        assert facts[0].changes
        assert all(each.allowed for each in facts[0].changes)
        assert all(judge(each, world.trust(), world.at).indication == "TOTAL_PASSED" for each in facts)


def test_read_pdf_appearance_shared_with_the_page_may_not_be_filled_in(sign):
    """A field whose appearance the page draws too is a way to change the page (shadow attack)."""
    prepared = sign(document({**BLANK, PAGE: OBJECTS[PAGE].replace(b"10 0 R", b"7 0 R")}))
    both = {FIELD: OBJECTS[FIELD].replace(b"/V(1)", b"/V(2)"), LOOK: OBJECTS[LOOK].replace(b"q ", b"Q ")}
    (facts,) = read_pdf(update(prepared, both))
    assert facts.modified
    (facts,) = read_pdf(update(sign(document(BLANK)), both))
    assert not facts.modified


@pytest.mark.parametrize(("own", "accepted"), [(b"", False), (b"/Resources<<>>", True), (EMPTY_LOOK, True)])
def test_read_pdf_default_pictures_change_where_no_appearance_needs_them(sign, own, accepted):
    """Some writers keep the newest visible signature in /DR; an appearance without resources would draw it."""
    form = OBJECTS[8][:-2] + b"/DR<</XObject<</FRM 10 0 R>>>>>>"
    look = own if b"stream" in own else OBJECTS[LOOK].replace(b"/Length", own + b"/Length")
    prepared = sign(document({8: form, LOOK: look}))
    changed = _object(prepared, 8).replace(b"/FRM 10 0 R", b"/FRM 4 0 R")
    assert changed != _object(prepared, 8)
    (facts,) = read_pdf(update(prepared, {8: changed}))
    assert bool(facts.modified) is not accepted


@pytest.mark.parametrize(("copied", "accepted"), [(b"", True), (b"/XObject<</X1 4 0 R>>", False)])
def test_read_pdf_equal_copy_under_another_number_changes_no_page(sign, copied, accepted):
    """Some writers number the resources of a page anew; only what they say counts."""
    fonts = b"<</Font<</F1 5 0 R>>%s>>"
    signed = sign(document({PAGE: re.sub(rb"<</Font.*?>>>>", b" 70 0 R", OBJECTS[PAGE]), 70: fonts % b""}))
    moved = _object(signed, PAGE).replace(b"70 0 R", b"71 0 R")
    assert moved != _object(signed, PAGE)
    (facts,) = read_pdf(update(signed, {PAGE: moved, 71: fonts % copied}))
    assert bool(facts.modified) is not accepted


def test_read_pdf_button_with_another_picture_was_not_filled_in(sign):
    """A push button has no value (12.7.4.2.2), so giving it one is no reason to draw something else."""
    for flags, accepted in ((b"/Ff 65536", False), (b"", True)):
        button = BLANK[FIELD].replace(b"/FT/Tx", b"/FT/Btn" + flags)
        prepared = sign(document({FIELD: button}))
        changed = {FIELD: button.replace(b"/V()", b"/V/X"), LOOK: OBJECTS[LOOK].replace(b"q ", b"Q ")}
        (facts,) = read_pdf(update(prepared, changed))
        assert bool(facts.modified) is not accepted


@pytest.mark.parametrize("extra", [b"", b"/AA<</E<</S/JavaScript/JS(x)>>>>", b"/A<</S/JavaScript/JS(x)>>"])
def test_read_pdf_new_signature_brings_no_action(signed, extra):
    """A program that runs when somebody looks at the signature can change what he sees."""
    field = b"<</Type/Annot/Subtype/Widget/FT/Sig/T(otra)/V 71 0 R/Rect[0 0 0 0]%s>>" % extra
    form = _object(signed, 8).replace(b"9 0 R", b"9 0 R 70 0 R", 1)
    found = read_pdf(update(signed, {8: form, 70: field, 71: b"<</Type/Sig>>"}))
    (facts,) = (each for each in found if not each.unreadable)
    assert facts.modified.startswith("a signature was added: it brings an action" if extra else "")
    assert bool(facts.modified) is bool(extra)


def test_references_split_by_comments_are_references():
    """A reference with a comment inside hides nothing from the search."""
    pdf = document({PAGE: OBJECTS[PAGE].replace(b"10 0 R", b"7 %x\n0%y\r\n R")})
    found = references._REFERENCE.search(pdf, pdf.index(b"%x") - 3)
    assert found[1] == b"7"


def test_read_pdf_locked_field_may_not_be_filled_in(sign):
    """FieldMDP and the lock of a signature field (12.8.2.4)."""
    transform = b"<</TransformMethod/FieldMDP/TransformParams<</Action/Include/Fields[(importe)]>>>>"
    lock = {1: OPEN + b"/Perms<</DocMDP 60 0 R>>>>", 60: b"<</Reference[%s]>>" % transform}
    filled = {FIELD: OBJECTS[FIELD].replace(b"/V(1)", b"/V(2)")}
    (facts,) = read_pdf(update(sign(document(lock)), filled))
    assert "locked" in facts.modified


def test_read_pdf_cross_references_in_a_circle_are_told(signed):
    """A file whose /Prev leads back has a verdict at once."""
    at = signed.rindex(b"startxref")
    start = int(signed[at:].split()[1])
    looped = section_only(signed, b"").replace(b"/Prev %d" % start, b"/Prev %d" % len(signed))
    (facts,) = read_pdf(looped)
    assert "circle" in facts.unreadable


def test_read_pdf_hybrid_cross_reference_does_not_hide_a_change(signed):
    """What a stream beside the table brings is compared like everything else (7.5.8.4)."""
    body = b"4 0 obj\n" + OBJECTS[CONTENT].replace(b"100", b"999") + b"\nendobj\n"
    rows = b"\x01" + len(signed).to_bytes(4, "big") + b"\x00"
    head = b"80 0 obj\n<</Type/XRef/W[1 4 1]/Index[4 1]/Size 99/Root 1 0 R/Length %d>>stream\n" % len(rows)
    stream = head + rows + b"\nendstream\nendobj\n"
    data = signed + body + stream
    grown = section_only(data, b"/XRefStm %d" % (len(signed) + len(body)))
    (facts,) = read_pdf(grown)
    assert facts.modified


def test_read_pdf_stream_that_reaches_beyond_what_was_signed_is_refused(sign):
    """A page whose content goes on where the next update will stand was prepared for forgery."""
    long = OBJECTS[CONTENT].replace(b"/Length 38", b"/Length 22000")
    prepared = sign(document({CONTENT: long}))
    (facts,) = read_pdf(update(prepared, {500: b"<</A(" + b"x" * 9000 + b")>>"}))
    assert "goes on after the end" in facts.modified


def test_read_pdf_object_placed_where_nothing_was_signed_is_refused(world, sign):
    """A signed cross-reference that points behind the signature lets an update fill it in."""
    size = len(sign(document()))
    late = document().replace(b"xref\n", b"xref\n", 1)
    at = late.index(b"%d 1\n%010d" % (FONT, late.index(b"5 0 obj")))
    late = late[:at] + b"%d 1\n%010d" % (FONT, size + 1) + late[at + len(b"5 1\n") + 10 :]
    signed = sign(late)
    body = b"5 0 obj\n<</Type/Font/Subtype/Type3>>\nendobj\n"
    grown = update(signed + b"\n" * (size + 1 - len(signed)) + body, {500: b"null"})
    for facts in read_pdf(grown):
        assert facts.modified or not facts.intact
    again = update(signed, {FONT: b"<</Type/Font/Subtype/Type3>>"})
    for facts in read_pdf(again):
        assert facts.modified or not facts.intact
