"""The page on which people answer a survey: one form, no scripts, nothing from elsewhere."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

import jinja2
from starlette.responses import HTMLResponse

from ..store.surveys import SurveyResponse

LONGEST = 5000
CHOICES = ((5, "5 – Very satisfied"), (4, "4 – Satisfied"), (3, "3 – Neither"), (2, "2 – Not satisfied"), (1, "1 – Not satisfied at all"))
_ENVIRONMENT = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def _security(page: str) -> dict[str, str]:
    """Nothing runs, nothing is fetched, nobody frames it; of styles only the page's own."""
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    assert style is not None, "the page has a style"
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    return {
        "content-security-policy": policy,
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
    }


def survey_page(
    inbox_name: str,
    question: str | None,
    answer: SurveyResponse | None,
    *,
    is_open: bool,
    notice: str = "",
    problem: str = "",
    status: int = 200,
) -> HTMLResponse:
    """``answer`` is what was said before; a survey that is not open shows it and takes no other."""
    rating = answer.rating if answer else 0
    page = _ENVIRONMENT.get_template("survey.html").render(
        title=f"How did {inbox_name} do?",
        question=question or "How satisfied are you with the answers that you got?",
        choices=CHOICES,
        rating=rating,
        words=dict(CHOICES).get(rating, ""),
        feedback=(answer.feedback if answer else None) or "",
        answered=answer is not None,
        is_open=is_open,
        notice=notice or ("" if is_open else "This survey is over. Thank you for your time."),
        problem=problem,
        longest=LONGEST,
    )
    return HTMLResponse(page, status, _security(page))


def missing_page() -> HTMLResponse:
    """There is no such survey."""
    return survey_page("we", None, None, is_open=False, notice="There is no survey at this address.", status=404)
