from __future__ import annotations

import io
import re

from sqlalchemy import select

from lms.approvals.models import CaseState
from lms.approvals.queries import case_view
from lms.kernel.db import db
from lms.kernel.models import AuditEntry
from lms.testing.factories.approvals import KIND, PDF_BYTES, PNG_BYTES, offered, put_kind
from lms.testing.factories.people import make_person


def own(desk):
    return f"/me/applications/{desk.case_id}"


def send_back(desk):
    data = {"item": ["proof:insurance", "fact:worked"], "note:proof:insurance": "要近 12 个月的"}
    assert desk.decide(desk.street, "returned", **data).status_code == 303


def files(**named):
    return {name: (io.BytesIO(content), file_name) for name, (content, file_name) in named.items()}


def test_the_applicant_follows_a_case_like_a_parcel(desk):
    page = desk.enter(desk.worker).get("/me/applications").text
    for words in (desk.number, "社会工作师考证补贴", "街道初审 · 玉林街道", "2026 年 10 月 10 日（周六）"):
        assert words in page
    desk.decide(desk.street)
    page = desk.enter(desk.worker).get(own(desk)).text
    story = page.split("办理进展")[1].split("申请内容")[0]
    assert story.index("街道初审：审核通过") < story.index("已提交")
    assert "唐敏" not in page  # the applicant reads the unit, not the officer
    assert "区县复审 · 武侯区" in page


def test_nobody_elses_application_is_found(desk):
    stranger = make_person("别人", desk.city.community_a)
    assert desk.enter(stranger).get(own(desk)).status_code == 404
    assert desk.client.post(f"{own(desk)}/withdraw").status_code == 404
    assert desk.client.post(f"{own(desk)}/resubmit", data={"round": 1}).status_code == 404
    assert desk.client.post(f"{own(desk)}/proofs").status_code == 404
    assert "还没有申请" in desk.client.get("/me/applications").text


def test_a_returned_case_says_what_to_bring_and_goes_on_when_it_is_brought(desk):
    send_back(desk)
    home = desk.enter(desk.worker).get("/").text
    assert "“社会工作师考证补贴”需要补正" in home
    page = desk.client.get(own(desk)).text
    for words in ("等您补正", "社保记录", "要近 12 个月的", "连续工作", "2026 年 10 月 16 日（周五）"):
        assert words in page
    refused = desk.client.post(f"{own(desk)}/resubmit", data={"round": 1})
    assert refused.status_code == 422
    assert "请补交材料，或在这里说明原因" in refused.text
    sent = {"round": 1, "note": "已补", **files(**{"proof-insurance": (PDF_BYTES, "社保.pdf")})}
    assert desk.client.post(f"{own(desk)}/resubmit", data=sent).status_code == 303
    view = case_view(desk.case_id)
    assert (view.brief.state, view.brief.round) == (CaseState.OPEN, 2)
    assert "补正后重新提交" in desk.client.get(own(desk)).text


def test_a_wrong_file_is_refused_beside_its_field_and_what_was_written_is_kept(desk):
    send_back(desk)
    sent = {"round": 1, "note": "我补了", **files(**{"proof-insurance": (b"MZ", "社保.pdf")})}
    answer = desk.enter(desk.worker).post(f"{own(desk)}/resubmit", data=sent)
    assert answer.status_code == 422
    assert 'id="proof-insurance-error"' in answer.text
    assert "我补了" in answer.text
    assert case_view(desk.case_id).brief.state is CaseState.RETURNED


def test_an_answer_from_a_page_of_another_round_is_refused_in_words(desk):
    send_back(desk)
    answer = desk.enter(desk.worker).post(f"{own(desk)}/resubmit", data={"round": 7, "note": "x"})
    assert answer.status_code == 409
    assert "刷新页面" in answer.text


def test_the_consumers_form_is_offered_for_facts_and_a_page_that_is_gone_is_not(desk):
    send_back(desk)
    put_kind(correct_endpoint="web.home")
    assert "修改申请内容" in desk.enter(desk.worker).get(own(desk)).text
    put_kind(correct_endpoint="gone.page")
    assert "修改申请内容" not in desk.client.get(own(desk)).text


def test_proofs_are_added_while_nobody_has_decided(desk):
    page = desk.enter(desk.worker).get(own(desk)).text
    assert "补充材料（还没有人开始审核）" in page
    sent = files(**{"proof-insurance": (PDF_BYTES, "社保.pdf")})
    assert desk.client.post(f"{own(desk)}/proofs", data=sent).status_code == 303
    assert len(case_view(desk.case_id).proofs) == 2
    wrong = files(**{"proof-insurance": (b"MZ", "x.pdf")})
    assert desk.client.post(f"{own(desk)}/proofs", data=wrong).status_code == 422
    assert desk.client.post(f"{own(desk)}/proofs").status_code == 303
    desk.decide(desk.street)
    assert "补充材料" not in desk.enter(desk.worker).get(own(desk)).text


def test_an_application_is_withdrawn_with_one_click(desk):
    assert desk.enter(desk.worker).post(f"{own(desk)}/withdraw", data={"reason": "换单位"}).status_code == 303
    page = desk.client.get(own(desk)).text
    assert "已撤回" in page
    assert "换单位" in page
    assert "撤回这件申请" not in page


def test_a_rejected_case_gives_the_reason(desk):
    desk.decide(desk.street, "rejected", reason="工作不满一年")
    page = desk.enter(desk.worker).get(own(desk)).text
    assert "理由：工作不满一年" in page


def test_a_proof_is_shown_through_the_page_only(desk):
    page = desk.enter(desk.worker).get(own(desk)).text
    address = re.search(r'href="(/approvals/[0-9a-f-]+/proofs/[^"]+)"', page)[1]
    answer = desk.client.get(address)
    assert answer.data == PNG_BYTES
    assert answer.mimetype == "image/png"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"].startswith("inline; ")
    assert "no-store" in answer.headers["Cache-Control"]
    assert desk.enter(desk.street).get(address).status_code == 200
    looks = db.session.scalars(select(AuditEntry.actor_id).where(AuditEntry.action == "approval.proof_view")).all()
    assert looks == [desk.street]
    assert desk.enter(make_person("别人", desk.city.community_a)).get(address).status_code == 404
    desk.client.delete_cookie("sign_in")
    assert desk.client.get(address).status_code == 302


def test_a_case_whose_kind_is_gone_is_shown_and_cannot_be_answered(desk):
    send_back(desk)
    offered().pop(KIND)
    page = desk.enter(desk.worker).get(own(desk))
    assert page.status_code == 200
    assert "功能已停用" in page.text
    assert "提交补正" not in page.text
    assert desk.client.get("/me/applications").status_code == 200
    assert desk.client.get("/").status_code == 200
    answer = desk.client.post(f"{own(desk)}/resubmit", data={"round": 1, "note": "x"})
    assert answer.status_code == 409
