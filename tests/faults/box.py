"""An empty machine of our own for the runbooks: namespaces and overlays, so that every command and path is the real one.

Nothing written in it reaches the disk: /etc, /var, /usr/local and whatever else is changed lie in memory over the real
ones. It has no network but its own loopback, and its processes end with it. It takes root, Debian 12's PostgreSQL 15 and
nginx; where they are missing the drill fails and says so.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

from tests.faults.rig import children_of

ROOT = Path(__file__).resolve().parents[2]
HOST, PASSWORD = "xueji.example.cn", "p@ss:w/rd&$x"
QUOTED = "p%40ss%3Aw%2Frd%26$x"  # as it stands in an address
_LAYERED = ("etc", "var", "opt", "usr/local", "root")

# What is there beforehand, or stands for a program that needs a network, a terminal or systemd.
_STUBS = {
    "apt": 'for one in "$@"; do [ "$one" = install ] || [ -n "$one" ]; done',
    "git": "case $1 in fetch|checkout) exit 0 ;; esac; exec /usr/bin/git -c safe.directory='*' \"$@\"",
    "sudo": "shift; user=$1; shift; case $1 in createuser) "
            "printf '%s\\n%s\\n' '{password}' '{password}' | setpriv --reuid=$user --regid=$user --init-groups \"$@\" ;; "
            '*) exec setpriv --reuid=$user --regid=$user --init-groups "$@" ;; esac',
    "journalctl": "while [ $# -gt 0 ]; do case $1 in -u) unit=$2 ;; -n) lines=$2 ;; esac; shift; done; "
                  "tail -n ${{lines:-1000000}} /var/log/$unit.journal",
}  # fmt: skip
_SYSTEMCTL = """#!{python}
import json, socket, sys
with socket.socket(socket.AF_UNIX) as door:
    door.connect("/run/keeper.sock")
    door.sendall(json.dumps(sys.argv[1:]).encode())
    sys.exit(int(door.recv(100)))
"""
_BEGIN = """set -e
umask 022
mount -t tmpfs none {layers}
for one in {layered}; do
    mkdir -p {layers}/$one/up {layers}/$one/work
    mount -t overlay overlay -o lowerdir=/$one,upperdir={layers}/$one/up,workdir={layers}/$one/work /$one
done
chmod go+x /root
mount -t tmpfs none /run && mount -t tmpfs none /dev/shm
mkdir -m 2775 /run/postgresql && chown postgres:postgres /run/postgresql && mkdir /run/lock
ip link set lo up
echo 127.0.0.1 {host} >> /etc/hosts
mkdir -p /opt/xueji /etc/systemd/system /etc/nginx/xueji /var/log/nginx
mount --bind {root} /opt/xueji
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN={host} -addext subjectAltName=DNS:{host} \\
    -keyout /etc/nginx/xueji/key.pem -out /etc/nginx/xueji/certificate.pem 2>/dev/null
cp -a {stubs}/. /usr/local/sbin/
cd {root}
{python} -m tests.faults.keeper &
wait
"""


def missing() -> list[str]:
    """Return what this machine lacks for a machine in it."""
    programs = ["unshare", "nsenter", "setpriv", "nginx", "openssl", "curl", "adduser", "pg_ctlcluster", "ip"]
    found = [name for name in programs if not shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")]
    return found + ([] if os.geteuid() == 0 else ["root"])


class Box:
    """The machine. `run` does what a person at its terminal does."""

    def __init__(self, folder: Path) -> None:
        self.folder, layers, stubs = folder, folder / "layers", folder / "stubs"
        for path in (layers, stubs):
            path.mkdir()
        for name, text in _STUBS.items():
            (stubs / name).write_text(f"#!/bin/bash\n{text.format(password=PASSWORD)}\n")
        (stubs / "systemctl").write_text(_SYSTEMCTL.format(python=sys.executable))
        for path in stubs.iterdir():
            path.chmod(0o755)
        begin = _BEGIN.format(
            layers=layers, layered=" ".join(_LAYERED), host=HOST, root=ROOT, stubs=stubs, python=sys.executable
        )
        words = ["unshare", "-mnpf", "--kill-child", "--mount-proc", "--propagation", "private", "bash", "-c", begin]
        with (folder / "machine.log").open("wb") as log:
            self._process = subprocess.Popen(words, stdout=log, stderr=log)
        self._wait_for_keeper()

    def _wait_for_keeper(self) -> None:
        end = time.monotonic() + 30
        while True:
            if inner := children_of(self._process.pid):
                self._inside = inner[0]
                if self.run("test -S /run/keeper.sock", check=False).returncode == 0:
                    return
            assert self._process.poll() is None, (self.folder / "machine.log").read_text()
            assert time.monotonic() < end, (self.folder / "machine.log").read_text()
            time.sleep(0.1)

    def run(self, script: str, *, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Do the commands one after the other, from root's shell in /opt/xueji; the first that fails ends it."""
        words = ["nsenter", "-m", "-n", "-p", "-t", str(self._inside), "bash", "-ec", f"cd /opt/xueji\n{script}"]
        environment = {
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LANG": "C.UTF-8",
            "CURL_CA_BUNDLE": "/etc/nginx/xueji/certificate.pem",
        }  # fmt: skip
        done = subprocess.run(
            words, env=environment, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
        )
        report = f"{script}\n{done.returncode}\n{done.stdout}\n{done.stderr}"
        with (self.folder / "terminal.log").open("a") as log:
            log.write(f"{report}\n----\n")
        assert done.returncode == 0 or not check, f"{report}\n{(self.folder / 'machine.log').read_text()[-2000:]}"
        return done

    def end(self) -> None:
        """Switch it off: nothing of it stays."""
        self._process.kill()
        self._process.wait()


def blocks_of(runbook: str, heading: str = "") -> list[str]:
    """Return the blocks of commands of a runbook, or of the part under one heading, as they stand there."""
    text = (ROOT / "docs/runbooks" / runbook).read_text()
    if heading:
        text = text.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    found = re.findall(r"^([ ]*)(?:\d+\. )?```\n(.*?)\n\s*```$", text, re.MULTILINE | re.DOTALL)
    return ["\n".join(line.strip() for line in block.splitlines()) for _, block in found]
