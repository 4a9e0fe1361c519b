"""A person at a browser: signs in, reads, clicks. Keeps pictures of what was seen when asked to (XUEJI_SHOTS=folder)."""

from __future__ import annotations

import os
import re
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect
from tests.e2e.town import PASSWORD

AXE = Axe()


class Visitor:
    """Somebody in a browser of their own."""

    def __init__(self, browser: Browser, url: str, *, width: int = 1440, script: bool = True) -> None:
        self.context = browser.new_context(
            viewport={"width": width, "height": 900}, locale="zh-CN", java_script_enabled=script
        )
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(15_000)
        self.errors: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on(
            "console", lambda m: self.errors.append(m.text) if m.type == "error" and "status of" not in m.text else None
        )
        self.url = url

    def offers(self, username: str, password: str) -> None:
        """Fill in the sign-in page and send it."""
        self.open("/accounts/login/")
        self.page.fill("[name=login]", username)
        self.page.fill("[name=password]", password)
        with self.page.expect_response(lambda answer: answer.request.method == "POST"):
            self.page.click("form button[type=submit], form button.primary")

    def open(self, path: str) -> None:
        """Go to a path of the install."""
        self.page.goto(self.url + path)

    def sees(self, text: str) -> None:
        """Expect a text that can be seen on the page: what is folded away does not count."""
        expect(self.page.get_by_text(text).filter(visible=True).first).to_be_visible()

    def clicks(self, label: str) -> None:
        """Press the button or link with this label, and its confirmation when one is asked."""
        for target in (
            self.page.get_by_role("button", name=label, exact=True),
            self.page.locator("main").get_by_role("button", name=label),
            self.page.locator("main").get_by_role("link", name=label),
        ):
            if target.count():
                target.first.click()
                return
        raise AssertionError(f"no button or link «{label}» on {self.page.url}")

    def confirms(self, label: str) -> None:
        """Press a button that asks again, in a dialog or on a page, and the answer that goes on."""
        self.clicks(label)
        asked = "dialog[open] button.primary, dialog[open] button.danger, main button[name=confirmed]"
        self.page.locator(asked).last.click()

    @property
    def dialog(self) -> Locator:
        """The dialog that is open."""
        return self.page.locator("dialog[open]")

    def fetched(self, label: str, path: Path) -> Path:
        """Keep what the link with this label sends."""
        return self.download(self.page.get_by_role("link", name=label, exact=True).get_attribute("href") or "", path)

    def download(self, address: str, path: Path) -> Path:
        """Keep what an address of the install sends to this person."""
        answer = self.page.request.get(self.url + address)
        assert answer.ok, f"{address} answers {answer.status}"
        path.write_bytes(answer.body())
        return path

    def fits(self) -> None:
        """Expect the page to be no wider than its window: a phone scrolls one way."""
        self.page.wait_for_load_state()
        wide, window = self.page.evaluate("[document.scrollingElement.scrollWidth, window.innerWidth]")
        assert wide <= window, f"{self.page.url} is {wide} px wide in a window of {window} px"

    def reads_well(self) -> None:
        """Expect the page to fit a phone, and axe-core to find nothing serious on it: names, labels, contrast, order."""
        self.fits()
        found = [
            f"{violation['id']}: {node['target']} {node['failureSummary']}"
            for violation in AXE.run(self.page, options={"resultTypes": ["violations"]}).response["violations"]
            if violation["impact"] in ("serious", "critical") for node in violation["nodes"]
        ]  # fmt: skip
        assert found == [], f"{self.page.url}: {found}"

    def cuts_no_table(self) -> None:
        """Expect every table to show all its columns on a phone, the last ones too."""
        size = self.page.viewport_size or {"width": 1440, "height": 900}
        self.page.set_viewport_size({"width": 390, "height": 844})
        boxes = "[...document.querySelectorAll('main .table-wrap')]"
        assert self.page.evaluate(f"{boxes}.filter(box => box.scrollWidth > box.clientWidth).length") == 0, (
            self.page.url
        )
        self.fits()
        self.page.set_viewport_size(size)

    def fits_a_phone(self) -> None:
        """Expect the page to fit a phone as it stands, and go back to the window as it was."""
        size = self.page.viewport_size or {"width": 1440, "height": 900}
        self.page.set_viewport_size({"width": 390, "height": 844})
        self.fits()
        self.page.set_viewport_size(size)

    def shot(self, name: str) -> None:
        """Keep a picture of the whole page, and of the same page at 390 px."""
        folder = os.environ.get("XUEJI_SHOTS")
        if not folder:
            return
        Path(folder).mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=f"{folder}/{name}.png", full_page=True)
        size = self.page.viewport_size or {"width": 1440, "height": 900}
        self.page.set_viewport_size({"width": 390, "height": 844})
        self.page.wait_for_timeout(350)  # the drawer slides away
        self.page.screenshot(path=f"{folder}/{name}-390.png", full_page=True)
        self.page.set_viewport_size(size)

    def leaves(self) -> None:
        """Close the browser; nothing may have gone wrong in its console."""
        assert self.errors == []
        self.context.close()


class Person(Visitor):
    """Somebody signed in."""

    def __init__(
        self, browser: Browser, url: str, username: str, *, width: int = 1440, password: str = PASSWORD
    ) -> None:
        super().__init__(browser, url, width=width)
        self.username = username
        self.offers(username, password)
        expect(self.page).to_have_url(re.compile("/desk/"))
