"""The manual inside the product: which file is whose, and which section belongs to which page."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from django.urls import reverse

from xueji.attestations.queries import HEALTH
from xueji.institutions.models import Appointment, Post

_REVIEWERS = (Post.COUNTY_REVIEWER, Post.CITY_REVIEWER, Post.PROVINCE_REVIEWER)
_LEADERS = (Post.CITY_LEADER, Post.PROVINCE_LEADER)


@dataclass(frozen=True, slots=True)
class Manual:
    """One file of `docs/manual`, whose it is: posts of schools and authorities, or anybody's."""

    key: str  # in the address
    file: str
    posts: tuple[Post, ...] = ()
    line: str = ""  # only for posts of authorities of this line
    is_open: bool = False  # read without signing in


MANUALS: tuple[Manual, ...] = (
    Manual("school-clerk", "学校经办人.md", (Post.SCHOOL_CLERK,)),
    Manual("school-leader", "学校负责人.md", (Post.SCHOOL_LEADER,)),
    Manual("county", "县级审核人.md", (Post.COUNTY_REVIEWER,)),
    Manual("city", "市级审核人.md", (Post.CITY_REVIEWER,)),
    Manual("province", "省级审核人.md", (Post.PROVINCE_REVIEWER,)),
    Manual("leaders", "主管领导.md", _LEADERS),
    Manual("applications", "毕业生申请受理和审核人.md", _REVIEWERS),
    Manual("findings", "负面清单和评级.md", (*_REVIEWERS, *_LEADERS)),
    Manual("printing", "证书印制人.md", (Post.PRINTER,)),
    Manual("sealing", "验印人与监印人.md", (Post.SEALER, Post.SEAL_SUPERVISOR)),
    Manual("blanks", "空白证书保管人和发放人.md", (Post.BLANK_KEEPER, Post.BLANK_ISSUER, Post.VOID_KEEPER)),
    Manual("health", "卫生主管部门盖章人.md", (Post.PROVINCE_REVIEWER,), line=HEALTH),
    Manual("health-office", "卫生主管部门管理人员.md", (Post.ADMINISTRATOR, Post.AUDITOR, *_LEADERS), line=HEALTH),
    Manual("administrator", "系统管理员和审计员.md", (Post.ADMINISTRATOR, Post.AUDITOR)),
    Manual("graduates", "毕业生.md", is_open=True),
    Manual("public", "公众查验.md", is_open=True),
)

# Where the help of a page begins, by its URL name, or by that of the line of the menu under which it lies; of several
# manuals the first that is the reader's own. A page not named begins at the top of the reader's own manual.
_REGISTER_CLERK = "school-clerk#学籍异动"
_BATCH = ("school-clerk#一、报名册（毕业生统计上报）", "school-leader#审核一个批次")
_QUEUE = (
    "school-leader#审核一个批次",
    "county#审核一个批次",
    "city#审核",
    "province#审核",
    "leaders#审核",
)
_FIND = tuple(f"{key}#找人、找证书、找批次" for key in ("school-clerk", "school-leader", "county", "city"))
_INBOX = tuple(f"{key}#收件箱和公告" for key in ("school-clerk", "school-leader", "county", "city"))
SECTIONS_OF: Mapping[str, tuple[str, ...]] = {
    "inbox": _INBOX,
    "notices": _INBOX,
    "search": _FIND,
    "students": ("school-clerk#学籍异动", "province#学籍", *_FIND[1:]),
    "student": (_REGISTER_CLERK, "province#学籍"),
    "school:admissions": (
        "school-clerk#登记一名新生（有学籍登记的地方）",
        "school-leader#确认新生登记（有学籍登记的地方）",
    ),
    "school:national": (
        "school-clerk#全国系统注册日期（有学籍登记的地方）",
        "school-leader#确认新生登记（有学籍登记的地方）",
    ),
    "school:attendance": ("school-clerk#考勤核查（适用的政策规定了按未到校处理学籍时）",),
    "school:correction_requests": ("school-clerk#更正请求（有学籍登记的学校）",),
    "school:new_transfer": ("school-clerk#转学（有学籍登记的地方）",),
    "school:new_arrival": ("school-clerk#普通高中、技工学校转入，初中学生进入",),
    "school:batches": _BATCH,
    "school:batch": _BATCH,
    "school:upload": _BATCH,
    "school:submission": ("school-clerk#二、填登记册并提交",),
    "school:register": ("school-clerk#二、填登记册并提交",),
    "school:print_centre": ("school-clerk#四、打印",),
    "school:load": ("school-clerk#装纸打印（空白证书有流水码、逐张登记的地方）",),
    "school:printers": ("school-clerk#四、打印", "printing#打印机与校准"),
    "school:parcels": ("school-clerk#由主管部门统一打印的地方",),
    "school:hand_out": ("school-clerk#发放和存档",),
    "school:archive": ("school-clerk#发放和存档",),
    "school:numbers": ("school-clerk#编号须先申请的地方",),
    "school:certificate_cases": ("school-clerk#证书有误、作废、换发",),
    "school:changes": ("school-clerk#三、被退回怎么办", "school-leader#其他由您审核的事项"),
    "school:appointments": ("school-clerk#五、预约验印",),
    "school:duties": ("school-clerk#六、验印以后",),
    "school:blanks": ("school-clerk#空白证书",),
    "school:balance": ("school-clerk#空白证书",),
    "term_checks": ("school-clerk#学期核查（适用的政策规定了核查时段时）", "county#其他事项", "province#学籍"),
    "findings": ("school-clerk#负面清单核查（适用的政策有负面清单时）", "findings#负面清单核查"),
    "finding_schools": ("findings#负面清单核查",),
    "comparisons": ("school-clerk#两个系统核对（适用的政策有负面清单时）", "findings#两个系统核对"),
    "ratings": ("school-clerk#评级（适用的政策规定了评级时）", "findings#评级"),
    "restriction": ("findings#限制新生学籍注册",),
    "new_restriction": ("findings#限制新生学籍注册",),
    "stewardships": ("school-clerk#评级（适用的政策规定了评级时）", "findings#代管"),
    "stewardship": ("school-clerk#评级（适用的政策规定了评级时）", "findings#代管"),
    "new_stewardship": ("findings#代管",),
    "duplicates": ("school-clerk#学籍查重（有学籍登记的地方）", "province#学籍"),
    "attestations": ("school-clerk#毕业证明（毕业证书遗失）",),
    "counterseals": ("health#盖章",),
    "licence_publications": ("school-clerk#常见问题", "province#招生资质", "city#以后"),
    "register_figures": ("county#其他事项", "province#学籍"),
    "register_offices": ("administrator#账号", "county#其他事项", "province#每天先看待办"),
    "authority:attendance": ("county#其他事项", "province#学籍"),
    "authority:queue": _QUEUE,
    "authority:step": _QUEUE,
    "authority:application_review": ("applications#审核一份申请",),
    "authority:blacklist": ("applications#黑名单",),
    "authority:blacklist_entry": ("applications#黑名单",),
    "authority:new_blacklist_entry": ("applications#黑名单",),
    "authority:application_referral": ("applications#转办",),
    "authority:applications_done": ("applications#转办",),
    "authority:undelivered": ("applications#未送达的消息",),
    "authority:counter": ("applications#窗口受理",),
    "authority:number_book": ("city#编号", "province#编号台账"),
    "authority:seasons": ("city#开始一届", "province#届次和验印"),
    "authority:rounds": ("city#开始一届", "province#届次和验印", "sealing#时间"),
    "authority:calendar": ("city#开始一届",),
    "authority:reporting": ("city#开始一届", "leaders#督促和统计"),
    "authority:duties": ("city#以后", "county#其他事项", "leaders#督促和统计"),
    "authority:statistics": ("leaders#督促和统计",),
    "authority:sanctions": ("leaders#对学校的处理",),
    "authority:sealing": ("sealing#当天",),
    "authority:successors": ("sealing#当天",),
    "authority:replacement_seal": ("sealing#当天",),
    "authority:central": ("printing#统一打印",),
    "authority:replacements": ("printing#学历证明书",),
    "authority:dispatch": ("printing#证书寄发", "province#证书寄发"),
    "authority:blanks": ("blanks#查一本证书的去向",),
    "authority:blank_intake": ("blanks#保管人",),
    "authority:blank_issuing": ("blanks#发放人",),
    "authority:blank_voids": ("blanks#作废证保管人",),
    "authority:balance": ("blanks#平衡表",),
    "authority:institutions": ("administrator#登记单位（单位管理）",),
    "authority:slips": ("administrator#账号",),
    "authority:accounts": ("administrator#账号", "health-office#系统管理员"),
    "authority:number_statements": ("leaders#编号核定", "province#编号台账"),
    "authority:system": ("administrator#系统状态", "health-office#系统状态"),
    "authority:ledger": ("administrator#审计员", "health-office#审计员"),
    "authority:unconfirmed": ("administrator#审计员",),
    "mfa_index": ("administrator#每个人",),
    "sessions": ("administrator#每个人",),
    "applicant:sign_in": ("graduates#登录",),
    "applicant:account": ("graduates#核验身份",),
    "applicant:register": ("graduates#在校生和监护人查学籍",),
    "applicant:inbox": ("graduates#看进度",),
    "public:services": ("graduates#先查清要带什么",),
}


OPEN = tuple(manual for manual in MANUALS if manual.is_open)


def manuals_of(posts: Iterable[Appointment]) -> list[Manual]:
    """Return the manuals of whoever holds these posts, in the order of the table."""
    places = {(post.post, post.authority.line if post.authority else "") for post in posts}
    return [m for m in MANUALS if any(_is_of(m, post, line) for post, line in places)]


def _is_of(manual: Manual, post: str, line: str) -> bool:
    return post in manual.posts and (line == HEALTH) == (manual.line == HEALTH)


def help_address(names: Iterable[str], readable: Collection[Manual]) -> str:
    """Return where the help of a page lies for who has these manuals: its own name is asked first, then its line of the menu."""
    keys = {manual.key for manual in readable}
    for name in names:
        for section in SECTIONS_OF.get(name, ()):
            key, heading = section.split("#", 1)
            if key in keys:
                return f"{address_of(key)}#{heading}"
    return address_of(next(iter(readable)).key) if readable else reverse("manual")


@cache
def address_of(key: str) -> str:
    """Return the page of a manual."""
    manual = next(m for m in MANUALS if m.key == key)
    return reverse("open_manual" if manual.is_open else "one_manual", args=[key])
