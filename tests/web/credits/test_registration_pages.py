from __future__ import annotations

import datetime as dt
import io
import re

import openpyxl
import pytest
from sqlalchemy import select

from lms.access.actors import actor_for
from lms.credits.registration import applying
from lms.credits.registration.models import RegistrationApplication
from lms.kernel.clock import frozen
from lms.kernel.db import db
from lms.people.models import Qualification
from lms.testing.factories import approvals as cases
from lms.testing.factories.access import make_officer, sign_in
from lms.testing.factories.credits import complete, qualify
from lms.testing.factories.people import make_person

NOON = dt.datetime(2026, 11, 23, 4, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _stopped_clock():
    with frozen(NOON):
        yield


@pytest.fixture
def worker(city):
    person = make_person("陈思雨", city.community_a)
    qualify(person, first=dt.date(2024, 1, 1), last=dt.date(2026, 12, 31))
    return person


def qualification():
    return db.session.scalars(select(Qualification.id)).one()


def application():
    return db.session.scalars(select(RegistrationApplication).execution_options(populate_existing=True)).one()


def test_the_learner_is_told_what_is_missing_and_may_not_send_it(client, worker):
    sign_in(client, worker)
    page = client.get("/me/registration").text
    assert "现在可以办理再登记，最后一天是 2026 年 12 月 31 日（周四）" in page
    assert "继续教育还差 72 小时" in page
    address = f"/me/registration/new/{qualification()}"
    assert "提交申请" not in client.get(address).text
    refused = client.post(address, data={"key": "k", "true": "y"})
    assert refused.status_code == 409
    assert "继续教育还差 72 小时" in refused.text


def test_the_learner_applies_once_and_follows_it(client, city, worker):
    complete(worker, 72 * 60)
    sign_in(client, worker)
    assert "可以办理再登记" in client.get("/").text
    address = f"/me/registration/new/{qualification()}"
    form = client.get(address).text
    assert "2027 年 1 月 1 日（周五）至 2029 年 12 月 31 日（周一）" in form
    key = re.search(r'name="key"[^>]*value="(\w+)"', form)[1]
    assert "请勾选承诺后再提交" in client.post(address, data={"key": key}).text
    for _twice in range(2):
        answer = client.post(address, data={"key": key, "true": "y"})
        assert answer.status_code == 303
    one = application()
    assert answer.location == f"/me/registration/{one.id}"
    assert "待审核" in client.get(answer.location).text
    officers = cases.make_officers(city.county_a, city.city)
    cases.approve(one.case_id, officers[0])
    assert "申请已锁定" in client.get(answer.location).text
    cases.approve(one.case_id, officers[1])
    page = client.get(answer.location).text
    assert "登记已完成" in page
    assert "已经开始记录" not in page
    certificate = client.get("/me/registration").text
    assert "登记已完成" in certificate
    assert "登记已办好，2027 年 1 月 1 日（周五）生效" in certificate
    assert "还差" not in certificate
    hours = client.get("/hours").text
    assert "已办好再登记，有效到 2029 年 12 月 31 日（周一）" in hours
    assert "还没开始" in hours
    assert "可以办理再登记" not in client.get("/").text


def test_somebody_elses_certificate_and_application_are_not_found(client, city, worker):
    complete(worker, 72 * 60)
    one = applying.submit(actor_for(worker), qualification(), key="k")
    address = f"/me/registration/new/{qualification()}"
    sign_in(client, make_person("", city.community_a))
    assert client.get(f"/me/registration/{one}").status_code == 404
    assert client.get(address).status_code == 404
    assert client.post(address, data={"key": "x", "true": "y"}).status_code == 404
    assert "还没有国家职业资格证书" in client.get("/me/registration").text


def test_officers_list_filter_export_and_note_the_certificate(client, city, worker):
    complete(worker, 72 * 60)
    one = applying.submit(actor_for(worker), qualification(), key="k")
    sign_in(client, make_officer("hr_officer", city.county_b))
    assert "陈思雨" not in client.get("/desk/hours/registrations").text
    assert client.get(f"/desk/hours/registrations/{one}").status_code == 404
    sign_in(client, make_officer("hr_officer", city.county_a))
    assert "陈思雨" in client.get("/desk/hours/registrations?kind=renewal&state=pending").text
    assert "没有符合条件的申请" in client.get("/desk/hours/registrations?late=yes").text
    assert client.get("/desk/hours/registrations?kind=%27&state=x&org=y&page=-1").status_code == 200
    sheet = openpyxl.load_workbook(io.BytesIO(client.get("/desk/hours/registrations.xlsx").data)).active
    [row] = list(sheet.iter_rows(min_row=2, values_only=True))
    assert (row[1], row[3], row[6]) == ("陈思雨", "再登记", "待审核")
    cases.approve(application().case_id, *cases.make_officers(city.county_a, city.city))
    address = f"/desk/hours/registrations/{one}"
    assert "记为已出证" in client.get(address).text
    assert client.post(f"{address}/certified").status_code == 303
    assert "已出证" in client.get(address).text
