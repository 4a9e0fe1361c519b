"""The side menu: what a person's posts let them reach. Lines of the portals stand here, those of a kind of case with the kind."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from xueji.accounts.permissions import Permission as P
from xueji.attestations.queries import HEALTH
from xueji.institutions.queries import granted_by, posts_of
from xueji.web.casepages import registered_pages
from xueji.web.manual import help_address, manuals_of
from xueji.web.needs import concerns, opens_seasons, packs_of


@dataclass(frozen=True, slots=True)
class Line:
    """One entry: shown to who holds `permission` in a post of that audience (school | authority).

    `place` orders the lines of a section, which come from several hands; `need` is what the pack must have for the page
    to make sense (`web.needs`); `args` are what the address takes besides.
    """

    section: str
    label: str
    icon: str  # lucide
    url_name: str
    audience: str
    permission: P
    place: int = 100
    need: str = ""
    args: tuple[str, ...] = ()


SECTIONS = ("学籍", "毕业办理", "打印与验印", "印制与寄发", "空白证书", "审核", "验印", "监督", "设置")
_OFFICE = "guidance:register_office"  # where the law of the place asks for such an institution
LINES: tuple[Line, ...] = (
    Line("学籍", "学生", "users", "students", "school", P.VIEW_REGISTER, 10),
    Line("学籍", "学生", "users", "students", "authority", P.VIEW_REGISTER, 10),
    Line("学籍", "学籍注册", "user-plus", "school:admissions", "school", P.VIEW_REGISTER, 20, "closing"),
    Line("学籍", "全国系统注册", "globe", "school:national", "school", P.CONFIRM_REGISTRATION, 22, "closing"),
    Line("学籍", "考勤核查", "clipboard-check", "school:attendance", "school", P.FILE_STATUS_CHANGE, 27, "value:terms_start"),
    Line("学籍", "考勤核查", "clipboard-check", "authority:attendance", "authority", P.WATCH_DUTIES, 27, "value:terms_start"),
    Line("学籍", "学籍统计", "chart-column", "register_figures", "school", P.SEE_STATISTICS, 29, "closing"),
    Line("学籍", "学籍统计", "chart-column", "register_figures", "authority", P.SEE_STATISTICS, 29, "closing"),
    Line("学籍", "更正请求", "message-square", "school:correction_requests", "school", P.FILE_PARTICULARS_CHANGE, 26, "closing"),
    Line("学籍", "学期核查", "list-checks", "term_checks", "school", P.VIEW_REGISTER, 28, "window:status_check"),
    Line("学籍", "学期核查", "list-checks", "term_checks", "authority", P.VIEW_REGISTER, 28, "window:status_check"),
    Line("学籍", "负面清单核查", "shield-alert", "findings", "school", P.VIEW_REGISTER, 28, "value:listed_items_searched"),
    Line("监督", "负面清单核查", "shield-alert", "findings", "authority", P.WATCH_DUTIES, 5, "value:listed_items_searched"),
    Line("监督", "各校负面清单事项", "table", "finding_schools", "authority", P.WATCH_DUTIES, 6, "value:listed_items_searched"),
    Line("学籍", "两个系统核对", "scale", "comparisons", "school", P.VIEW_REGISTER, 29, "value:two_systems_compared"),
    Line("监督", "两个系统核对", "scale", "comparisons", "authority", P.WATCH_DUTIES, 7, "value:two_systems_compared"),
    Line("学籍", "评级", "award", "ratings", "school", P.VIEW_REGISTER, 30, "value:rating_held_by"),
    Line("监督", "评级", "award", "ratings", "authority", P.WATCH_DUTIES, 8, "value:rating_held_by"),
    Line("学籍", "代管", "handshake", "stewardships", "school", P.VIEW_REGISTER, 31, "value:stewardship_recorded_by"),
    Line("监督", "代管", "handshake", "stewardships", "authority", P.WATCH_DUTIES, 9, "value:stewardship_recorded_by"),
    Line("打印与验印", "打印机与校准", "printer", "school:printers", "school", P.CALIBRATE_PRINTERS, 10),
    Line("打印与验印", "平衡表", "scale", "school:balance", "school", P.REQUEST_BLANKS, 30, "blank"),
    Line("打印与验印", "验印预约", "calendar-check", "school:appointments", "school", P.BOOK_SEALING, 40, "stage:seal"),
    Line("打印与验印", "验印后事项", "list-checks", "school:duties", "school", P.REPORT_DUTIES, 50, "obligation"),
    Line("印制与寄发", "统一打印", "printer", "authority:central", "authority", P.PRINT_CENTRALLY, 10, "stage:dispatch"),
    Line("印制与寄发", "打印机与校准", "settings-2", "school:printers", "authority", P.CALIBRATE_PRINTERS, 20),
    Line("印制与寄发", "证书寄发", "package", "authority:dispatch", "authority", P.DISPATCH_DIPLOMAS, 30, "stage:dispatch"),
    Line("印制与寄发", "学历证明书", "file-badge", "authority:replacements", "authority", P.PRINT_CENTRALLY, 15, "document:replacement"),
    Line("验印", "学历证明书盖章", "stamp", "authority:replacement_seal", "authority", P.SEAL, 25, "document:replacement"),
    Line("毕业办理", "验印回执", "mail-check", "receipts", "school", P.FILE_RECEIPT, 60, "document:receipt"),
    Line("毕业办理", "接管的学校", "archive", "served", "school", P.VIEW_BATCHES, 65),
    Line("毕业办理", "招生资质", "ticket-check", "licence_publications", "school", P.SEE_LICENCES, 66, "rules:enrolment"),
    Line("空白证书", "空白证书", "file-stack", "authority:blanks", "authority", P.WATCH_BLANKS, 10, "blank"),
    Line("空白证书", "保管", "package-plus", "authority:blank_intake", "authority", P.KEEP_BLANKS, 20),
    Line("空白证书", "发放", "package-open", "authority:blank_issuing", "authority", P.DISPENSE_BLANKS, 30),
    Line("空白证书", "作废证书", "stamp", "authority:blank_voids", "authority", P.KEEP_VOID_BLANKS, 40),
    Line("空白证书", "平衡表", "scale", "authority:balance", "authority", P.WATCH_BLANKS, 50, "blank"),
    Line("审核", "待办审核", "inbox", "authority:queue", "authority", P.DECIDE_CASES, 10),
    Line("审核", "窗口受理", "id-card", "authority:counter", "authority", P.SERVE_AT_COUNTER, 15, "document:replacement"),
    Line("审核", "黑名单", "ban", "authority:blacklist", "authority", P.DECIDE_CASES, 17, "value:blacklist_years"),
    Line("审核", "编号台账", "hash", "authority:number_book", "authority", P.VIEW_BATCHES, 20),
    Line("审核", "验印回执", "mail-check", "receipts", "authority", P.VIEW_BATCHES, 40, "document:receipt"),
    Line("审核", "接管的学校", "archive", "served", "authority", P.VIEW_BATCHES, 45),
    Line("审核", "招生资质", "ticket-check", "licence_publications", "authority", P.SEE_LICENCES, 46, "rules:enrolment"),
    Line("审核", "抽查学生手册", "dices", "authority:spot_checks", "authority", P.RECORD_SPOT_CHECK, 50, "stage:spot_check"),
    Line("审核", "毕业证明盖章", "stamp", "counterseals", "authority", P.SEAL_ATTESTATIONS, 60),
    Line("验印", "验印", "stamp", "authority:sealing", "authority", P.SEAL, 10, "stage:seal"),
    Line("验印", "换发证书验印", "badge-check", "authority:successors", "authority", P.SEAL, 20),
    Line("验印", "验印安排", "calendar-days", "authority:rounds", "authority", P.MANAGE_SEALING, 30, "stage:seal"),
    Line("验印", "届次和办理时段", "calendar-plus", "authority:seasons", "authority", P.MANAGE_SEASONS, 40),
    Line("监督", "上报情况", "send", "authority:reporting", "authority", P.WATCH_DUTIES, 5),
    Line("监督", "公告栏", "megaphone", "notices", "authority", P.WATCH_DUTIES, 8),
    Line("监督", "验印后事项", "list-checks", "authority:duties", "authority", P.WATCH_DUTIES, 10, "obligation"),
    Line("监督", "对学校的处理", "gavel", "authority:sanctions", "authority", P.IMPOSE_SANCTIONS, 20, "measure"),
    Line("监督", "统计", "chart-column", "authority:statistics", "authority", P.SEE_STATISTICS, 30),
    Line("监督", "证书率和就业率", "percent", "authority:rates", "authority", P.MANAGE_SEASONS, 40, "value:published_rates"),
    Line("监督", "履历查询", "scroll-text", "authority:ledger", "authority", P.READ_LEDGER, 50),
    Line("监督", "重置后未确认的办理", "user-x", "authority:unconfirmed", "authority", P.READ_LEDGER, 60),
    Line("设置", "工作日历", "calendar-clock", "authority:calendar", "authority", P.EDIT_CALENDAR, 10),
    Line("设置", "单位管理", "building-2", "authority:institutions", "authority", P.MANAGE_INSTITUTIONS, 20),
    Line("设置", "编号核定", "list-start", "authority:number_statements", "authority", P.STATE_NUMBERS, 30),
    Line("设置", "账号管理", "users", "authority:accounts", "authority", P.MANAGE_ACCOUNTS, 40),
    Line("设置", "系统状态", "activity", "authority:system", "authority", P.WATCH_SYSTEM, 45),
    Line("设置", "后台任务", "loader", "area_jobs", "authority", P.WATCH_JOBS, 50),
    Line("毕业办理", "后台任务", "loader", "jobs", "school", P.PREPARE_BATCH, 70),
    Line("设置", "学籍管理机构", "users", "register_offices", "authority", P.VIEW_BATCHES, 25, _OFFICE),
    Line("设置", "学籍管理机构", "users", "register_offices", "authority", P.MANAGE_INSTITUTIONS, 25, _OFFICE),
    Line("设置", "学籍管理机构", "users", "register_offices", "school", P.VIEW_BATCHES, 25, _OFFICE),
    Line("设置", "政策依据", "book-open", "authority:policy", "authority", P.VIEW_BATCHES, 60),
)  # fmt: skip


_OF_SEASONS = frozenset({"authority:rounds", "authority:seasons"})  # for the office that opens them
_OF_HEALTH = frozenset({"counterseals"})  # for the authorities that are asked for their seal


@cache
def every_line() -> tuple[Line, ...]:
    """Return the lines of the portals and those that kinds of case bring, section by section, each in its place."""
    brought = (line for page in registered_pages() for line in page.menu)
    return tuple(sorted((*LINES, *brought), key=lambda line: (_rank(line.section), line.place)))


def _rank(section: str) -> int:
    return SECTIONS.index(section) if section in SECTIONS else len(SECTIONS)


def menu_for(request: HttpRequest) -> dict[str, Any]:
    """Return the menu of the signed-in person by section, and where they work."""
    posts = list(posts_of(request.user))
    may = {
        audience: granted_by(frozenset(post.post for post in posts if _audience(post) == audience))
        for audience in ("school", "authority")
    }
    sections: dict[str, list[dict[str, Any]]] = {"": [_entry("工作台", "layout-dashboard", "desk")]}
    packs = packs_of(posts)
    hidden = frozenset() if opens_seasons(posts) else _OF_SEASONS
    if not any(post.authority and post.authority.line == HEALTH for post in posts):
        hidden |= _OF_HEALTH
    for line in every_line():
        if line.url_name in hidden:
            continue
        if line.permission in may[line.audience] and concerns(packs, line.need):
            entry, entries = (
                _entry(line.label, line.icon, line.url_name, line.args),
                sections.setdefault(line.section, []),
            )
            if entry not in entries:  # who works at a school and an office finds it once
                entries.append(entry)
    current = _mark_current(request, [entry for entries in sections.values() for entry in entries])
    places = dict.fromkeys(str(post.school or post.authority) for post in posts)
    titles = dict.fromkeys(post.get_post_display() for post in posts)
    return {
        "menu": [{"title": title, "entries": entries} for title, entries in sections.items()],
        "workplace": " · ".join([*places, *titles]),
        "posts": posts,
        "help_url": help_address((*_names(request), current), manuals_of(posts)),
        "stewarded": [post for post in posts if getattr(post, "steward", None)],
        "may": {permission.name.lower(): True for permission in may["school"] | may["authority"]},
    }


def _audience(post: Any) -> str:
    return "school" if post.school_id else "authority"


def _entry(label: str, icon: str, url_name: str, args: tuple[str, ...] = ()) -> dict[str, Any]:
    return {"label": label, "icon": icon, "url": _path_of(url_name, args), "name": url_name, "current": False}


@cache
def _path_of(url_name: str, args: tuple[str, ...]) -> str:
    """Return the path of a menu line; it is the same for everybody as long as the process runs."""
    return reverse(url_name, args=args)


def _names(request: HttpRequest) -> tuple[str, ...]:
    return (request.resolver_match.view_name,) if request.resolver_match else ()


def _mark_current(request: HttpRequest, entries: list[dict[str, Any]]) -> str:
    """Mark the entry whose path is the longest beginning of the page's own; return its name."""
    fitting = [entry for entry in entries if request.path.startswith(entry["url"])]
    if not fitting:
        return ""
    current = max(fitting, key=lambda entry: len(entry["url"]))
    current["current"] = True
    return str(current["name"])
