"""Where a batch stands for its school, and what to do next: one answer for the list, the page and the desk."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from django.urls import reverse
from django.utils import timezone

from xueji.cases.models import CaseState
from xueji.certificates.stages import process_of
from xueji.core.process import standing_in_the_way
from xueji.graduation.facts import LIVE
from xueji.graduation.models import Batch, CandidateState
from xueji.graduation.queries import graduates_by_state, lines_stated
from xueji.graduation.queries.from_register import has_expectations
from xueji.graduation.queries.second_round import last_return_of
from xueji.graduation.queries.taking_back import lacking_photos
from xueji.obligations.queries import first_due_of, open_count_of
from xueji.uploads.models import Upload
from xueji.uploads.queries import open_upload_of
from xueji.web.casepages import registered_pages
from xueji.web.needs import is_met
from xueji.web.progress import progress_of


@dataclass(frozen=True, slots=True)
class Action:
    """A link or button of the next-step card."""

    label: str
    url: str
    is_main: bool = False


@dataclass(frozen=True, slots=True)
class Phase:
    """What comes next: icon, heading, sentence, and where to go."""

    icon: str
    title: str
    text: str
    actions: tuple[Action, ...] = ()
    tone: str = ""


class Standing:
    """The figures the next step depends on: each is counted when it is asked for, and once."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch

    @property
    def listed(self) -> int:
        """Graduates on the list."""
        return sum(count for state, _, _, count in self._graduates if state in LIVE)

    @property
    def marked(self) -> int:
        """Graduates marked for return."""
        return sum(count for state, _, _, count in self._graduates if state == CandidateState.MARKED)

    @property
    def refused(self) -> int:
        """Graduates refused."""
        return sum(count for state, _, _, count in self._graduates if state == CandidateState.REFUSED)

    @property
    def programmes(self) -> int:
        """Programmes (with their duration) of the graduates on the list: one register line each."""
        return len({row[1:3] for row in self._graduates if row[0] in LIVE})

    @cached_property
    def lines(self) -> int:
        """Register lines stated."""
        return lines_stated(self._batch)

    @cached_property
    def without_photo(self) -> int:
        """Graduates on the list without a photograph."""
        return lacking_photos(self._batch)

    @property
    def has_all_photos(self) -> bool:
        """Whether nobody's photograph is missing."""
        return self.without_photo == 0

    @cached_property
    def upload(self) -> Upload | None:
        """The open upload, if any."""
        return open_upload_of(self._batch, "graduates")

    @cached_property
    def has_appointment(self) -> bool:
        """Whether a day for the seal is booked."""
        return hasattr(self._batch.issue, "appointment")

    @cached_property
    def open_duties(self) -> int:
        """Duties after the seal not yet done."""
        return open_count_of(self._batch.case_id) if self._batch.issue.sealed_at else 0

    @cached_property
    def _graduates(self) -> list[tuple[Any, ...]]:
        return graduates_by_state(self._batch)


def state_tag(batch: Batch) -> tuple[str, str]:
    """Return the state of a batch for a tag, finer than its case's: numbered and sealed are told apart."""
    if batch.issue.sealed_at:
        return "sealed", "已验印"
    if batch.issue.numbered_at and batch.case.state == CaseState.APPROVED:
        return "numbered", "已编号，待验印" if is_met(batch.law, "stage:seal") else "已编号"
    return batch.case.state, batch.case.get_state_display()


def next_step(batch: Batch, now: Standing) -> Phase:
    """Return what the school does next with a batch."""
    if batch.issue.sealed_at:
        return _after_sealing(batch, now)
    state = batch.case.state
    if state == CaseState.APPROVED:
        view = batch.law
        by_the_book = is_met(view, "stage:seal") and not view.keys("blank")
        return _printing(batch, now) if by_the_book else _open_stage(batch) or _printing(batch, now)
    if state == CaseState.IN_PROGRESS:
        return Phase("hourglass", "等待审核", "已提交，按办理进度逐级审核。退回或通过后，工作台会有提示。")
    if state in {CaseState.REFUSED, CaseState.WITHDRAWN}:
        return Phase("archive", "已终止", "本批次不再办理。")
    return _preparing(batch, now)


def _preparing(batch: Batch, now: Standing) -> Phase:
    upload = Action("上传数据", reverse("school:upload", args=[batch.pk]), is_main=True)
    if now.upload:
        link = Action("查看检查结果", reverse("uploads:graduates", args=[now.upload.pk]), is_main=True)
        return Phase("file-search", "有一份上传待处理", "检查结果全部列出；没有错误才能确认入库。", (link,))
    if not now.listed:
        return _listing(batch, upload)
    return _mending(batch, now, upload) or _submitting(batch, now)


def _listing(batch: Batch, upload: Action) -> Phase:
    if has_expectations(batch):
        text = "毕业生名单从学籍库生成，只需补充成绩；连同照片压缩包一起上传，确认之前不会入库。"
        drawn = Action("从学籍库生成名单", reverse("school:expected", args=[batch.pk]))
        return Phase("upload", "从学籍库生成名单，补充成绩并上传", text, (upload, drawn))
    template = Action("下载模板", reverse("school:template", args=[batch.pk]))
    text = "按模板填好毕业生数据，连同照片压缩包一起上传；确认之前不会入库。"
    return Phase("upload", "下载模板，填写并上传", text, (upload, template))


def _mending(batch: Batch, now: Standing, upload: Action) -> Phase | None:
    """Return what is wrong with single graduates of the list; None when nothing is."""
    if now.marked:
        marked = Action("查看被退回的毕业生", reverse("school:candidates", args=[batch.pk]) + "?state=marked")
        text = f"有 {now.marked} 名毕业生被标注退回：逐个更正、重新上传、说明情况，或让其退出本批次，再提交。"
        return Phase("corner-up-left", "按退回意见更正", f"{_opinion(batch)}{text}", (marked, upload))
    if not now.has_all_photos:
        lacking = Action("查看毕业生名单", reverse("school:candidates", args=[batch.pk]))
        text = f"{now.without_photo} 名毕业生没有电子照片：在毕业生页面逐张补交，或连同照片压缩包重新上传。"
        return Phase("upload", "补齐照片", text, (lacking, upload))
    return None


def _submitting(batch: Batch, now: Standing) -> Phase:
    register = Action("填写登记册", reverse("school:register", args=[batch.pk]), is_main=True)
    if now.lines < now.programmes and is_met(batch.law, "rules:register"):
        text = "逐个专业填写招生计划和实际录取人数；毕业人数由系统按名单统计。"
        return Phase("clipboard-list", "填写验印登记册", text, (register,))
    submit = Action("核对并提交", reverse("school:submission", args=[batch.pk]), is_main=True)
    text = f"{_opinion(batch)}全部毕业生信息核对无误后提交，由学校负责人审核，再逐级上报。"
    register_action = (Action("修改登记册", register.url),) if is_met(batch.law, "rules:register") else ()
    return Phase("send", "提交审核", text, (submit, *register_action))


def _opinion(batch: Batch) -> str:
    """The words with which a batch was returned, as long as it is in the school's hands again."""
    returned = last_return_of(batch.case) if batch.case.state == CaseState.RETURNED else None
    return f"{returned.step.label}退回意见：{returned.reasons}。" if returned else ""


def _printing(batch: Batch, now: Standing) -> Phase:
    centre = Action("打印中心", reverse("school:print_centre", args=[batch.pk]), is_main=True)
    booking = Action("预约验印", reverse("school:sealing", args=[batch.pk]), is_main=now.has_appointment)
    text = "证书编号和发证日期已发放：打印证书、登记册和名单，要求见打印中心。"
    if now.has_appointment:
        text += " 到预约时间前来办理验印。"
        return Phase("calendar-check", "打印并按预约时间验印", text, (centre, Action("查看预约", booking.url)))
    return Phase("printer", "打印并预约验印", text, (centre, booking))


@dataclass(frozen=True, slots=True)
class StageWords:
    """What a school does for a stage, and where; the page is of its batch unless it is for all of them."""

    icon: str
    text: str
    url_name: str
    of_batch: bool = True


# those done by a case come with its kind (`web.casepages`); a stage that is another office's work leads nowhere
_STAGES: dict[str, StageWords] = {
    "print": StageWords("printer", "装入空白证书，打印，逐张确认。", "school:print_centre"),
    "spot_check": StageWords("dices", "备好抽中的学生手册，等核验机关核对。", "school:comparison"),
    "record_graduated": StageWords("file-check", "登记每名毕业生已在学籍系统办理毕业。", "school:records"),
    "seal": StageWords("stamp", "预约时间，带上证书和材料前来验印。", "school:sealing"),
    "dispatch": StageWords("package", "等证书寄到，清点后确认接收。", "school:parcels"),
    "emboss": StageWords("badge-check", "粘贴照片、加盖学校钢印，逐本确认。", "school:emboss"),
    "hand_out": StageWords("hand-helping", "发放证书并登记领取人。", "school:hand_out"),
    "archive": StageWords("archive", "各存档单位的材料登记档号。", "school:archive"),
}


@cache
def _stage_words() -> dict[str, StageWords]:
    """Return the words of every stage, those that kinds of case bring among them."""
    return dict(_STAGES, **{key: words for page in registered_pages() for key, words in page.stages.items()})


def _open_stage(batch: Batch) -> Phase | None:
    """Return the first stage of the pack that can be worked on now; None when every one is done."""
    process = process_of(batch.issue_at_hand)
    done = progress_of(batch)
    for stage in process.stages if process else ():
        words = _stage_words().get(stage.key)
        if words is None or stage.key in done or standing_in_the_way(process, stage.key, done):
            continue
        if words.url_name == "school:print_centre" and is_met(batch.law, "stage:dispatch"):
            return Phase("printer", stage.label, "证书由主管部门统一打印，打印和寄发的进度在这里显示。")
        url = reverse(words.url_name, args=[batch.pk] if words.of_batch else None)
        return Phase(words.icon, stage.label, words.text, (Action("去办理", url, is_main=True),))
    return None


def _after_sealing(batch: Batch, now: Standing) -> Phase:
    if now.open_duties:
        link = Action("办理验印后事项", reverse("school:duties"), is_main=True)
        title, due = f"还有 {now.open_duties} 项验印后事项", first_due_of(batch.case_id)
        if due is not None and due < timezone.localdate():
            return Phase(
                "octagon-alert", title, f"最早一项应于 {due:%Y-%m-%d} 完成，已逾期，请立即办理并报备。", (link,), "bad"
            )
        return Phase("list-checks", title, "请在期限内完成并报备。", (link,))
    return _open_stage(batch) or Phase("circle-check", "全部办结", "本批次已验印，各个环节都已完成。")
