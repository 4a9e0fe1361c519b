"""The register is looked over against the negative list: what is new begins, what is no longer so ends, nothing is decided."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from typing import cast

from django.db import connection, transaction
from django.utils import timezone

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.core.decisions.supervision import ListedDecision, decide_listed
from xueji.core.errors import NotPermitted
from xueji.core.status.negative import ListedFacts
from xueji.institutions.models import School
from xueji.institutions.queries import schools_visible_to
from xueji.jobs.actions import start_job
from xueji.jobs.models import Job
from xueji.ledger.actions import event_of, record_events
from xueji.ledger.models import Event
from xueji.ledger.tags import EventTag
from xueji.sealing.rows import is_as_written, store_signed
from xueji.supervision.models import ListedFinding
from xueji.supervision.searches import SEARCHES, ListedMatter, Scope, scopes_of

SEARCH_JOB = "supervision.search"
_LOCK = 0x584A_464D  # «XJFM»: two searches wait for each other
_LONGEST = 300
_BATCH = 1000
_Key = tuple[int, str, str]


@dataclass(slots=True)
class SearchOutcome:
    """What a search left: how many findings are new, stand on, and ended, by item."""

    new: dict[str, int] = field(default_factory=dict)
    standing: dict[str, int] = field(default_factory=dict)
    ended: dict[str, int] = field(default_factory=dict)

    def count(self, what: dict[str, int], item: str) -> None:
        """Count one."""
        what[item] = what.get(item, 0) + 1


def search_findings(*, schools: Sequence[School], by: User | None, at: datetime) -> SearchOutcome:
    """Look over the register of some schools; NotPermitted where somebody asks for a school that is not theirs to watch.

    The same search again changes nothing: a finding that stands keeps its first day. Nothing is confirmed by it.
    """
    if by is not None:
        _require_reach(by, schools)
    outcome = SearchOutcome()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        for scope in scopes_of(schools, timezone.localdate(at)):
            _search(scope, outcome, by, at)
    return outcome


def search_all_findings(*, at: datetime) -> SearchOutcome:
    """Look over the register of every school, for the clock; by nobody."""
    return search_findings(schools=list(School.objects.select_related("authority").order_by("pk")), by=None, at=at)


def request_search(*, by: User, at: datetime) -> Job:
    """Start a search over the schools that somebody watches, as a job."""
    schools = schools_visible_to(by, permission=Permission.WATCH_DUTIES)
    if not schools.exists():
        raise NotPermitted("没有由您监管的学校")
    return start_job(
        kind=SEARCH_JOB, title="按负面清单核查学籍", by=by, at=at,
        arguments={"schools": list(schools.order_by("pk").values_list("pk", flat=True)), "by": by.pk},
    )  # fmt: skip


def _require_reach(by: User, schools: Iterable[School]) -> None:
    wanted = {school.pk for school in schools}
    for permission in (Permission.WATCH_DUTIES, Permission.REPORT_DUTIES):
        wanted -= set(schools_visible_to(by, permission=permission).filter(pk__in=wanted).values_list("pk", flat=True))
    if wanted:
        raise NotPermitted("其中有学校不在您的范围内")


def _search(scope: Scope, outcome: SearchOutcome, by: User | None, at: datetime) -> None:
    standing = {
        (row.school_id, row.item, row.subject): row
        for row in ListedFinding.objects.filter(school__in=scope.keys, ended_at=None).select_for_update()
    }
    new, changed = [], []
    for item in () if scope.is_closed else cast("list[str]", scope.view.value("listed_items_searched")):
        for candidate in SEARCHES[item](scope):
            decision = decide_listed(candidate.facts, scope.view)
            if not decision.findings:
                continue
            row = standing.pop((candidate.school_id, item, candidate.subject), None)
            if row is None:
                new.append(_begun(candidate, decision, scope, at))
                continue
            outcome.count(outcome.standing, item)
            if not row.is_decided and _is_moved(row, candidate, decision) and is_as_written(row):
                changed.append(row)
    ended = [row for row in standing.values() if is_as_written(row)]  # one that is not stays for the audit to name
    for row in ended:
        row.ended_at = at
    for rows, counts in ((new, outcome.new), (ended, outcome.ended)):
        for row in rows:
            outcome.count(counts, row.item)
    _store(new, changed, ended)
    events = _events(scope, {"new": new, "changed": changed, "ended": ended}, by, at)
    record_events(events)


def _begun(candidate: ListedMatter, decision: ListedDecision, scope: Scope, at: datetime) -> ListedFinding:
    return ListedFinding(
        school_id=candidate.school_id, item=candidate.facts.item, subject=candidate.subject, enrolment_id=candidate.enrolment_id,
        label=candidate.label, cites=[f"{cite.source}:{cite.clause}" for cite in decision.cites], pack=scope.view.pack.id,
        shown_on=scope.on + timedelta(days=cast("int", scope.view.value("listed_finding_first_to_school"))),
        began_on=min(candidate.began_on, scope.on), found_at=at, evidence=dict(candidate.evidence), **_words(candidate, decision),
    )  # fmt: skip


def _words(candidate: ListedMatter, decision: ListedDecision) -> dict[str, object]:
    (finding, *_) = decision.findings
    return {
        "message": finding.message[:_LONGEST], "way_out": finding.remedy[:_LONGEST], "facts": _kept(candidate.facts),
    }  # fmt: skip


def _is_moved(row: ListedFinding, candidate: ListedMatter, decision: ListedDecision) -> bool:
    """Bring the facts of a finding that stands up to date; return whether they changed."""
    words = _words(candidate, decision) | {"evidence": dict(candidate.evidence)}
    if all(getattr(row, name) == value for name, value in words.items()):
        return False
    for name, value in words.items():
        setattr(row, name, value)
    return True


def _kept(facts: ListedFacts) -> dict[str, object]:
    """Return what was known, as JSON."""
    known = ((name, value) for name, value in asdict(facts).items() if value is not None and name != "item")
    return {
        name: value.isoformat() if isinstance(value, date) else list(value) if isinstance(value, tuple) else value
        for name, value in known
    }


def _store(new: list[ListedFinding], changed: list[ListedFinding], ended: list[ListedFinding]) -> None:
    ListedFinding.objects.bulk_create(new, batch_size=_BATCH)
    store_signed(changed, "message", "way_out", "facts", "evidence")
    store_signed(ended, "ended_at")


def _events(scope: Scope, moved: Mapping[str, Sequence[ListedFinding]], by: User | None, at: datetime) -> list[Event]:
    """Return one event for each school of which something begins, moves or ends."""
    by_school: dict[int, dict[str, list[str]]] = {}
    for word, rows in moved.items():
        for row in rows:
            by_school.setdefault(row.school_id, {}).setdefault(word, []).append(f"{row.item}:{row.pk}")
    return [
        event_of(
            tag=EventTag.LISTED_FINDINGS_SEARCHED, subject=scope.schools[school_id], by=by, at=at, school_id=school_id,
            view=scope.view, after=after,
        )
        for school_id, after in sorted(by_school.items())
    ]  # fmt: skip
