"""The page in a real browser, headless; where there is none, these tests are left out."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.tools.server.page.browsing import SECONDS, TOKEN, Served
from tests.tools.server.page.conftest import Canary

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
if CHROMIUM is None or DRIVER is None:
    pytest.skip(
        "needs a browser: apt-get install chromium chromium-driver fonts-noto-cjk",
        allow_module_level=True,
    )
webdriver = pytest.importorskip("selenium.webdriver")
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.common.keys import Keys  # noqa: E402

FLAGS = (
    "headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-sync",
    "disable-background-networking", "disable-component-update", "accept-lang=en",
)  # fmt: skip
PHONE, DESK = (390, 844), (1200, 800)


class Browser:
    """One tab, looked at until something is so."""

    def __init__(self, driver: Any) -> None:
        self.driver = driver

    def all(self, selector: str) -> list[Any]:
        return list(self.driver.find_elements(By.CSS_SELECTOR, selector))

    def until(self, true: Callable[[], Any]) -> Any:
        deadline = time.monotonic() + SECONDS
        while not (found := true()):
            assert time.monotonic() < deadline, self.all("body")[0].text
            time.sleep(0.1)
        return found

    def one(self, selector: str) -> Any:
        return self.until(lambda: self.all(selector))[0]

    @property
    def focus(self) -> Any:
        return self.driver.switch_to.active_element

    def press(self, *keys: str) -> None:
        for key in keys:
            self.focus.send_keys(key)

    def problems(self) -> list[str]:
        return [str(entry["message"]) for entry in self.driver.get_log("browser")]


@pytest.fixture(scope="module")
def browser(page: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser that has logged in by the form."""
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in (*FLAGS, f"user-data-dir={tmp_path_factory.mktemp('chromium')}"):
        options.add_argument(f"--{flag}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    try:
        driver.set_page_load_timeout(SECONDS)
        driver.get(page.url)
        found = Browser(driver)
        found.one("#token").send_keys(TOKEN, Keys.ENTER)
        found.one("textarea")
        yield found
    finally:
        driver.quit()


def opened(browser: Browser, page: Served, size: tuple[int, int], language: str = "en") -> None:
    browser.driver.set_window_size(*size)
    browser.driver.get(f"{page.url}/ui/{language}")
    browser.one("textarea")
    browser.problems()


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_a_question_by_the_keyboard_alone_to_its_passage_and_back(
    browser: Browser, page: Served, canary: Canary, size: tuple[int, int]
) -> None:
    opened(browser, page, size)
    browser.one("textarea").click()
    browser.press("魚道の工費は？", Keys.ENTER)
    link = browser.one(".source-link")
    for _ in range(20):
        if browser.focus == link:
            break
        browser.press(Keys.SHIFT + Keys.TAB)
    assert browser.focus == link
    browser.press(Keys.ENTER)
    mark = browser.one("mark")
    browser.until(mark.is_displayed)
    box = browser.one(".passage-body").rect
    browser.until(lambda: box["y"] <= mark.rect["y"] <= box["y"] + box["height"])
    assert "SPEAKER_7" in browser.one(".passage").text
    browser.press(Keys.ESCAPE)
    browser.until(lambda: not browser.all("mark"))
    browser.until(lambda: browser.focus == browser.one(".source-link"))
    shell = browser.one(".shell").rect
    for element in browser.all("button, textarea, .turn-answer, .q-select"):
        assert element.rect["x"] + element.rect["width"] <= shell["width"] + 1, "nothing sticks out"
    assert browser.driver.title == "yomitoki 読み解き", "no script of a document ran"
    assert not browser.all(".turn-answer img, .turn-answer script, .passage img")
    assert canary.heard == []
    assert browser.problems() == [], "the policy had nothing to forbid"


def test_shift_and_enter_begin_a_line_and_the_page_stays_up(browser: Browser, page: Served) -> None:
    opened(browser, page, DESK, "ja")
    field = browser.one("textarea")
    field.send_keys("一行目", Keys.SHIFT + Keys.ENTER + Keys.NULL, "二行目")
    browser.until(lambda: field.get_property("value") == "一行目\n二行目")
    for kind in ("keyDown", "keyUp"):  # Enter that ends a conversion, as browsers on macOS tell it
        pressed = {"type": kind, "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 229}
        browser.driver.execute_cdp_cmd("Input.dispatchKeyEvent", pressed)
    time.sleep(1)
    assert not browser.all(".turn-asked")


def test_files_are_chosen_and_read_in(browser: Browser, page: Served, tmp_path: Path) -> None:
    opened(browser, page, PHONE)
    (tmp_path / "<b>注.md").write_text("九億円です。", encoding="utf-8")
    (tmp_path / "run.exe").write_bytes(b"MZ")
    browser.one("[role=tab]:nth-of-type(2)").click()
    browser.one("input[type=file]").send_keys(f"{tmp_path / '<b>注.md'}\n{tmp_path / 'run.exe'}")
    browser.until(lambda: "<b>注.md" in browser.one(".staged").text)
    browser.until(lambda: "1 of the files are too large" in browser.one("body").text)
    browser.one("input[aria-label='Into the collection']").send_keys("-browser")
    next(b for b in browser.all("button") if b.text == "Read them in").click()
    browser.until(lambda: "default-browser: 1 added" in browser.one(".ingest").text)
    browser.until(lambda: "<b>注.md" in browser.one(".documents").text)
    assert browser.problems() == []


def test_a_report_runs_its_own_script_and_reaches_nothing(browser: Browser, page: Served) -> None:
    browser.driver.get(f"{page.url}/ui/reports/demo")
    browser.until(lambda: browser.driver.title == "filtered")
    assert browser.problems() == []
