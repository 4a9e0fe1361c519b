"""What of a pack the engine reads: a value or sentence that stands here steers something, any other is refused at loading.

What a notice says and the program does not act upon is a quotation (`quotations.toml`), and is shown as one. A package
that brings a reader of its own adds its key here; `tests/architecture/test_pack_keys.py` finds a key without a reader.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from xueji.core.facts_kinds import facts_kinds
from xueji.core.service_specs import PROCEDURES
from xueji.core.status_words import CHANGES
from xueji.core.workflow import LEVELS

_PLACES = {"school": "学校", "county": "县", "city": "市", "province": "省"}
_PARTS = _PLACES | {
    "percent": "百分比", "rounding": "小数", "up": "进一", "down": "舍去", "subject": "对象", "exam": "考试",
    "entry": "入学", "smallest_group": "人数", "summer": "夏季", "doubtful": "未写明", "before": "以前", "after": "以后",
    "found_of_a": "A级至多查出过的事项", "standing_of_b": "B级至多没有消除的事项",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ValueKey:
    """A single value a pack may set: what it decides, as the law page says it, and what it may be."""

    decides: str
    may_be: str
    accepts: Callable[[object], bool]
    words: Mapping[str, str] = field(default_factory=dict)  # what its parts and choices are called on pages


def _one_of(decides: str, **choices: str) -> ValueKey:
    return ValueKey(decides, f"为 {'、'.join(choices)} 之一", lambda value: value in choices, choices)


def _some_of(decides: str, *choices: str) -> ValueKey:
    known = set(choices)
    return ValueKey(
        decides,
        f"为列表，取自 {'、'.join(choices)}",
        lambda value: isinstance(value, list) and bool(value) and set(value) <= known,
        _PLACES,
    )


def _flag(decides: str) -> ValueKey:
    return ValueKey(decides, "为 true 或 false", lambda value: isinstance(value, bool))


def _text(decides: str) -> ValueKey:
    return ValueKey(decides, "为文字", lambda value: isinstance(value, str) and bool(value.strip()))


def _texts(decides: str) -> ValueKey:
    return ValueKey(decides, "为一列文字", _are_texts)


def _count(decides: str) -> ValueKey:
    return ValueKey(decides, "为正整数", _is_count)


def _table(decides: str, shape: Mapping[str, Callable[[object], bool]], optional: tuple[str, ...] = ()) -> ValueKey:
    """Return a value with parts of its own, all of them given but for the optional ones."""

    def accepts(value: object) -> bool:
        if not isinstance(value, dict) or not shape.keys() - set(optional) <= value.keys() <= shape.keys():
            return False
        return all(shape[name](part) for name, part in value.items())

    return ValueKey(decides, f"为表，各项为 {'、'.join(shape)}", accepts, _PARTS)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _is_days(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 366


def _is_bound(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _are_months(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(month, int) and 1 <= month <= 12 for month in value)


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(text, str) and text for text in value)


def _is_level(value: object) -> bool:
    return value in LEVELS


_SHARE: Mapping[str, Callable[[object], bool]] = {
    "percent": _is_count,
    "rounding": lambda value: value in ("up", "down"),
}
# What two systems may be compared in, by the heading that is shown; the number of a student's papers tells who is who.
SYSTEM_FIELDS = {
    "name": "姓名", "sex": "性别", "programme": "专业", "duration": "学制", "study_mode": "学习形式", "entry_month": "入学年月",
    "ethnicity": "民族", "political_status": "政治面貌",
}  # fmt: skip
_SEARCHED = {f"FM{number}" for number in range(2, 9)}
_BY_LEVEL = ("county", "city", "province")

VALUES: dict[str, ValueKey] = {
    "failed_marks_lead_to": _one_of("成绩不合格的怎样处理", completion="作结业", not_yet="暂不毕业"),
    "level_of_study": _text("登记册的学历层次"),
    "list_founds_before_register": _flag("学籍库登记的第一届以前入学的，仍以学校确认的名单建立登记"),
    "registry_founded_by_list": _flag("没有学籍登记的，以学校确认的名单建立登记"),
    "graduation_months": ValueKey("每年哪几个月毕业", "为月份的列表", _are_months),
    "student_number_letter": _text("没有学籍号的新生，新编学籍号在身份证号前的字母"),
    "special_case_reasons": _texts("特殊原因的分类"),
    "special_case_after_release": _one_of(
        "编号发放以后核准的特殊原因怎样办理", late_batch="列入补办批次", refuse="不再办理"
    ),
    "marked_when_approved": _one_of(
        "名单中有被标注退回的毕业生时怎样核准",
        late_batch="其余照常核准，被标注的转入补办批次",
        **{"return": "整批退回"},
    ),
    "late_batch_without_window": _flag("没有规定补验印日期的届次，遗漏的毕业生另建补办批次"),
    "issue_date_within": _table(
        "核准人选定的发证日期，最多在核准之日以前、以后几日", {"before": _is_days, "after": _is_days}
    ),
    "sealing_level": _one_of("哪一级验印", none="不验印", county="县", city="市", province="省"),
    "sealing_requires_e_file": _flag("学籍系统尚未作毕业处理的不予验印"),
    "printing": _one_of("毕业证书由谁打印", school="学校", central="统一打印"),
    "paper_order": _one_of("证书和名单按什么先后排列", number="证书编号", programme="专业、姓名"),
    "reprint_needs_case": _flag("重打须先经批准"),
    "spot_check": _table("抽查的比例和对象", {**_SHARE, "subject": lambda value: isinstance(value, str)}),
    "spot_check_levels": _table("由哪一级抽查（按学校的主管机关）", dict.fromkeys(_BY_LEVEL, _is_level), _BY_LEVEL),
    "e_file_check": _table("验印时抽查电子档案的比例", _SHARE),
    "materials": _texts("验印须带的材料"),
    "copies_by_authority": _table("材料的份数（按学校的主管机关）", dict.fromkeys(_BY_LEVEL, _is_count), _BY_LEVEL),
    "archive_levels": _some_of("存档的单位", *LEVELS),
    "college_class": _table("对口招收信息表的考试和入学年份在毕业前几年", {"exam": _is_count, "entry": _is_count}),
    "receipt_late": _one_of("逾期报送的回执怎样处理", mark="照收并标明逾期", refuse="不收"),
    "published_rates": _flag("发布取得证书率和就业率"),
    "employed_destinations": _texts("计入就业的去向"),
    "rates": _table("公布比率的最少毕业生人数", {"smallest_group": _is_count}),
    "listed_items_searched": ValueKey(
        "负面清单中由系统按学籍登记核查的项目",
        "为列表，取自 FM2 至 FM8",
        lambda value: isinstance(value, list) and bool(value) and set(value) <= _SEARCHED,
    ),
    "two_systems_compared": ValueKey(
        "两个系统核对时逐人比较的栏目",
        f"为列表，取自 {'、'.join(SYSTEM_FIELDS)}",
        lambda value: isinstance(value, list) and bool(value) and set(value) <= set(SYSTEM_FIELDS),
        SYSTEM_FIELDS,
    ),
    "listed_finding_first_to_school": _count("负面清单核查的情况，学校先看几天，主管部门才看到"),
    "rating_standard": _one_of("学籍管理机构 A、B、C 三级的评定标准", announced="另行发文"),
    "rating_held_by": _one_of("每年由哪一级评级", city="市", province="省"),
    "rating_places": _some_of("对哪些单位的学籍管理机构评级", "school", "county", "city"),
    "rating_years": _count("评级看几年的情况，当年在内"),
    "rating_draft": _table("评级草稿的界限", {"found_of_a": _is_bound, "standing_of_b": _is_bound}),
    "stewardship_recorded_by": _one_of("代管D级学校报哪一级备案，备案以后生效", city="市", province="省"),
    "restricted_years_after": _count("评为D级的学校，限制到评级年度以后第几年"),
    "rating_objection_days": _count("评级草稿告知以后，几日以内可以提出异议"),
    "office_seasons": _table(
        "受理机构夏季作息的月份，和通知没有写明的月份", {"summer": _are_months, "doubtful": _are_months}
    ),
    "office_makeup_days": _one_of("调休上班的星期六、星期日受理机构是否受理", closed="不受理", open="照开放时间受理"),
    "school_year_starts": ValueKey(
        "学年从几月开始（预计毕业年月在本学年以内的是毕业年级）",
        "为 1 至 12 的整数",
        lambda value: _is_count(value) and value in range(1, 13),
    ),
    "terms_start": ValueKey("学期从几月开始（本学期的考勤核查）", "为月份的列表", _are_months),
    "handed_over_in_transfer": _texts("转学时随学生移交的材料"),
    "duplicate_reminders": _count("对方学校不答复学籍重复的，最多催办几次"),
    "replacement_queue": _one_of(
        "学历证明书按什么时间排队打印", complete="最初提交申请的时间", supplemented="补正齐全的时间"
    ),
    "supplement_days": _count("通知补正以后，几日内补齐（到期前提醒）"),
    "uploads_kept_days": _count("上传文件的保存天数"),
    "papers_kept_days": _count("毕业生申请办结以后，上传材料的图片保存天数"),
    "blacklist_answer_days": _count("告知拟列入黑名单以后，本人几日内可以陈述申辩"),
    "blacklist_years": _count("黑名单公示几年，到期自行撤下"),
    "blacklist_name": _one_of("黑名单公示的姓名写到哪里", surname="只写姓氏，其余用星号", whole="写全名"),
    "attestation_categories": _texts("毕业证明的计划类别"),
    "attestation_study_forms": _texts("毕业证明的学习形式"),
    "attestation_lost_number": _text("原毕业证书号码遗失的，毕业证明上填什么"),
    "counterseal_offices": _texts("医药卫生类毕业证明由哪些单位加盖公章"),
    "counterseal_link_days": _count("请没有账号的单位在线答复的一次性链接，几天内有效"),
}

# where the pages say it
GUIDANCE: dict[str, str] = {
    "submission": "提交批次",
    "upload": "上传毕业生数据",
    "refused_graduates": "审核未通过的毕业生",
    "particulars_change": "信息更正",
    "number_release": "编号申请、发放编号以前",
    "spot_check": "抽查",
    "record_graduated": "毕业生情况登记",
    "data_security": "毕业生情况登记",
    "forms_agree": "各表核对",
    "diploma_blanks": "打印",
    "print_diplomas": "编号发放以后的打印",
    "prints_on": "打印",
    "blanks": "空白证书",
    "blank_request": "申领空白证书",
    "spoiled_blanks": "领用登记：损坏的证书",
    "reprint": "重打",
    "come_to_seal": "预约验印",
    "come_to_seal_late": "预约补验印",
    "missed_sealing": "错过集中验印",
    "seal": "验印",
    "sealing_materials": "验印",
    "dispatch": "交接证书",
    "emboss": "加盖钢印",
    "hand_out": "发放证书",
    "archive": "存档",
    "receipt": "回执",
    "published_rates": "发布比率",
    "sanctions": "处理",
    "register_office": "学籍管理机构",
    "lost_diploma": "证书更正、作废和补办",
    "certificate_case": "证书更正、作废和补办",
}


@dataclass(frozen=True, slots=True)
class PanelKey:
    """A part of the page on which officers decide, under the name a workflow's `shows` gives it."""

    shows: str
    kinds: tuple[str, ...]


_BATCH = ("graduation_batch",)
_CERTIFICATE = ("certificate_correction", "certificate_voiding", "certificate_replacement")

# what a workflow may show those who decide (`web/kinds/` draws each; what a case is about is shown in any event)
PANELS: dict[str, PanelKey] = {
    "register": PanelKey("验印登记册及其与名单的核对", _BATCH),
    "totals": PanelKey("名单按专业统计", _BATCH),
    "doubts": PanelKey("上传名单时的提示和警告", _BATCH),
    "last_year": PanelKey("与上一届同季毕业人数比较", _BATCH),
    "photos": PanelKey("照片抽看", _BATCH),
    "groups": PanelKey("名单按专业、入学时间、学制、学习方式分组的人数和编号起止", _BATCH),
    "durations": PanelKey("各学制的毕业人数，与登记专业的学制、入学至毕业的年数核对", _BATCH),
    "registry": PanelKey("名单与学籍登记逐项核对", _BATCH),
    "applied": PanelKey("编号申请数、回执数与名单人数核对", _BATCH),
    "spot_check": PanelKey("抽查学生手册的抽取和核验情况", _BATCH),
    "vocational": PanelKey("取得相应等级职业资格证书的情况", _BATCH),
    "employment": PanelKey("预就业情况", _BATCH),
    "results": PanelKey("各科毕业成绩的录入情况", _BATCH),
    "efile": PanelKey("电子学籍档案的毕业处理情况", _BATCH),
    "changes": PanelKey("异动情况汇总", _BATCH),
    "college": PanelKey("高职对口招收的学生", _BATCH),
    "on_list": PanelKey("申请编号的人数与名单、回执核对", ("number_application",)),
    "sheets": PanelKey("证书各次打印的流水码和结果", _CERTIFICATE),
    "need": PanelKey("空白证书的需要数和现有数", ("blank_request",)),
    "record": PanelKey("学籍登记的现有内容和本校其他更正", ("particulars_change",)),
}

# sections whose keys are names the engine knows
NAMES: dict[str, set[str]] = {
    "process": {"graduation", "replacement"},
    "photo": {"diploma"},
    "calendar": {"working_days"},
    "change": set(CHANGES),
    "closing": {"registration", "filing"},
    "service": {*PROCEDURES, "sanction"},
}


def names_of(kind: str) -> Collection[str] | None:
    """Return the names that entries of a kind may have, None where any will do; forms are those that somebody reads."""
    return facts_kinds() if kind == "workbook" else NAMES.get(kind)


# tables the engine asks for by name; the others are named by a column or a rule of some pack
TABLES: set[str] = {
    "divisions",
    "id_document_types",
    "id_document_shapes",
    "id_document_words",
    "negative_list",
    "change_types_of_leavers",
    "particulars_change_types",
    "direct_counties",
    "withdrawn_divisions",
}
ALIASES = "_aliases"  # «x_aliases» are other ways of writing the words of the table «x»
