"""The limit of the learner's home: a bare Flask route that does the least such a page can do.

The sign-in is looked up by the cookie, one raw psycopg SELECT brings the same facts (unit, courses with what is done,
hours in the registration period, exams to come, the newest certificate, unread messages), and a plain Jinja template
without translations, macros or inheritance shows them. The rest of the page, as many bytes as ours, is copied text.
Both sides compress what they send.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from flask import Flask, Response, request
from flask_compress import Compress
from jinja2 import Environment
from psycopg.rows import dict_row

from bench._bare import opened

app = Flask(__name__)
app.config["COMPRESS_ALGORITHM"] = ["br", "gzip"]
Compress(app)

SIGN_IN = """
    SELECT person.id, person.name FROM login_session
    JOIN account ON account.id = login_session.account_id JOIN person ON person.id = account.person_id
    WHERE token_hash = %s AND revoked_at IS NULL AND expires_at > now()
      AND account.state = 'active' AND person.state = 'active'
"""
FACTS = """
    SELECT
      (SELECT count(*) FROM message WHERE person_id = %(person)s AND read_at IS NULL) AS unread,
      (SELECT string_agg(org_unit.name, ' · ' ORDER BY depth DESC) FROM org_closure
         JOIN org_unit ON org_unit.id = ancestor_id
         WHERE descendant_id = (SELECT org_id FROM employment WHERE person_id = %(person)s AND ended_on IS NULL
                                ORDER BY started_on DESC LIMIT 1)) AS unit,
      (SELECT json_agg(course) FROM (
         SELECT enrolment.id, course_release.title ->> 'zh_CN' AS title, count(*) AS lessons,
                count(lesson_progress.completed_at) AS done,
                min(position) FILTER (WHERE lesson_progress.completed_at IS NULL) AS next,
                sum(lesson.minutes) FILTER (WHERE lesson_progress.completed_at IS NULL) AS minutes
         FROM enrolment JOIN course_release ON course_release.id = enrolment.release_id
         JOIN lesson ON lesson.release_id = enrolment.release_id
         LEFT JOIN lesson_progress ON lesson_progress.enrolment_id = enrolment.id
                                  AND lesson_progress.lesson_id = lesson.id
         WHERE enrolment.person_id = %(person)s AND enrolment.state = 'active'
         GROUP BY enrolment.id, course_release.id) AS course) AS courses,
      (SELECT json_agg(exam_row) FROM (
         SELECT exam.title ->> 'zh_CN' AS title, opens_at, closes_at, seat.id AS seat
         FROM exam_session JOIN exam ON exam.id = exam_session.exam_id
         LEFT JOIN seat ON seat.session_id = exam_session.id AND seat.person_id = %(person)s
         WHERE exam_session.state IN ('draft', 'frozen') AND closes_at > now() ORDER BY opens_at) AS exam_row) AS exams,
      (SELECT json_build_object('until', registered_until, 'minutes', (
           SELECT sum(minutes) FROM credit_entry WHERE credit_entry.person_id = %(person)s
             AND occurred_on BETWEEN registered_from AND registered_until))
         FROM qualification WHERE person_id = %(person)s ORDER BY registered_until DESC LIMIT 1) AS hours,
      (SELECT json_build_object('number', number, 'until', valid_until, 'ended', certificate_status.status)
         FROM certificate LEFT JOIN certificate_status ON certificate_status.certificate_id = certificate.id
         WHERE person_id = %(person)s ORDER BY issued_at DESC LIMIT 1) AS certificate
"""
PAGE = Environment(autoescape=True).from_string("""<!doctype html>
<html lang="zh-CN"><meta charset="utf-8"><title>首页</title>
<p>{{ facts.unit }}</p><h1>{{ name }}</h1><p>{{ facts.unread }}</p>
{% for course in facts.courses or () %}
<p><a href="/learn/{{ course.id }}">{{ course.title }}</a> {{ 100 * course.done // course.lessons }}%
<progress max="100" value="{{ 100 * course.done // course.lessons }}"></progress>
第 {{ course.next }} 课，还要约 {{ course.minutes }} 分钟</p>
{% endfor %}
{% for exam in facts.exams or () %}
<p>{{ exam.title }} {{ exam.opens_at }}–{{ exam.closes_at }} {{ "已报名" if exam.seat else "可报名" }}</p>
{% endfor %}
<p>{{ facts.hours.minutes // 60 }} 小时，{{ facts.hours.until }}</p>
{% if facts.certificate %}<p>{{ facts.certificate.number }} {{ facts.certificate.until }}</p>{% endif %}
{{ rest | safe }}""")
rest: list[str] = []


@app.get("/")
def home() -> Response:
    token = hashlib.sha256(request.cookies.get("sign_in", "").encode()).hexdigest()
    with opened().connection() as connection, connection.cursor(row_factory=dict_row) as cursor:
        person = cursor.execute(SIGN_IN, (token,)).fetchone()
        if person is None:
            return Response(status=401)
        facts = cursor.execute(FACTS, {"person": person["id"]}).fetchone()
    page = PAGE.render(name=person["name"], facts=facts, rest=_rest())
    return Response(page, mimetype="text/html")


def _rest() -> str:
    """Text to fill the page up with: what our own page has beside its facts."""
    if not rest:
        ours = Path(os.environ["BENCH_PAGE"]).read_text(encoding="utf-8")
        rest.append(ours[: int(len(ours) * 0.85)])
    return rest[0]
