"""What others can check of the log without us: proofs, heads, a witness that refuses a rewritten one."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.mail import EmailMessage
from tests.apps.ledger.test_log import happened
from tests.apps.ledger.witness import serving
from tests.factories.accounts import UserFactory
from tests.standing import Standing, standing

from xueji.accounts.models import User
from xueji.cli import audit_log
from xueji.cli import log as program
from xueji.core.errors import NotFound
from xueji.ledger import sequencing
from xueji.ledger.heads import HeadNotTaken, publish_head
from xueji.ledger.models import Event
from xueji.ledger.notes import Checkpoint, Note, NoteRefused, Verifier, checked, log_verifier, signed
from xueji.ledger.proofs import check_proof, prove_event
from xueji.ledger.queries import printed_head
from xueji.ledger.sequencing import head, sequence_events
from xueji.ledger.tiles import Tiles


@pytest.fixture(scope="module")
def log(django_db_setup: None, django_db_blocker, tmp_path_factory) -> Iterator[Standing[User]]:
    """A log of three hundred events, begun once for all tests here, and the clerk whose they are."""
    with standing(django_db_blocker, tmp_path_factory.mktemp("log"), _build) as built:
        yield built


def _build() -> User:
    clerk = UserFactory(full_name="王经办")
    happened(clerk, 300)
    sequence_events()
    return clerk


@pytest.fixture
def clerk(log: Standing[User], db) -> User:
    return User.objects.get(pk=log.copied().pk)


@pytest.fixture
def key(clerk) -> Verifier:
    """The public key of the log."""
    return log_verifier(head().origin)


def rewritten(at: int = 5) -> None:
    """Write the whole log anew with one other entry, as somebody does who has folder, database and the key."""
    now = head()
    entries = list(now.tiles.entries())
    entries[at] = b"event 1 " + b"0" * 64 + b"\n"
    for path in sorted((sequencing.folder() / "tile").rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    tiles = Tiles(sequencing.folder(), 0).grown([*entries, b"event 2 \n"])
    note = signed(Checkpoint(now.origin, tiles.size, tiles.root()))
    (sequencing.folder() / "checkpoint").write_text(str(note))


def test_a_proof_shows_its_event_and_no_other(key):
    event = Event.objects.order_by("id")[7]
    text = prove_event(event.pk)
    shown = check_proof(text, key)
    assert shown.entry == f"event {event.pk} {event.digest.removeprefix('log:')}"
    assert (shown.index, shown.checkpoint.size) == (7, Event.objects.count())
    lines = text.split("\n")
    other = prove_event(event.pk + 1).split("\n")
    for place in range(1, lines.index("")):
        with pytest.raises(NoteRefused):
            check_proof(
                "\n".join([*lines[:place], other[place] if place < 3 else lines[place][::-1], *lines[place + 1 :]]), key
            )
    with pytest.raises(NoteRefused):
        check_proof("c2sp.org/tlog-proof@v1\nindex x\n\n", key)


def test_a_reader_at_an_older_size_finds_its_tree_in_fuller_tiles(key, clerk):
    old = head().tiles
    root = old.root()
    happened(clerk, 5)
    sequence_events()
    (sequencing.folder() / "tile" / "0" / "001.p" / str(old.size - 256)).unlink()
    assert Tiles(sequencing.folder(), old.size).root() == root
    happened(clerk, 256)
    sequence_events()
    assert not (sequencing.folder() / "tile" / "0" / "001.p").exists()
    assert Tiles(sequencing.folder(), old.size).root() == root


def test_an_event_that_just_happened_has_no_proof_yet(key, clerk):
    (event,) = happened(clerk)
    with pytest.raises(NotFound, match="两分钟后再试"):
        prove_event(event)


def test_a_key_is_written_and_read_and_one_that_contradicts_itself_refused(key):
    assert Verifier.parse(str(key)) == key
    name, _, rest = str(key).partition("+")
    with pytest.raises(NoteRefused, match="不符"):
        Verifier.parse(f"another{name}+{rest}")
    with pytest.raises(NoteRefused, match="读不懂"):
        Verifier.parse("log+00000000+AA==")


def test_a_note_without_signature_or_of_another_text_is_refused(key):
    note = head().note
    assert checked(note, key).size == Event.objects.count()
    with pytest.raises(NoteRefused):
        checked(note.replace(f"\n{Event.objects.count()}\n", "\n299\n"), key)
    with pytest.raises(NoteRefused):
        checked(note.partition("\n\n")[0] + "\n", key)
    with pytest.raises(NoteRefused):
        Note.parse("甲\n\n没有横线\n")


def test_heads_lie_in_a_folder_each_under_its_own_name(key, clerk, settings, tmp_path):
    settings.LEDGER_HEADS = str(tmp_path)
    first = publish_head()
    assert publish_head() == first
    happened(clerk)
    sequence_events()
    publish_head()
    assert [checked(path.read_text(), key).size for path in sorted(tmp_path.iterdir())] == [first.size, first.size + 1]
    settings.LEDGER_HEADS = str(tmp_path / "不在")
    happened(clerk)
    sequence_events()
    with pytest.raises(HeadNotTaken, match="写不进"):
        publish_head()


def test_heads_go_by_mail_once_each_as_a_file_that_the_audit_takes(key, clerk, settings, mailoutbox, tmp_path):
    settings.LEDGER_MAIL = ["auditor@city.example", "archive@province.example"]
    assert publish_head().places == ("auditor@city.example", "archive@province.example")
    publish_head()
    assert [message.to for message in mailoutbox] == [["auditor@city.example"], ["archive@province.example"]]
    happened(clerk)
    sequence_events()
    publish_head()
    assert len(mailoutbox) == 4
    (name, content, _kind) = mailoutbox[-1].attachments[0]
    kept = tmp_path / name
    kept.write_text(content)
    assert checked(content, key).size == Event.objects.count()
    assert not [text for text in audit_log.log([kept])["mismatches"] if "日志头" in text]
    assert clerk.full_name not in mailoutbox[-1].body


def test_a_mail_that_is_not_taken_is_told_and_sent_the_next_time(key, settings, mailoutbox, monkeypatch):
    settings.LEDGER_MAIL = ["auditor@city.example"]

    def refused(*_args: object, **_more: object) -> int:
        raise ConnectionRefusedError("邮件服务器没有应答")

    with monkeypatch.context() as down:
        down.setattr(EmailMessage, "send", refused)
        with pytest.raises(HeadNotTaken, match="寄不到 auditor@city"):
            publish_head()
    publish_head()
    assert len(mailoutbox) == 1


def test_what_is_printed_is_held_against_the_entries(key, clerk, capsys):
    size, root = re.fullmatch(r"履历日志 (\d+) 条，根 (\S{44})", printed_head()).groups()
    happened(clerk, 3)
    sequence_events()
    assert program.main(["printed", size, root]) == 0
    assert program.main(["printed", str(int(size) - 1), root]) == 1
    assert program.main(["printed", "9999", root]) == 1
    output = capsys.readouterr().out
    assert "正是纸上所写的" in output
    assert "与纸上不符" in output
    assert "没有 9999 条" in output


@pytest.mark.enable_socket
def test_a_witness_signs_a_log_that_grew_and_refuses_a_rewritten_one(key, clerk, settings):
    with serving(key) as witness:
        settings.LEDGER_WITNESS, settings.LEDGER_WITNESS_KEY = witness.address, str(witness.verifier)
        assert publish_head().places == (witness.address,)
        happened(clerk, 40)
        sequence_events()
        publish_head()
        kept = (sequencing.folder() / "witness").read_text()
        assert Note.parse(kept).signed_by(witness.verifier)
        assert checked(kept, key).size == Event.objects.count()
        (sequencing.folder() / "witness").unlink()  # it is asked how far it came
        publish_head()
        rewritten()
        with pytest.raises(HeadNotTaken, match="不认日志头（422"):
            publish_head()
        assert witness.evidence


@pytest.mark.enable_socket
def test_what_answers_in_the_place_of_a_witness_witnesses_nothing(key, settings):
    """An address that says «200»: without the public key, or under another one, that is no signature."""
    with serving(key) as witness:
        settings.LEDGER_WITNESS = witness.address
        with pytest.raises(HeadNotTaken, match="没有设置 XUEJI_LEDGER_WITNESS_KEY"):
            publish_head()
        settings.LEDGER_WITNESS_KEY = str(witness.verifier)
        witness.key = Ed25519PrivateKey.generate()
        with pytest.raises(HeadNotTaken, match=r"没有 witness\.example/w1 的有效签名"):
            publish_head()
        witness.answer = lambda _body: (200, "好\n")
        with pytest.raises(HeadNotTaken, match=r"没有 witness\.example/w1 的有效签名"):
            publish_head()
        assert not (sequencing.folder() / "witness").exists()


@pytest.mark.enable_socket
def test_a_place_that_refuses_keeps_no_other_from_the_head(key, settings, tmp_path):
    settings.LEDGER_HEADS = str(tmp_path / "不在")
    with serving(key) as witness:
        settings.LEDGER_WITNESS, settings.LEDGER_WITNESS_KEY = witness.address, str(witness.verifier)
        with pytest.raises(HeadNotTaken, match="写不进"):
            publish_head()
        assert witness.size == head().tiles.size


def test_another_head_of_the_same_size_is_neither_overwritten_nor_passed_over(key, settings, tmp_path):
    settings.LEDGER_HEADS = str(tmp_path)
    publish_head()
    (kept,) = tmp_path.iterdir()
    before = kept.read_text()
    rewritten()
    entries = list(head().tiles.entries())[:-1]
    shutil.rmtree(sequencing.folder() / "tile")
    tiles = Tiles(sequencing.folder(), 0).grown(entries)
    note = signed(Checkpoint(key.name, tiles.size, tiles.root()))
    (sequencing.folder() / "checkpoint").write_text(str(note))
    with pytest.raises(HeadNotTaken, match="已是同样条数的另一份日志头"):
        publish_head()
    assert kept.read_text() == before


@pytest.mark.enable_socket
def test_a_witness_that_does_not_answer_is_asked_again_later(key, settings):
    settings.LEDGER_WITNESS = "http://127.0.0.1:9"
    with pytest.raises(HeadNotTaken, match="没有应答"):
        publish_head()


def test_the_program_writes_a_proof_and_checks_it(key, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(program, "set_up", lambda **_: None)
    event, proof, kept = Event.objects.order_by("id")[3].pk, tmp_path / "x.tlog-proof", tmp_path / "head.txt"
    assert program.main(["prove", str(event), "-o", str(proof)]) == 0
    assert program.main(["verify", str(proof), "--key", str(key)]) == 0
    assert f"event {event} " in capsys.readouterr().out
    assert program.main(["head", "-o", str(kept)]) == 0
    assert program.main(["verify", str(kept), "--log", str(sequencing.folder())]) == 0
    assert f"各条读过，前 {head().tiles.size} 条正是它说的" in capsys.readouterr().out
    assert program.main(["key"]) == 0
    assert capsys.readouterr().out.endswith(f"{key}\n")
    rewritten()
    assert program.main(["verify", str(kept), "--log", str(sequencing.folder())]) == 1
    assert "改写过" in capsys.readouterr().out
    proof.write_text(proof.read_text().replace("index 3", "index 4"))
    assert program.main(["verify", str(proof)]) == 1


@pytest.fixture
def kept(key, clerk, tmp_path, monkeypatch, capsys):
    """A head from before the log grew."""
    monkeypatch.setattr(program, "set_up", lambda **_: None)
    path = tmp_path / "head.txt"
    program.main(["head", "-o", str(path)])
    happened(clerk, 300)
    sequence_events()
    capsys.readouterr()
    return path


def test_a_head_is_shown_to_go_on_into_the_log_that_lies_there(kept, capsys):
    assert program.main(["verify", str(kept), "--log", str(sequencing.folder())]) == 0
    assert f"一直延续到现在的 {head().tiles.size} 条" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("what", "why"), [("entry", "改写过"), ("later entry", "与它自己的日志头不符"), ("head", "没有.*有效签名")]
)
def test_a_log_is_judged_by_its_entries_not_by_the_hashes_beside_them(kept, key, capsys, what, why):
    """Whoever changes an entry can leave the tiles of hashes as they were: what the log says are its entries."""
    place = sequencing.folder() / "tile" / "entries" / ("000" if what == "entry" else "001")
    if what == "head":
        checkpoint = sequencing.folder() / "checkpoint"
        checkpoint.write_text(checkpoint.read_text().replace("\n— ", "\n— x"))
    else:
        raw = bytearray(place.read_bytes())
        raw[-5] ^= 1
        place.write_bytes(bytes(raw))
    assert program.main(["verify", str(kept), "--log", str(sequencing.folder()), "--key", str(key)]) == 1
    assert re.search(why, capsys.readouterr().out)


def test_a_log_shorter_than_a_head_is_no_continuation_of_it(kept, tmp_path, capsys, key):
    old = tmp_path / "old"
    shutil.copytree(sequencing.folder(), old)
    tiles = Tiles(sequencing.folder(), 100)
    (old / "checkpoint").write_text(str(signed(Checkpoint(key.name, 100, tiles.root()))))
    assert program.main(["verify", str(kept), "--log", str(old)]) == 1
    assert "只有 100 条" in capsys.readouterr().out
