#!/usr/bin/env python3
"""Checks a built site: every link and anchor leads somewhere in it, and no page takes a script, style, font or picture
from elsewhere.

Usage: check_site.py build/site
"""

import html.parser
import pathlib
import re
import sys
import urllib.parse

TAKEN = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src", "object": "data"}
OUTSIDE = re.compile(r"(?:https?:)?//")


class Page(html.parser.HTMLParser):
    """What a page links to, what it takes, and what can be linked to in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.taken: list[str] = []
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attributes}
        self.anchors |= {values[name] for name in ("id", "name") if name in values}
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
        elif (where := TAKEN.get(tag)) in values and values.get("rel") not in ("canonical", "search"):
            self.taken.append(values[where])


def main(site: pathlib.Path) -> int:
    pages = {path.resolve(): Page(path.read_text()) for path in site.rglob("*.html")}
    problems = [] if pages else [f"no page in {site}"]
    for path, page in pages.items():
        name = path.relative_to(site.resolve())
        problems += [f"{name} takes {one} from elsewhere" for one in page.taken if OUTSIDE.match(one)]
        for link in page.links + page.taken:
            if OUTSIDE.match(link) or link.startswith(("mailto:", "data:")):
                continue
            place, _, anchor = urllib.parse.unquote(link).partition("#")
            target = (path.parent / place.partition("?")[0]).resolve() if place else path
            if not target.exists():
                problems.append(f"{name} links to {link}, which is not there")
            elif anchor and target in pages and anchor not in pages[target].anchors:
                problems.append(f"{name} links to {link}, and there is no such heading")
    for path in site.rglob("*.css"):
        for one in re.findall(r"(?:url\(|@import)\s*['\"]?((?:https?:)?//[^'\")\s]+)", path.read_text()):
            problems.append(f"{path.relative_to(site)} takes {one} from elsewhere")
    print(
        "\n".join(problems) or f"site: {len(pages)} pages, every link leads somewhere",
        file=sys.stderr if problems else sys.stdout,
    )
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
