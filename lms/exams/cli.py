"""`lms exams`: what an operator does without a browser."""

from __future__ import annotations

import datetime as dt
import uuid

import click
from flask.cli import with_appcontext
from sqlalchemy import select

from lms.exams import queries, service, wording
from lms.exams.dto import Blueprint, Entry, Part
from lms.exams.models import AnswerEntry, Exam, ExamSession, SessionState, SittingState
from lms.exams.models import Sitting as SittingRow
from lms.exams.receipts import receipt as receipt_of
from lms.exams.service.exams import ExamPlan
from lms.exams.service.freezing import redraw
from lms.exams.service.submitting import outcome
from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.errors import NotFound
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import pick
from lms.kernel.runtime import kernel
from lms.questions import kinds
from lms.questions.dto import MULTIPLE, SINGLE
from lms.questions.models import Bank
from lms.webkit.templating import moment


@click.group("exams")
def exams_group() -> None:
    """Examinations: list, create, freeze, grade, publish, and prove receipts."""


@exams_group.command("list")
@with_appcontext
def list_exams() -> None:
    """Print every exam with its sessions."""
    for row in queries.exams(SYSTEM):
        click.echo(f"{row.exam.slug}  {pick(row.exam.title)}  ({row.org_name})")
        for session in queries.sessions(row.exam.id):
            counts = queries.counts(session.id)
            click.echo(
                f"  #{session.number}  {moment(session.opens_at)} - {moment(session.closes_at)}  "
                f"{wording.session_state(session.state)[0]}  "
                + _("报名 %(seats)d，交卷 %(submitted)d", seats=counts.seats, submitted=counts.submitted)
            )


@exams_group.command("create")
@click.argument("slug")
@click.option("--bank", "bank_slug", required=True, help="The bank's slug.")
@click.option("--title", required=True, help="Chinese title.")
@click.option("--title-en", default="", help="English title.")
@click.option("--single", default=60, show_default=True, help="Single-choice items on a paper.")
@click.option("--multiple", default=20, show_default=True, help="Multiple-choice items on a paper.")
@click.option("--minutes", default=120, show_default=True, help="Length of a sitting.")
@click.option("--pass-marks", default=60.0, show_default=True, help="Marks needed to pass.")
@click.option("--forms", default=2, show_default=True, help="Paper forms per session.")
@click.option("--opens", type=click.DateTime(["%Y-%m-%dT%H:%M"]), help="Announce a session opening then (city time).")
@click.option("--hours", default=2.0, show_default=True, help="How long that session is open.")
@with_appcontext
def create(  # noqa: PLR0917 - click passes options by name
    slug: str,
    bank_slug: str,
    title: str,
    title_en: str,
    single: int,
    multiple: int,
    minutes: int,
    pass_marks: float,
    forms: int,
    opens: dt.datetime | None,
    hours: float,
) -> None:
    """Set up an exam on a bank, with a first session where --opens is given."""
    bank = db.session.scalars(select(Bank).where(Bank.slug == bank_slug)).first()
    if bank is None:
        raise NotFound(_("找不到题库“%(slug)s”。", slug=bank_slug))
    counts = ((kinds.CORE[SINGLE], single), (kinds.CORE[MULTIPLE], multiple))
    parts = tuple(Part(kind.key, count, kind.half_points) for kind, count in counts if count)
    plan = ExamPlan(
        title={"zh_CN": title, "en": title_en} if title_en else {"zh_CN": title},
        blueprint=Blueprint(parts),
        minutes=minutes,
        pass_half_points=round(pass_marks * 2),
        forms=forms,
    )
    exam_id = service.create_exam(SYSTEM, slug=slug, org_id=bank.org_id, bank_id=bank.id, plan=plan)
    click.echo(_("已建考试 %(slug)s：%(paper)s", slug=slug, paper=wording.paper(plan.blueprint)))
    if opens is not None:
        opens_at = opens.replace(tzinfo=clock.CITY_ZONE).astimezone(dt.UTC)
        closes_at = opens_at + dt.timedelta(hours=hours)
        service.create_session(SYSTEM, exam_id, opens_at=opens_at, closes_at=closes_at)
        click.echo(_("第 1 期 %(opens)s 开考", opens=moment(opens_at)))


@exams_group.command("freeze")
@click.argument("slug")
@click.argument("number", type=int)
@click.option("--seed", default="", help="Draw with this seed instead of a fresh one.")
@with_appcontext
def freeze(slug: str, number: int, seed: str) -> None:
    """Draw and freeze the papers of session NUMBER."""
    session = _session(slug, number)
    service.freeze(SYSTEM, session.id, seed=seed)
    for form in queries.forms(session.id):
        click.echo(f"{form.number}  {len(form.content)}  {form.digest}")


@exams_group.command("verify")
@click.argument("slug")
@click.argument("number", type=int)
@with_appcontext
def verify(slug: str, number: int) -> None:
    """Draw the papers of session NUMBER again from the recorded seed and compare; exit code 1 when they differ."""
    session = _session(slug, number)
    stored = {form.number: form.digest for form in queries.forms(session.id)}
    again = {paper.number: paper.digest for paper in redraw(session)} if stored else {}
    for form_number, digest in stored.items():
        same = again.get(form_number) == digest
        click.echo(f"{form_number}  {digest}  {_('一致') if same else _('不一致')}")
    if not stored or stored != again:
        raise click.exceptions.Exit(1)


@exams_group.command("grade")
@click.argument("slug")
@click.argument("number", type=int)
@with_appcontext
def grade(slug: str, number: int) -> None:
    """End session NUMBER where its time is over or all have handed in, and mark it."""
    session = _session(slug, number)
    if session.state is SessionState.FROZEN:
        service.close_session(SYSTEM, session.id)
    marked = service.grade_session(session.id)
    click.echo(_("已评 %(count)d 份", count=marked))


@exams_group.command("publish")
@click.argument("slug")
@click.argument("number", type=int)
@with_appcontext
def publish(slug: str, number: int) -> None:
    """Publish the results of session NUMBER."""
    click.echo(_("已公布 %(count)d 人的成绩", count=service.publish(SYSTEM, _session(slug, number).id)))


@exams_group.command("receipt")
@click.argument("sitting_id", type=click.UUID)
@click.option("--receipt", "claimed", default="", help="Look for this receipt; exit code 1 when there is none.")
@with_appcontext
def receipt(sitting_id: uuid.UUID, claimed: str) -> None:
    """Print a sitting's journal with the receipts recomputed: what to compare in an appeal."""
    sitting = db.session.get(SittingRow, sitting_id)
    if sitting is None:
        raise NotFound(_("找不到这场考试。"))
    secret, found = kernel().config.secret_key, False
    query = select(AnswerEntry).where(AnswerEntry.sitting_id == sitting_id)
    for row in db.session.scalars(query.order_by(AnswerEntry.device, AnswerEntry.seq)):
        entry = Entry(row.seq, row.position, row.choice, row.marked)
        value = receipt_of(secret, sitting_id, row.device, entry, row.saved_at)
        found = found or value == claimed
        chosen = "".join(chr(65 + bit) for bit in range(10) if row.choice >> bit & 1) or "-"
        click.echo(
            f"{row.device}  {row.seq:>5}  {row.position + 1:>3}  {chosen:<5}  {row.saved_at.isoformat()}  {value}"
        )
    if sitting.state is SittingState.SUBMITTED:
        final = outcome(sitting)
        found = found or final.receipt == claimed
        click.echo(_("交卷 %(when)s，回执 %(receipt)s", when=final.submitted_at.isoformat(), receipt=final.receipt))
    if claimed and not found:
        click.echo(_("没有这个回执。"), err=True)
        raise click.exceptions.Exit(1)


def _session(slug: str, number: int) -> ExamSession:
    query = select(ExamSession).join(Exam, Exam.id == ExamSession.exam_id)
    found = db.session.scalars(query.where(Exam.slug == slug, ExamSession.number == number)).first()
    if found is None:
        raise NotFound(_("找不到“%(slug)s”第 %(number)d 期。", slug=slug, number=number))
    return found
