"""The first process of an empty machine (`tests.faults.box`): stands for systemd, by the unit files that lie there.

`systemctl` asks it over a socket. It knows what the units of `deploy/` use: oneshot and kept services, users, environment
files, folders of state and run, Requires=, a pause before a restart. The system's PostgreSQL and nginx it starts as
Debian's own scripts do.
"""

from __future__ import annotations

import json
import os
import pwd
import shlex
import signal
import socket
import subprocess
import sys
import threading
from collections import defaultdict
from pathlib import Path

DOOR, UNITS = Path("/run/keeper.sock"), Path("/etc/systemd/system")
_SYSTEMS = {
    "postgresql": {"start": "pg_ctlcluster 15 main start", "stop": "pg_ctlcluster 15 main stop -m fast"},
    "nginx": {"start": "nginx", "stop": "nginx -s stop"},
}
Unit = dict[str, list[str]]


def read_unit(name: str) -> Unit:
    """Return the settings of a unit, each with all its values."""
    found: Unit = defaultdict(list)
    for line in (UNITS / name).read_text().splitlines():
        if "=" in line and not line.startswith("#"):
            word, _, value = line.partition("=")
            found[word].append(value)
    return found


def environment_of(unit: Unit) -> dict[str, str]:
    """Return the variables of a service: the files of the unit and nothing of ours."""
    found = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"}
    for path in unit["EnvironmentFile"]:
        lines = Path(path).read_text().splitlines()
        found |= dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    return found


def lay_folders(unit: Unit) -> None:
    """Make the folders the unit names, its user's alone."""
    owner = pwd.getpwnam(unit["User"][0])
    for setting, base in (("StateDirectory", "/var/lib"), ("RuntimeDirectory", "/run")):
        for name in " ".join(unit[setting]).split():
            path = Path(base, name)
            path.mkdir(exist_ok=True)
            os.chown(path, owner.pw_uid, owner.pw_gid)
            path.chmod(int(unit[f"{setting}Mode"][0], 8))


def begin(name: str, unit: Unit, command: str) -> subprocess.Popen[bytes]:
    """Start a command of a unit as its user."""
    owner = pwd.getpwnam(unit["User"][0])
    with Path(f"/var/log/{name}.journal").open("ab") as log:
        return subprocess.Popen(
            shlex.split(command), env=environment_of(unit), stdout=log, stderr=log, cwd=unit["WorkingDirectory"][0],
            user=owner.pw_uid, group=owner.pw_gid, extra_groups=os.getgrouplist(owner.pw_name, owner.pw_gid),
            umask=int((unit["UMask"] or ["022"])[0], 8), start_new_session=True,
        )  # fmt: skip


class Kept:
    """A service that is started again after its pause whenever it ends and nobody said stop."""

    def __init__(self, name: str, unit: Unit) -> None:
        self.name, self.unit, self.stopped = name, unit, threading.Event()
        self.process = begin(name, unit, unit["ExecStart"][0])
        threading.Thread(target=self._keep, daemon=True).start()

    def _keep(self) -> None:
        while True:
            self.process.wait()
            if self.stopped.wait(float(self.unit["RestartSec"][0])):
                return
            self.process = begin(self.name, self.unit, self.unit["ExecStart"][0])

    def stop(self) -> int:
        """End it as the unit says: its main process is asked, and waited for."""
        self.stopped.set()
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(float(self.unit["TimeoutStopSec"][0]))


class Keeper:
    """What runs."""

    def __init__(self) -> None:
        self.kept: dict[str, Kept] = {}

    def systemctl(self, verb: str, *words: str) -> int:
        """Do what a command line asks; return its exit status."""
        names = [word for word in words if not word.startswith("-")]
        if verb == "daemon-reload":
            return 0
        if verb == "enable":
            missing = [name for name in names if not (UNITS / name).is_file()]
            return 1 if missing else self.systemctl("start", *names)
        return max((self._one(verb, name) for name in names), default=1)

    def _one(self, verb: str, name: str) -> int:
        if name.endswith(".timer"):
            return 0 if (UNITS / name).is_file() else 5
        name = name.removesuffix(".service")
        if verb == "restart":
            self._one("stop", name)
            return self._one("start", name)
        if name in _SYSTEMS:
            return subprocess.run(shlex.split(_SYSTEMS[name][verb]), check=False).returncode
        if verb == "stop":
            return self.kept.pop(name).stop() if name in self.kept else 0
        return self._start(name)

    def _start(self, name: str) -> int:
        unit = read_unit(f"{name}.service")
        for needed in " ".join(unit["Requires"]).split():
            if status := self._start(needed.removesuffix(".service")):
                return status
        lay_folders(unit)
        if unit["Type"] == ["oneshot"]:
            for command in unit["ExecStart"] + unit["ExecStartPost"]:
                if status := begin(name, unit, command).wait():
                    return status
        elif name not in self.kept:
            self.kept[name] = Kept(name, unit)
        return 0


def main() -> None:
    """Answer until the machine is switched off."""
    keeper = Keeper()
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(DOOR))
        door.listen()
        while True:
            asker, _ = door.accept()
            with asker:
                words = json.loads(asker.recv(65536))
                try:
                    status = keeper.systemctl(*words)
                except Exception as error:  # noqa: BLE001  # told to whoever asked
                    print(f"keeper: {words}: {error!r}", file=sys.stderr, flush=True)
                    status = 1
                asker.sendall(b"%d" % abs(status))


if __name__ == "__main__":
    main()
