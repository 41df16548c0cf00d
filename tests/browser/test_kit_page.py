# SPDX-License-Identifier: EUPL-1.2
"""`verify.html` of kits in a real Chromium without a network, over kits that are good and kits made over."""

from __future__ import annotations

import re
import zipfile

import pytest
from kits import LIVES, Kits, flipped, make_kits, members_of, pack
from looking import overflowing, violations

from search.kit import verifier_page
from search.kit.trust import pem_of

WHEN = {name: day for name, (_, _, day) in LIVES.items()}
UNPROVEN = {"LEEME.txt", "README.txt", "verify.py", "verify.html"}
"""Words and programs: whoever makes a kit can write them anew."""


@pytest.fixture(scope="module")
def kits(tmp_path_factory) -> Kits:
    """A kit of a sealed document, and after each of two renewals."""
    return make_kits(tmp_path_factory.mktemp("kits"))


class Window:
    """The page, open in a browser that reaches nobody."""

    def __init__(self, page, anchors):
        self.page, self.pem = page, pem_of(anchors).decode()

    def judge(self, kit, at="2026-12-01", mine=None, field="#zip"):
        """Give a kit to the page; return its verdict and the steps that are not well."""
        page = self.page
        mine = self.pem if mine is None else mine
        page.evaluate(
            """([at, mine]) => { document.getElementById('at').value = at;
               document.getElementById('mine').value = mine;
               delete document.documentElement.dataset.verdict;
               for (const id of ['zip', 'folder']) document.getElementById(id).value = ''; }""",
            [at, mine],
        )
        page.set_input_files(field, kit)
        page.wait_for_selector("html[data-verdict]", timeout=30_000)
        return page.evaluate("document.documentElement.dataset.verdict"), [
            each.inner_text() for each in page.query_selector_all("#steps li.bad h3, #steps li.open h3")
        ]


@pytest.fixture(scope="module")
def window(chromium, kits, tmp_path_factory):
    """The page of the kit, opened from a folder as a citizen does; the browser is off line."""
    place = tmp_path_factory.mktemp("page") / "verify.html"
    place.write_bytes(verifier_page())
    context = chromium.new_context(offline=True, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(place.as_uri())
    yield Window(page, kits.anchors)
    context.close()
    assert said == []


@pytest.mark.parametrize("name", ["fresh", "renewed", "twice", "rehashed", "later"])
def test_good_kits_are_valid_under_the_readers_root(window, kits, name):
    """By the certificate that he pastes, or by its fingerprint as openssl shows it."""
    assert window.judge(kits[name], WHEN[name]) == ("VALID", [])
    prints = window.page.inner_text("#roots code")
    assert re.fullmatch("([0-9A-F]{2}:){31}[0-9A-F]{2}", prints)
    assert window.judge(kits[name], WHEN[name], prints) == ("VALID", [])
    assert window.judge(kits[name], WHEN[name], "00" + prints[2:])[0] == "INCOMPLETE"


def test_without_a_root_of_his_own_it_is_incomplete(window, kits):
    """It shows whose root it is, to be compared by hand."""
    verdict, steps = window.judge(kits["fresh"], mine="")
    assert (verdict, len(steps)) == ("INCOMPLETE", 1)
    assert "raíz de confianza" in steps[0]
    assert "AC RAIZ" in window.page.inner_text("#roots")


def test_what_a_browser_cannot_digest_is_left_to_the_script(window, kits):
    """WebCrypto has no SHA-3: such a hash tree is not called valid, and the page says who can check it."""
    assert window.judge(kits["sha3"], WHEN["sha3"])[0] == "INCOMPLETE"
    assert "verify.py" in window.page.inner_text("#steps li.open")


def test_the_unpacked_folder_is_read_too(window, kits, tmp_path):
    """What somebody unpacked by habit need not be packed again."""
    with zipfile.ZipFile(kits["renewed"]) as archive:
        archive.extractall(tmp_path / "kit")
    assert window.judge(tmp_path / "kit", WHEN["renewed"], field="#folder") == ("VALID", [])


def test_evidence_that_nobody_renewed_is_told(window, kits):
    """In 2040 the certificate of 2026 has ended."""
    verdict, steps = window.judge(kits["fresh"], "2040-01-01")
    assert (verdict, len(steps)) == ("BROKEN", 1)
    assert "Sello de tiempo" in steps[0]


def test_a_changed_byte_anywhere_is_found(window, kits, tmp_path):
    """Every member in turn, the sums brought into line as a forger would."""
    members, silent = members_of(kits["renewed"]), set()
    for name, data in members.items():
        for at in {0, len(data) // 2, len(data) - 1} if name != "SHA256SUMS" else ():
            forged = pack(members | {name: flipped(data, at)}, tmp_path / "kit.zip")
            if window.judge(forged, WHEN["renewed"])[0] != "BROKEN":
                silent.add(name)
    assert silent <= UNPROVEN


def test_a_changed_byte_without_new_sums_is_found_everywhere(window, kits, tmp_path):
    """Words and programs too."""
    members = members_of(kits["fresh"])
    for name in sorted(UNPROVEN):
        with zipfile.ZipFile(tmp_path / "kit.zip", "w") as archive:
            for each, data in members.items():
                archive.writestr(each, flipped(data, 7) if each == name else data)
        assert window.judge(tmp_path / "kit.zip")[0] == "BROKEN", name


@pytest.mark.parametrize("name", ["decreto.pdf", "object/received/otro.pdf", "evidence/token-02.tst"])
def test_a_file_that_nothing_proves_breaks_the_kit(window, kits, tmp_path, name):
    """Nothing can be laid beside the proven files."""
    forged = pack(members_of(kits["fresh"]) | {name: b"%PDF-1.7 otro"}, tmp_path / "kit.zip")
    assert window.judge(forged)[0] == "BROKEN"


@pytest.mark.parametrize("data", [b"", b"no soy un kit", b"PK\x05\x06" + b"\0" * 18, b"\0" * 4096])
def test_what_is_no_kit_is_answered(window, tmp_path, data):
    """Anything may be dropped there."""
    (tmp_path / "x.zip").write_bytes(data)
    assert window.judge(tmp_path / "x.zip")[0] == "BROKEN"


def test_a_document_with_a_kit_behind_it_is_not_valid(window, kits, tmp_path):
    """What is neither at the start nor at the end of the file borrows no verdict."""
    whole = kits["fresh"].read_bytes()
    for data in (b"%PDF-1.7 otro" + whole, whole + b"otro"):
        (tmp_path / "x.zip").write_bytes(data)
        assert window.judge(tmp_path / "x.zip")[0] == "BROKEN"


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("mine", ["", None])
def test_the_page_is_accessible_and_fits(window, kits, width, mine):
    """For axe, on a telephone and on a desk; the verdict has the focus when it is there."""
    window.page.set_viewport_size({"width": width, "height": 800})
    window.judge(kits["renewed"], WHEN["renewed"], mine)
    assert violations(window.page) == []
    assert overflowing(window.page) == []
    assert window.page.evaluate("document.activeElement.id") == "verdict"


def test_it_fetches_nothing(kits):
    """Its own policy forbids it, and it names no address."""
    page = verifier_page().decode()
    assert "default-src 'none'; script-src 'sha256-" in page
    assert re.findall(r"https?://|\bsrc=|fetch\(|XMLHttpRequest|import\(", page) == []
