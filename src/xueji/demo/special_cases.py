"""The paper side of the demo: refused graduates, a special-case file, a correction of particulars, with their evidence."""

from __future__ import annotations

import io
from datetime import datetime, timedelta

from PIL import Image, ImageDraw, ImageFont

from xueji.cases.actions import attach_evidence
from xueji.cases.models import Case
from xueji.demo import story
from xueji.demo.story import Cast
from xueji.documents.fonts import font_set
from xueji.graduation.actions import open_special_case, refuse_candidates
from xueji.graduation.models import Batch, Candidate
from xueji.registry.actions import open_particulars_change

_PAGE = (620, 877)  # A4 at 75 dots per inch


def refuse_two(cast: Cast, batch: Batch, at: datetime) -> list[Candidate]:
    """Have the city refuse two graduates of a batch; return them."""
    chosen = list(batch.candidates.order_by("ordinal")[10:12])
    reasons = ("学籍系统中没有该生第三学年的注册记录", "实际在校情况与学籍系统不一致")
    refusals = {candidate.pk: reason for candidate, reason in zip(chosen, reasons, strict=True)}
    refuse_candidates(step=story.open_step(batch.case), refusals=refusals, by=cast.users["city01"], at=at)
    return chosen


def file_special_case(cast: Cast, batch: Batch, candidate: Candidate, at: datetime) -> Case:
    """Report a refused graduate to the city by formal document; it waits for the county to forward it."""
    special = open_special_case(
        batch=batch,
        document_number=f"{batch.season.year}年〔演示〕12号",
        items={candidate.pk: ("转学或休学未及时办理", "该生第三学年转入本校，转学手续因原校合并延迟，现已补办。")},
        by=cast.clerk,
        at=at,
    )
    title, lines = "关于一名毕业生验印的报告", ("该生转学手续已补办，", "请予办理验印。", f"{cast.plan.name}")
    _attach(cast, special.case, "正式文件", _scan(title, lines), at + timedelta(minutes=10))
    story.submit_paper(cast, special.case, at + timedelta(minutes=30))
    return special.case


def correct_name(cast: Cast, batch: Batch, at: datetime) -> Case:
    """Ask for a correction of a graduate's name after a change in the household register (S1-07)."""
    candidate = batch.candidates.order_by("ordinal")[14]
    change = open_particulars_change(
        enrolment=candidate.enrolment,
        document_number=f"{batch.season.year}年〔演示〕8号",
        reason="该生在校期间依法更名，户口簿已变更，学籍信息尚未更正。",
        changes={"name": candidate.name[0] + "瑾瑜"},
        by=cast.clerk,
        at=at,
    )
    title, lines = "户口簿复印件（演示）", (f"曾用名：{candidate.name}", f"姓名：{candidate.name[0]}瑾瑜")
    _attach(cast, change.case, "户口簿", _scan(title, lines), at + timedelta(minutes=10))
    story.submit_paper(cast, change.case, at + timedelta(minutes=30))
    return change.case


def _attach(cast: Cast, case: Case, kind: str, page: bytes, at: datetime) -> None:
    attach_evidence(
        case=case, kind=kind, file_name=f"{kind}.png", data=page, by=cast.clerk, at=at
    )  # fmt: skip


def _scan(title: str, lines: tuple[str, ...]) -> bytes:
    """Return a page that looks like a scan of a paper and says that it is none."""
    path = str(font_set().serif[0].path)
    page = Image.new("L", _PAGE, 250)
    pen = ImageDraw.Draw(page)
    pen.rectangle((30, 30, _PAGE[0] - 30, _PAGE[1] - 30), outline=190)
    pen.text((_PAGE[0] / 2, 130), title, font=ImageFont.truetype(path, 30), fill=30, anchor="mm")
    for index, line in enumerate((*lines, "（演示数据，不是真实文件）")):
        pen.text((90, 230 + 60 * index), line, font=ImageFont.truetype(path, 21), fill=60)
    out = io.BytesIO()
    page.save(out, "PNG", optimize=True)
    return out.getvalue()
