"""Files of evidence: told by content, limited in size, attached by whoever has the case in hand."""

from __future__ import annotations

import io
import zipfile

import pytest
from tests.apps.cases.freedonia import NOON, World, png

from xueji.cases.actions import attach_evidence, withdraw_case
from xueji.cases.evidence import clean_file_name, media_type_of
from xueji.cases.models import Evidence
from xueji.core.errors import BadInput, Conflict, NotFound, NotPermitted
from xueji.documents.storage import read_stored
from xueji.ledger.models import Event
from xueji.ledger.queries import timeline_of


def package(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "name", "media_type"),
    [
        pytest.param(b"%PDF-1.7\n...", "证明.pdf", "application/pdf", id="pdf"),
        pytest.param(b"\xff\xd8\xff\xe0....\xff\xd9", "照片.JPG", "image/jpeg", id="jpeg"),
        pytest.param(png(), "截图.png", "image/png", id="png"),
        pytest.param(package("OFD.xml"), "公文.ofd", "application/ofd", id="ofd"),
    ],
)
def test_accepted_files_are_told_by_content(data: bytes, name: str, media_type: str) -> None:
    assert media_type_of(data, name) == media_type


@pytest.mark.parametrize(
    ("data", "name", "message"),
    [
        pytest.param(b"MZ\x90\x00", "证明.pdf", "不是可接受", id="program named pdf"),
        pytest.param(b"", "证明.pdf", "不是可接受", id="empty"),
        pytest.param(b"<svg onload=alert(1)>", "图.svg", "不是可接受", id="svg"),
        pytest.param(b"<html>", "证明.html", "不是可接受", id="html"),
        pytest.param(png(), "证明.pdf", "扩展名不符", id="png named pdf"),
        pytest.param(b"\xff\xd8\xff\xe0....\xff\xd9<script>", "照片.jpg", "不是可接受", id="jpeg with a tail"),
        pytest.param(package("readme.txt"), "资料.zip", "不是可接受", id="plain zip"),
        pytest.param(package("word/document.xml", "word/vbaProject.bin"), "文.docx", "不是可接受", id="macros"),
        pytest.param(b"PK\x03\x04broken", "文.docx", "不是可接受", id="broken zip"),
    ],
)
def test_other_files_are_refused_with_what_to_do(data: bytes, name: str, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        media_type_of(data, name)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        pytest.param("C:\\材料\\证明.pdf", "证明.pdf", id="windows path"),
        pytest.param("../../etc/passwd.pdf", "passwd.pdf", id="climbing path"),
        pytest.param("证\x00明\u202efdp.pdf", "证明fdp.pdf", id="control and direction characters"),
        pytest.param("长" * 200 + ".pdf", "长" * 116 + ".pdf", id="long name keeps its extension"),
    ],
)
def test_file_names_are_cleaned(given: str, kept: str) -> None:
    assert clean_file_name(given) == kept


def test_a_file_without_a_name_is_refused() -> None:
    with pytest.raises(BadInput):
        clean_file_name("\u200b")


def test_the_school_attaches_while_the_case_is_in_its_hands(world: World) -> None:
    case = world.draft()
    evidence = attach_evidence(
        case=case, kind="身份证复印件", file_name="11010519491231002X.png", data=png(), by=world.people.clerk, at=NOON
    )
    assert evidence.file_name == "（证件号）.png"
    assert read_stored(evidence.file_id) == png()
    event = timeline_of(case)[-1]
    assert (event.tag, event.after["file"]) == ("evidence:attached", evidence.file_id)
    assert "19491231" not in str(event.__dict__)


def test_the_same_file_again_is_the_same_row(world: World) -> None:
    case = world.draft()
    first, second = (
        attach_evidence(case=case, kind="证明", file_name="a.png", data=png(), by=world.people.clerk, at=NOON)
        for _ in range(2)
    )
    assert first == second
    assert Event.objects.filter(tag="evidence:attached").count() == 1


def test_a_file_over_the_limit_is_refused(world: World, settings) -> None:
    settings.MAX_EVIDENCE_BYTES = 1024 * 1024
    with pytest.raises(BadInput, match="超过 1 MB"):
        attach_evidence(
            case=world.draft(), kind="证明", file_name="a.png", data=png() + bytes(1024 * 1024),
            by=world.people.clerk, at=NOON,
        )  # fmt: skip
    assert not Evidence.objects.exists()


def test_while_in_progress_only_who_has_the_step_attaches(world: World) -> None:
    case, people = world.at_county(), world.people
    for other in (people.clerk, people.leader, people.city_reviewer):
        with pytest.raises(NotPermitted):
            attach_evidence(case=case, kind="证明", file_name="a.png", data=png(), by=other, at=NOON)
    with pytest.raises(NotFound):
        attach_evidence(case=case, kind="证明", file_name="a.png", data=png(), by=people.city_clerk, at=NOON)
    attach_evidence(case=case, kind="核查记录", file_name="a.png", data=png(), by=people.county_reviewer, at=NOON)
    assert case.evidence.count() == 1


def test_nothing_is_attached_to_a_case_that_is_over(world: World) -> None:
    case = withdraw_case(case=world.draft(), by=world.people.clerk, at=NOON)
    with pytest.raises(Conflict):
        attach_evidence(case=case, kind="证明", file_name="a.png", data=png(), by=world.people.clerk, at=NOON)
