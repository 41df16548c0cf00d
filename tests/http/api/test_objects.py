# SPDX-License-Identifier: EUPL-1.2
"""Objects and their bytes for machines: what is told, to whom, and in which parts."""

from __future__ import annotations

import pytest

from archive.identity import Role
from search.retrieval import READ

RESTS = ("", "/documents", "/files", "/signatures", "/evidence", "/evidence/record", "/history",
         "/files/metadata/deposit.json", "/documents/1/content")  # fmt: skip


def reads(kept, record):
    """How often the ledger says that something of an object was given."""
    with kept.home.catalog.reading("villar") as tx:
        return sum(event.kind == READ for event in tx.events_about(record.object_id))


def test_archives_are_those_where_one_is_somebody(asker):
    """With the rights there; of the others nothing, and nobody without a name."""
    told = asker.as_somebody(Role.AUDITOR).get("/api/v1/tenants").get_json()
    assert [one["tenant"] for one in told["items"]] == ["villar"]
    assert told["items"][0]["rights"] == ["inspect", "search"]
    assert asker.as_nobody().get("/api/v1/tenants").status_code == 401


def test_object_is_described_with_an_etag(asker, kept, at):
    """What it is, how open, and where its parts are; who has it already is not sent it again."""
    client = asker.as_somebody(Role.ARCHIVIST)
    answer = client.get(at(kept.open))
    told = answer.get_json()
    assert (told["object"], told["title"], told["documents"]) == (kept.open.object_id, "Licencia", 1)
    assert told["regime"]["access"] in {"libre", "limitado"}
    again = client.get(at(kept.open), headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def without_request_id(answer):
    """The headers, but for the one that is another each time."""
    return {name: value for name, value in answer.headers.items() if name != "X-Request-ID"}


@pytest.mark.parametrize("rest", RESTS)
def test_what_may_not_be_seen_is_not_there(asker, kept, at, rest):
    """Reserved, of another municipality, without the right and not there: the same answer to the last byte."""
    none = "/api/v1/tenants/villar/objects/" + "0" * 32 + rest
    auditor = asker.as_somebody(Role.AUDITOR, Role.OPERATOR)
    wanted = auditor.get(none)
    assert wanted.status_code == 404
    answers = [
        auditor.get(at(kept.secret, rest)),
        auditor.get(at(kept.open, rest).replace("/villar/", "/otro/")),
        asker.as_somebody(Role.ARCHIVIST, tenant="otro").get(at(kept.open, rest)),
        asker.as_somebody(Role.ARCHIVIST, tenant="otro").get(
            at(kept.open, rest).replace("/villar/", "/otro/")
        ),
        asker.as_somebody(Role.CITIZEN).get(at(kept.open, rest)),
        asker.as_somebody().get(at(kept.open, rest)),
    ]
    for answer in answers:
        assert (answer.status_code, answer.data) == (404, wanted.data)
        assert without_request_id(answer) == without_request_id(wanted)


def test_who_may_see_what_is_reserved_sees_it(asker, kept, at):
    """The archivist does, by the same address."""
    assert asker.as_somebody(Role.ARCHIVIST).get(at(kept.secret)).get_json()["title"] == "Denuncia"


def test_lists_are_read_by_their_cursor(asker, kept, at):
    """One entry at a time gives all of them, in order, and an end; a made-up cursor is refused."""
    client = asker.as_somebody(Role.ARCHIVIST)
    address, paths = at(kept.open, "/files?limit=1"), []
    while address:
        told = client.get(address).get_json()
        paths += [one["path"] for one in told["items"]]
        address = told["next"]
    assert paths[-1] == "metadata/deposit.json"
    assert len(paths) == 2
    for cursor in ("x", "WzFd" * 40, "IiI", "WyItMSJd"):
        assert client.get(at(kept.open, f"/files?cursor={cursor}")).status_code in {200, 422}


def test_file_is_given_whole_and_in_parts(asker, kept, at):
    """200 with its digest; 206 for a range, a suffix; 416 beyond; the whole for what is no range."""
    client = asker.as_somebody(Role.ARCHIVIST)
    href = client.get(at(kept.video, "/files")).get_json()["items"][0]["href"]
    whole = client.get(href)
    size = len(whole.data)
    assert whole.headers["Accept-Ranges"] == "bytes"
    assert whole.headers["Content-Length"] == str(size)
    part = client.get(href, headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.data) == (206, whole.data[10:20])
    assert part.headers["Content-Range"] == f"bytes 10-19/{size}"
    assert client.get(href, headers={"Range": "bytes=-7"}).data == whole.data[-7:]
    across = client.get(href, headers={"Range": "bytes=1048570-1048600"})
    assert across.data == whole.data[1048570:1048601]
    beyond = client.get(href, headers={"Range": f"bytes={size}-"})
    assert (beyond.status_code, beyond.headers["Content-Range"]) == (416, f"bytes */{size}")
    assert beyond.mimetype == "application/problem+json"
    assert client.get(href, headers={"Range": "bytes=5-4"}).status_code == 200


def test_part_is_given_only_of_the_bytes_that_were_meant(asker, kept, at):
    """`If-Range` with the ETag gives the part, with another the whole; `If-None-Match` nothing."""
    client = asker.as_somebody(Role.ARCHIVIST)
    href = client.get(at(kept.video, "/files")).get_json()["items"][0]["href"]
    etag = client.head(href).headers["ETag"]
    asked = {"Range": "bytes=0-0"}
    assert client.get(href, headers={**asked, "If-Range": etag}).status_code == 206
    assert client.get(href, headers={**asked, "If-Range": '"other"'}).status_code == 200
    assert client.get(href, headers={"If-None-Match": etag}).status_code == 304


def test_head_tells_size_and_digest_and_is_no_access(asker, kept, at):
    """Who only asks how large it is was given nothing."""
    client = asker.as_somebody(Role.ARCHIVIST, number="head")
    href = client.get(at(kept.video, "/files")).get_json()["items"][0]["href"]
    before = reads(kept, kept.video)
    answer = client.head(href)
    assert answer.status_code == 200
    assert int(answer.headers["Content-Length"]) > len(answer.data) == 0
    assert reads(kept, kept.video) == before


def test_two_hundred_parts_are_one_access(asker, kept, at):
    """A player's requests leave one event in the ledger."""
    client = asker.as_somebody(Role.ARCHIVIST, number="player")
    href = client.get(at(kept.video, "/files")).get_json()["items"][0]["href"]
    before = reads(kept, kept.video)
    for first in range(200):
        assert client.get(href, headers={"Range": f"bytes={first}-{first}"}).status_code == 206
    assert reads(kept, kept.video) == before + 1


def test_bytes_cannot_act_as_a_page_of_ours(asker, kept, at):
    """What was deposited is saved, runs nothing, and is not guessed at."""
    answer = asker.as_somebody(Role.ARCHIVIST).get(at(kept.open, "/documents/1/content"))
    assert answer.data == b"licencia de obra mayor"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_reading_needs_more_than_searching(asker, kept, at):
    """An auditor sees the descriptions and is given no content."""
    client = asker.as_somebody(Role.AUDITOR)
    assert client.get(at(kept.open, "/files")).status_code == 200
    assert client.get(at(kept.open, "/documents/1/content")).status_code == 404


def test_paths_that_trick_are_not_there(asker, kept, at):
    """Neither out of the object nor into another."""
    client = asker.as_somebody(Role.ARCHIVIST)
    for path in ("../../x", "..%2f..%2fx", "received/..", "received//x", "%00", "metadata/"):
        assert client.get(at(kept.open, f"/files/{path}")).status_code in {404, 308}


def test_history_is_told_newest_first_by_parts(asker, kept, at):
    """Each part goes on where the one before ended."""
    client = asker.as_somebody(Role.AUDITOR)
    whole = client.get(at(kept.open, "/history")).get_json()["items"]
    address, told = at(kept.open, "/history?limit=1"), []
    while address:
        part = client.get(address).get_json()
        told += part["items"]
        address = part["next"]
    assert told == whole
    assert whole[-1]["kind"] == "object.stored"


def test_looking_is_told_once(asker, kept, at):
    """A description that was read leaves one event, however often it is read again."""
    client = asker.as_somebody(Role.ARCHIVIST, number="looker")
    for rest in ("", "/documents", "", "/files"):
        assert client.get(at(kept.open, rest)).status_code == 200
    with kept.home.catalog.reading("villar") as tx:
        events = tx.events_about(kept.open.object_id)
    assert [one.kind for one in events if one.agent == "key:looker"] == ["object.viewed"]
