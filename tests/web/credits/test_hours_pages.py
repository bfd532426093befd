from __future__ import annotations

import datetime as dt
import io

import openpyxl
import pytest

from lms.credits import queries
from lms.kernel import clock
from lms.kernel.db import db
from lms.people.models import QualificationKind
from lms.testing.factories.access import make_officer, sign_in
from lms.testing.factories.credits import complete, qualify
from lms.testing.factories.people import make_person

MONTHS_LEFT = 5


def entries_of(person_id):
    return list(db.session.scalars(queries.entries(person_id)))


@pytest.fixture
def worker(city):
    """An assistant of community A with 60 of 72 hours and five months left."""
    today = clock.today()
    person = make_person("陈思雨", city.community_a)
    last = clock.months_later(today, MONTHS_LEFT)
    qualify(person, QualificationKind.ASSISTANT, clock.months_later(last, -36) + dt.timedelta(days=1), last)
    complete(person, 57 * 60, day=today)
    complete(person, 3 * 60, "public", day=today)
    return person


def test_the_learner_sees_what_is_missing_and_why_each_entry_counted(client, worker):
    sign_in(client, worker)
    page = client.get("/hours").text
    assert "还差 12 小时" in page
    assert "完成课程 2026.1 版的全部要求，按该版规定计 57 小时" in page
    last = clock.months_later(clock.today(), MONTHS_LEFT)
    assert f"{last.year} 年 {last.month} 月 {last.day} 日" in page
    totals = page.split("每一条是怎么计的")[0]
    assert "学时是课堂单位" in totals
    assert totals.count("学时") == 1


def test_a_stranger_has_to_sign_in_first(client, worker):
    assert client.get("/hours").status_code == 302
    assert client.get("/desk/hours").status_code == 302


def test_the_officer_finds_and_exports_who_is_short(client, city, worker):
    make_person("没证", city.community_a)
    sign_in(client, make_officer("hr_officer", city.county_a))
    page = client.get("/desk/hours?status=short").text
    assert "陈思雨" in page
    assert "没证" not in page
    answer = client.get("/desk/hours.xlsx?status=short")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active
    [row] = list(sheet.iter_rows(min_row=2, values_only=True))
    assert row[0] == "陈思雨"
    assert row[5:9] == ("小时", 72, 60, 12)


@pytest.mark.parametrize(("language", "name"), [("zh_CN", "{0.month} 月"), ("en", "{0:%b}")])
def test_the_dashboard_names_the_month_in_which_a_registration_ends(client, city, worker, language, name):
    sign_in(client, make_officer("hr_officer", city.county_a))
    client.set_cookie("lang", language)
    page = client.get("/desk").text
    month = name.format(clock.months_later(clock.today(), MONTHS_LEFT))
    assert f'<td>{month}</td><td class="num">1</td><td class="num">1</td>' in page


def test_nonsense_in_the_address_narrows_nothing(client, city, worker):
    sign_in(client, make_officer("hr_officer", city.county_a))
    answer = client.get("/desk/hours?status=%27&level=x&due=-1&org=zzz&page=-3")
    assert answer.status_code == 200
    assert "陈思雨" in answer.text


def test_the_officer_corrects_with_a_reason(client, city, worker):
    officer = make_officer("hr_officer", city.county_a)
    sign_in(client, officer)
    entry = entries_of(worker)[0]
    address = f"/desk/hours/entries/{entry.id}"
    assert client.get(address).status_code == 200
    refused = client.post(address, data={"minutes": "60", "category": "public", "reason": ""})
    assert "请写明更正的理由" in refused.text
    answer = client.post(address, data={"minutes": "60", "category": "public", "reason": "少报"})
    assert answer.status_code == 302
    db.session.expire_all()
    assert queries.summary(worker).ever == 60 * 60 - entry.minutes + 60
    assert client.post(address, data={"minutes": "30", "category": "public", "reason": "再来"}).status_code == 409


def test_another_units_person_is_not_found(client, city, worker):
    sign_in(client, make_officer("hr_officer", city.county_b))
    assert client.get(f"/desk/hours/{worker}").status_code == 404
    assert client.get(f"/desk/hours/entries/{entries_of(worker)[0].id}").status_code == 404


def test_an_auditor_reads_but_is_not_let_near_the_correction(client, city, worker):
    sign_in(client, make_officer("auditor", city.county_a))
    assert "更正</a>" not in client.get(f"/desk/hours/{worker}").text
    assert client.get(f"/desk/hours/entries/{entries_of(worker)[0].id}").status_code == 403


def test_commands_show_and_prove_the_ledger(app, worker):
    run = app.test_cli_runner().invoke
    shown = run(args=["credits", "show", str(worker)])
    assert shown.exit_code == 0
    assert "陈思雨 进行中" in shown.output
    assert "合计 60 小时" in shown.output
    proved = run(args=["credits", "recompute"])
    assert (proved.exit_code, proved.output) == (0, "2 entries, 0 faults, 0 completions without entry\n")
