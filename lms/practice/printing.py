"""The portfolio as a PDF, A4: our own page and style sheet, and nothing from anywhere else."""

from __future__ import annotations

from pathlib import Path

from flask import render_template

from lms.kernel import clock
from lms.practice import wording
from lms.practice.portfolio import Portfolio
from lms.webkit import paper

PRINTED = Path(__file__).parent / "printed"


def printed(found: Portfolio) -> bytes:
    """The PDF, in the reader's language."""
    page = render_template("practice/printed.html", portfolio=found, words=wording, printed_at=clock.now())
    return paper.pdf(PRINTED, page, "portfolio.css")
