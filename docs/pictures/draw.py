"""README's pictures: the bars of a terminal and the page of findings, of the first look.

    python docs/pictures/draw.py        (some minutes: trains workflow/studies/quick.yaml, if it isn't finished)

bars.svg is what a terminal of 100 columns shows when half of the jobs are done. findings.png is the top of
results/quick/findings.html in Chromium.
"""

import io
import os
import pty
import re
import struct
import termios
from fcntl import ioctl
from pathlib import Path

from playwright.sync_api import sync_playwright
from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).resolve().parents[2]
COLUMNS, LINES = 100, 40
COMMAND = ("snakemake", "--cores", "2", "--configfile", "workflow/studies/quick.yaml")


def printed(command: tuple[str, ...]) -> str:
    """What the command writes to a terminal, with its control sequences."""
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(ROOT)
        os.execvp(command[0], command)
    ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    read = io.BytesIO()
    try:
        while data := os.read(terminal, 1 << 16):
            read.write(data)
    except OSError:  # Linux's end of a terminal
        pass
    os.waitpid(process, 0)
    return read.getvalue().decode("utf-8")


def frame(text: str) -> list[str]:
    """The lines of the bars in the middle of what was printed: rich goes back over them for each frame."""
    frames = [part for part in re.split(r"(?:\r?\x1b\[2K(?:\x1b\[1A)?)+", text) if "╭" in part and "╰" in part]
    return [line for line in frames[len(frames) // 2].splitlines() if line.strip()]


def bars(text: str, file: Path) -> None:
    console = Console(record=True, width=COLUMNS, file=io.StringIO())
    for line in frame(text):
        console.print(Text.from_ansi(line))
    text = console.export_svg(title=" ".join(COMMAND))
    file.write_text(re.sub(r"@font-face \{.*?\}\s*", "", text, flags=re.DOTALL), encoding="utf-8")  # another host's


def page(file: Path) -> None:
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        view = browser.new_page(viewport={"width": 1100, "height": 800})
        view.goto((ROOT / "results/quick/findings.html").as_uri())
        view.screenshot(path=file)
        browser.close()


if __name__ == "__main__":
    text = printed(COMMAND)
    if "╭" in text:
        bars(text, Path(__file__).with_name("bars.svg"))
    page(Path(__file__).with_name("findings.png"))
