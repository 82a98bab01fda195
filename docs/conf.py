"""The documentation site: `make site` builds it from these pages into build/site, with no network."""

import pathlib
import re

from pygments.lexers.special import TextLexer

ROOT = pathlib.Path(__file__).resolve().parent.parent

project = "signals"
release = re.search(r"project\(signals VERSION ([0-9.]+)", (ROOT / "CMakeLists.txt").read_text())[1]
extensions = ["myst_parser"]
myst_heading_anchors = 4  # links to headings, as page.md#a-heading
myst_enable_extensions = []
highlight_language = "none"

html_theme = "furo"
html_title = f"signals {release}"
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False
html_theme_options = {"top_of_page_buttons": []}


def setup(app):
    app.add_lexer(
        "mermaid", TextLexer
    )  # drawn by the hosts of repositories; a library for it would come from elsewhere
