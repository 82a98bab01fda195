"""The pages of the documentation: their code blocks, headings and links, and how blocks are run.

The blocks of a page run in order, in one shell and one folder, as a reader would type them:

    sh        run as it stands; must end with 0
    console   a transcript: the lines behind `$ ` are run, and what is shown must be what comes, but for numbers
    python    run as a program of its own
    pycon     run as a doctest (docs/python.md, by python/tests)

Every other block says what it is (text, toml); one without a language is an error. A block that cannot run has a
line `<!-- not run: WHY -->` before it; EXEMPT in test_docs.py counts these. Tickers that only Yahoo knows are replaced
by those of the simulated market (STANDS_FOR); where that answers is in the environment.
"""

import dataclasses
import re
from pathlib import Path

from conftest import ROOT
from markdown_it import MarkdownIt

RUN = ("sh", "console", "python")
SHOWN = ("text", "toml", "mermaid", "pycon", "{toctree}")
STANDS_FOR = {"AAPL": "SAAA", "MSFT": "SAAB", "005930.KS": "000060.KS", "BP.L": "SAAA.L"}


@dataclasses.dataclass
class Block:
    page: str
    line: int
    language: str
    text: str
    not_run: str | None

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def pages() -> list[str]:
    found = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").glob("*.md")]
    return sorted(str(path.relative_to(ROOT)) for path in found)


def blocks(page: str) -> list[Block]:
    found, reason = [], None
    for token in MarkdownIt("commonmark").parse((ROOT / page).read_text()):
        if token.type == "fence":
            found.append(Block(page, token.map[0] + 1, token.info.strip(), token.content, reason))
        if token.nesting == 0 or token.type.endswith("_open"):
            marker = re.fullmatch(r"<!-- not run: (.+) -->\s*", token.content) if token.type == "html_block" else None
            reason = marker[1] if marker else None
    return found


def anchors(page: str) -> set[str]:
    """What `page#…` can name: the headings, as the hosts of repositories and the site spell them."""
    found: dict[str, int] = {}
    tokens = MarkdownIt("commonmark").parse((ROOT / page).read_text())
    for token, inline in zip(tokens, tokens[1:], strict=False):
        if token.type != "heading_open":
            continue
        words = "".join(one.content for one in inline.children or [] if one.type in ("text", "code_inline"))
        slug = re.sub(r"[^\w\- ]", "", words.strip().lower()).replace(" ", "-")
        found[slug] = found.get(slug, 0) + 1
    return {f"{slug}-{i}" if i else slug for slug, count in found.items() for i in range(count)}


def links(page: str) -> list[str]:
    found = []
    for token in MarkdownIt("commonmark").enable("table").parse((ROOT / page).read_text()):
        found += [str(one.attrs["href"]) for one in token.children or [] if one.type == "link_open"]
    return found


def commands(block: Block) -> str:
    """What a reader would type."""
    if block.language != "console":
        return block.text
    typed, going_on = [], False
    for line in block.text.splitlines():
        if line.startswith("$ ") or going_on:
            typed.append(line.removeprefix("$ "))
            going_on = line.endswith("\\")
    return "\n".join(typed) + "\n"


def shown(block: Block) -> list[str]:
    """What a transcript says comes out, line by line, without its figures."""
    lines, going_on = [], False
    for line in block.text.splitlines():
        if line.startswith("$ ") or going_on:
            going_on = line.endswith("\\")
        elif line.strip() and line.strip() != "…":
            lines.append(line)
    return [shape(line) for line in lines]


def shape(line: str) -> str:
    line = re.sub(r"(~|/[^\s:]*)?/(lake|demo-lake)\b", "LAKE", line)
    line = re.sub(r"\b[0-9a-f]{8,}\b|-?\d[\d,.:TZ-]*( [KMG]iB)?", "#", line)
    return " ".join(line.split())


def script(page: str, mark: str) -> str:
    """The shell script of a page: each block behind a line on stderr, and on stdout, that names it."""
    parts = ["set -eu"]
    for block in blocks(page):
        if block.language not in RUN or block.not_run:
            continue
        text = commands(block)
        for name, stand_in in STANDS_FOR.items():
            text = re.sub(rf"(?<![\w.]){re.escape(name)}(?![\w.])", stand_in, text)
        parts.append(f"echo '{mark} {block.line}'; echo '{mark} {block.line}' >&2")
        if block.language == "python":
            text = f"python - <<'END OF BLOCK'\n{text}\nEND OF BLOCK\n"
        parts.append(text)
    return "\n".join(parts) if len(parts) > 1 else ""


def source(page: str) -> Path:
    return ROOT / page
