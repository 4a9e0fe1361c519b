"""The words of student status: what a status and a change are called in every pack.

The list is the engine's, since each has an effect of its own; which change starts from which status is the pack's.
"""

from __future__ import annotations

ENROLLED, SUSPENDED, WITHDRAWN, CANCELLED = "在读", "休学", "退学", "注销"
TRANSFERRED, GRADUATED, COMPLETED, DIED = "转出", "毕业", "结业", "死亡"
STATUSES = (ENROLLED, SUSPENDED, WITHDRAWN, CANCELLED, TRANSFERRED, GRADUATED, COMPLETED, DIED)

REPEAT, SKIP, TRANSFER, CHANGE_PROGRAMME, CHANGE_MODE = "留级", "跳级", "转学", "转专业", "转学习形式"
SUSPEND, RESUME, WITHDRAW, REINSTATE, CANCEL = "休学", "复学", "退学", "恢复学籍", "注销"
DIE, CHANGE_PARTICULARS = "死亡", "信息变更"
CHANGES = (
    REPEAT, SKIP, TRANSFER, CHANGE_PROGRAMME, CHANGE_MODE, SUSPEND, RESUME, WITHDRAW, REINSTATE, CANCEL, DIE,
    CHANGE_PARTICULARS,
)  # fmt: skip

PASSED_ON = "随校移交"  # of no law's list: the school went into another, and its students' records with it

VOCATIONAL, SENIOR_HIGH, TECHNICIAN, JUNIOR_HIGH = "中职", "普通高中", "技工学校", "初中"
SCHOOLS_LEFT = (VOCATIONAL, SENIOR_HIGH, TECHNICIAN, JUNIOR_HIGH)  # where somebody comes from who is transferred

FULL_TIME, PART_TIME = "全日制", "非全日制"
STUDY_MODES = (FULL_TIME, PART_TIME)

ORIGINS = {
    "junior_high_graduate": "应届初中毕业", "primary_leaver": "小学毕业", "junior_high_pupil": "未毕业初中生",
    "senior_high": "普通高中转入", "technician_school": "技工学校转入", "vocational_school": "中职学校间转学",
    "articulated": "中高职衔接", "other": "其他",
}  # fmt: skip
