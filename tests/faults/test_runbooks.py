"""The runbooks, command for command, on an empty machine: install, back up, lose everything, restore, upgrade, go back.

What a person fills in by hand (passwords in two files, the name of a backup) is filled in here; all else is what stands in
docs/runbooks. Order matters: each test goes on where the last one stopped.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.faults.box import HOST, PASSWORD, QUOTED, Box, blocks_of, missing

pytestmark = [pytest.mark.drill, pytest.mark.timeout(900)]
_FIGURES: dict[str, float] = {}


@pytest.fixture(scope="module")
def box() -> Iterator[Box]:
    assert not missing(), f"the drill needs {missing()}: apt install nginx openssl postgresql curl adduser iproute2"
    folder = Path(tempfile.mkdtemp(prefix="xueji-runbooks-", dir="/tmp"))
    folder.chmod(0o755)
    box = Box(folder)
    yield box
    box.end()
    shutil.rmtree(folder)


def timed(what: str, work: Callable[[], object]) -> None:
    started = time.monotonic()
    work()
    _FIGURES[what] = round(time.monotonic() - started, 1)
    print(f"drill runbooks {json.dumps({what: _FIGURES[what]}, ensure_ascii=False)}", flush=True)
    if path := os.environ.get("XUEJI_DRILL_FIGURES"):
        Path(f"{path}.runbooks").write_text(json.dumps(_FIGURES, ensure_ascii=False, indent=1))


def wait_until_ready(box: Box) -> dict[str, object]:
    """Ask as a watcher on the machine until it can work."""
    end = time.monotonic() + 120
    while True:
        done = box.run("curl -s --unix-socket /run/xueji/pages.sock -H 'X-Forwarded-Proto: https' -H 'X-Real-IP: 127.0.0.1' "
                       f"http://{HOST}/readyz", check=False)  # fmt: skip
        if done.returncode == 0 and done.stdout.startswith("{"):
            checks = json.loads(done.stdout)
            if checks["ready"]:
                return checks
        assert time.monotonic() < end, box.run("journalctl -u xueji").stdout[-3000:]
        time.sleep(0.2)


def mismatches(box: Box) -> dict[str, list[str]]:
    report = json.loads(box.run("xueji audit --json || true").stdout.splitlines()[-1])
    return {check["check"]: check["mismatches"] for check in report["checks"] if check["mismatches"]}


def newest_backup(box: Box) -> str:
    return box.run("ls /var/backups/xueji | grep -v files | tail -1").stdout.strip()


def fill_in(box: Box) -> None:
    """Write the passwords into the two files, as the runbook asks; the domain is the example's."""
    for name in ("xueji", "owner"):
        box.run(f"sed -i 's|PASSWORD|{QUOTED.replace('&', chr(92) + '&')}|' /etc/xueji/{name}.env")


def test_install(box: Box) -> None:
    program, database, keys, start, proxy, check = blocks_of("install.md")
    box.run("systemctl start postgresql")
    for block in (program, database, keys):
        box.run(block)
    fill_in(box)
    assert PASSWORD not in box.run("cat /etc/xueji/*.env").stdout
    timed("install: start to ready", lambda: (box.run(start), box.run(proxy), wait_until_ready(box)))
    code = box.run("journalctl -u xueji | grep -oE '开通码 \\S+' | cut -d' ' -f2").stdout.strip()
    assert code == box.run("xueji setup-code").stdout.split()[-1]
    box.run(f"/opt/xueji/.venv/bin/python -m tests.faults.opening {HOST} {code}")
    output = box.run(check).stdout
    assert "✗" not in output
    assert '"ready": true' in output
    box.run(f"xueji restore --check /var/backups/xueji/{newest_backup(box)}")


def test_a_daily_backup_holds_no_keys_and_no_marks(box: Box) -> None:
    (block,) = blocks_of("backup.md", "每天备份")
    assert "备份完整" in box.run(block).stdout
    files = box.run("find /var/backups/xueji -type f").stdout.splitlines()
    assert any(name.endswith("database.dump") for name in files)
    assert [name for name in files if "key" in name or "mark" in name] == []
    assert box.run("stat -c %U:%a /var/backups/xueji").stdout == "xueji:700\n"


def test_everything_is_lost_and_restored(box: Box) -> None:
    prepare, restore, audit = blocks_of("backup.md", "恢复")
    events = box.run("sudo -u postgres psql -XAt xueji -c 'select count(*) from ledger_event'").stdout
    box.run("systemctl stop xueji; sudo -u postgres dropdb --force xueji; rm -rf /var/lib/xueji")
    timed("restore: prepare and restore", lambda: (box.run(prepare), box.run(restore)))
    assert box.run("sudo -u postgres psql -XAt xueji -c 'select count(*) from ledger_event'").stdout == events
    assert box.run(audit, check=False).returncode == 1
    assert mismatches(box).keys() == {"numbers.marks"}  # and the rights of the two roles are as they should be
    box.run("systemctl start xueji xueji-backup.timer")
    warned = wait_until_ready(box)["warnings"]
    assert any("的编号暂停发放" in line for line in warned)
    assert "由示范市教育局两人在「设置 → 编号核定」办理" in box.run("journalctl -u xueji").stdout
    assert "○ 编号" in box.run("systemctl start xueji-doctor; journalctl -u xueji-doctor -n 30").stdout


def test_nobody_but_the_owner_restores(box: Box) -> None:
    done = box.run("xueji restore --replace /var/backups/xueji", check=False)
    assert done.returncode == 2
    assert "XUEJI_OWNER_URL" in done.stderr
    assert mismatches(box).keys() == {"numbers.marks"}


def test_upgrade_and_back(box: Box) -> None:
    upgrade, back, _two_roles = blocks_of("upgrade.md")
    for what, block in (("upgrade", upgrade), ("back", back.replace("时间", newest_backup(box)))):
        timed(f"{what} to ready", lambda block=block: (finds_numbers_held(box, block), wait_until_ready(box)))


def finds_numbers_held(box: Box, block: str) -> None:
    """Run a block that ends with the audit: it gets there, and finds what it should."""
    done = box.run(block, check=False)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (1, "共 1 处不符"), done
    assert mismatches(box).keys() == {"numbers.marks"}


def test_upgrade_from_one_role(box: Box) -> None:
    """A database of a release that signed in as its owner, brought over by the runbook."""
    *_, two_roles = blocks_of("upgrade.md")
    box.run("systemctl stop xueji")
    box.run("sudo -u postgres psql -X xueji -c 'reassign owned by xueji_owner to xueji' -c 'drop owned by xueji_owner' "
            "-c 'drop role xueji_owner'")  # fmt: skip
    box.run(two_roles)
    box.run("systemctl start xueji")
    wait_until_ready(box)
    assert mismatches(box).keys() == {"numbers.marks"}


def test_it_stops_and_leaves_nothing(box: Box) -> None:
    box.run("systemctl stop xueji")
    assert box.run("ps -u xueji -o args=", check=False).stdout == ""
    journal = box.run("journalctl -u xueji").stdout
    assert PASSWORD not in journal
    assert QUOTED not in journal
