"""Whose word counts on the last number on paper, and which counters wait for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils import timezone

from xueji import policy
from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.certificates import marks
from xueji.certificates.models import CertificateNumber, NumberBlock, NumberStatement
from xueji.certificates.orders import order_known
from xueji.core.errors import BadInput, NotFound
from xueji.core.numbering import parse_number, serial_ceiling
from xueji.core.packs import NumberingSpec, Pack
from xueji.core.permutation import invert
from xueji.institutions.models import Authority, Post
from xueji.institutions.posts import PERMISSIONS_OF
from xueji.institutions.queries import pack_over, pick, posts_of
from xueji.policy.library import covers

_NAMED = 8  # counters that a notice names


@dataclass(frozen=True, slots=True)
class AwaitedCounter:
    """A counter that waits for a statement, as the page shows it."""

    counter: marks.Held
    label: str
    last_stored: str  # the last number the database knows, as printed; empty when it knows none

    @property
    def key(self) -> str:
        """What names the counter in a form."""
        return f"{self.counter.kind} {self.counter.scope}"


@dataclass(frozen=True, slots=True)
class Position:
    """Where a printed number stands: its counter and its serial there."""

    kind: str
    scope: str
    serial: int


def packs_stated_by(user: User) -> dict[str, bool]:
    """Return the packs for whose numbers a person may speak; True when by a post that releases, not an administrator's.

    That is whoever decides at the head of a pack's line, where its numbers are released, and whoever administers it.
    """
    found: dict[str, bool] = {}
    posts = [post for post in posts_of(user) if Permission.STATE_NUMBERS in PERMISSIONS_OF[post.post]]
    places = [(post, post.authority) for post in posts if post.authority]
    for pack, head in _heads() if places else ():
        for post, authority in places:
            administers = post.post == Post.ADMINISTRATOR and head.path.startswith(authority.path)
            if administers or (post.post != Post.ADMINISTRATOR and post.authority_id == head.pk):
                found[pack] = found.get(pack, False) or not administers
    return found


def _heads() -> Iterator[tuple[str, Authority]]:
    """Name the authorities at the head of each book of numbers: those whose parent counts in another book, or in none."""
    packs = {authority.pk: (_book_of(authority), authority) for authority in Authority.objects.order_by("path")}
    for pack, authority in packs.values():
        if pack and (authority.parent_id is None or packs[authority.parent_id][0] != pack):
            yield pack, authority


def _book_of(authority: Authority) -> str:
    """Return the id of the pack in whose book an authority's schools count: its own, or the one whose numbering it inherits."""
    try:
        lineage = pack_over(authority).lineage()
    except BadInput:  # a place no pack covers
        return ""
    stating = (pack.id for pack in reversed(lineage) if any(item.kind == "numbering" for item in pack.items))
    return next(stating, lineage[-1].id)


def statements_visible_to(user: User) -> QuerySet[NumberStatement]:
    """Return the statements on the packs a person may speak for, newest first."""
    return NumberStatement.objects.filter(pack__in=packs_stated_by(user)).select_related("stated_by", "confirmed_by")


def statement_for(user: User, statement_id: int) -> NumberStatement:
    """Return a statement the person may confirm or drop, else NotFound."""
    found: NumberStatement = pick(statements_visible_to(user), statement_id)
    return found


def waiting_for(user: User, pack_id: str) -> list[AwaitedCounter]:
    """Return the counters of a pack that wait for a statement; NotFound when the person may not speak for the pack."""
    if pack_id not in packs_stated_by(user):
        raise NotFound
    pack = policy.get_library().pack(pack_id)
    return [
        AwaitedCounter(counter, label_of(pack, counter.kind, counter.scope), _last_stored(counter))
        for counter in marks.held_counters(pack_id)
    ]


def open_statement(pack_id: str) -> NumberStatement | None:
    """Return the statement that waits for its second person, said of this very database."""
    found = NumberStatement.objects.filter(pack=pack_id, confirmed_at=None, dropped_at=None).select_related("stated_by")
    return found.filter(lineage=marks.lineage()).first()


def is_held(pack_id: str) -> marks.Why | None:
    """Return why numbers of a pack wait for a statement: a counter of it does, or no new counter may begin."""
    counters = marks.held_counters(pack_id)
    return counters[0].why if counters else marks.held_pack(pack_id)


def held_notices() -> list[str]:
    """Return a sentence for each pack in use of which no number may be given: why, which counters, who states them where.

    For whoever runs the machine; a folder of marks that cannot be read holds every number, and is told as that.
    """
    library, found = policy.get_library(), []
    try:
        for pack_id, head in _heads():
            counters = marks.held_counters(pack_id)
            if why := counters[0].why if counters else marks.held_pack(pack_id):
                pack = library.pack(pack_id)
                names = [label_of(pack, counter.kind, counter.scope) for counter in counters]
                more = f"等 {len(names)} 个" if len(names) > _NAMED else ""
                found.append(
                    f"「{pack.title}」的编号暂停发放：{why.value}。由{head.name}两人在「设置 → 编号核定」办理：一人写明纸上最后"
                    f"一个编号，另一人用自己的账号确认（{'、'.join(names[:_NAMED]) or '没有已知的编号'}{more}）"
                )
    except OSError as error:
        return [f"编号标记文件夹 {marks.folder()} 不能读取（{error.strerror}）：不能发放编号"]
    return found


def held_of_line(user: User) -> int:
    """Return how many counters of a reader's own line and places wait for a statement; a book that is closed whole counts as one.

    For a page: the books are found by the packs there are, not by the authorities. OSError where the marks cannot be read.
    """
    authorities = [post.authority for post in posts_of(user) if post.authority]
    own_books = {book for authority in authorities if (book := _book_of(authority))}
    below = {
        pack.id
        for pack in policy.get_library().packs()
        if any(pack.line == office.line and covers(office.division_code, pack.territory) for office in authorities)
    }
    counts = {pack_id: len(marks.held_counters(pack_id)) for pack_id in sorted(own_books | below)}
    return sum(counts.values()) + sum(not counts[book] and marks.held_pack(book) is not None for book in own_books)


def label_of(pack: Pack, kind: str, scope: str) -> str:
    """Return what a counter counts, in words: «毕业证书编号 2019 年 …»."""
    spec = _spec(pack, kind)
    if spec is None:
        return f"{kind} {scope}"
    values = scope.split(" ", 1)[-1].split("-")
    parts = "，".join(
        f"{spec.shape.part(name).label} {value}" for name, value in zip(spec.counter_parts, values, strict=False)
    )
    return f"{spec.label}（{parts}）"


def position_of(pack: Pack, number: str, *, keys: dict[tuple[str, str], int | None]) -> Position:
    """Return where a number on paper stands; BadInput when no numbering of the pack writes such a number.

    `keys` are the data keys under which permuted counters were begun, as far as they are known.
    """
    view = pack.on(timezone.localdate())
    for kind in view.keys("numbering"):
        spec = view.numbering(kind)
        try:
            parts = parse_number(spec.shape, number)
        except BadInput:
            continue
        if any(parts[name] != value.zfill(spec.shape.part(name).width) for name, value in spec.fixed.items()):
            continue
        scope = f"{pack.id} {'-'.join(parts[part] for part in spec.counter_parts)}"
        ceiling, serial = serial_ceiling(spec.shape, spec.serial_part), int(parts[spec.serial_part])
        if not 1 <= serial <= ceiling:
            raise BadInput(f"编号「{number}」的{spec.shape.part(spec.serial_part).label}不能是 {serial}")
        if spec.order == "permuted":
            order = order_known(kind, scope, keys.get((kind, scope)))
            serial = invert(serial, ceiling, bytes.fromhex(order))
        return Position(kind, scope, serial)
    raise BadInput(f"编号「{number}」不是「{pack.title}」的编号：请照证书上的编号完整填写")


def _spec(pack: Pack, kind: str) -> NumberingSpec | None:
    view = pack.on(timezone.localdate())
    return view.numbering(kind) if kind in view.keys("numbering") else None


def _last_stored(counter: marks.Held) -> str:
    block = (
        NumberBlock.objects.filter(counter__kind=counter.kind, counter__scope=counter.scope)
        .order_by("-serials")
        .first()
    )
    if block is None:
        return ""
    last = CertificateNumber.objects.filter(block=block).order_by("-serial").values_list("number", flat=True).first()
    return last or ""
