from __future__ import annotations

import pytest
from sqlalchemy import select

from lms.access.actors import actor_for
from lms.approvals import service
from lms.approvals.queries import case_view
from lms.kernel.db import db
from lms.kernel.errors import Conflict, Invalid, NotFound
from lms.kernel.models import AuditEntry
from lms.testing.factories.approvals import PDF_BYTES, PNG_BYTES, approve, proof, send_back
from lms.testing.factories.people import make_person


def looks():
    return db.session.scalars(select(AuditEntry).where(AuditEntry.action == "approval.proof_view")).all()


def test_the_applicant_and_officers_see_a_proof_and_an_officers_look_is_audited(office):
    brief = office.case()
    [stored] = case_view(brief.case_id).proofs
    own = service.read_proof(office.worker, brief.case_id, stored.proof_id)
    assert (own.content, own.name, own.media_type) == (PNG_BYTES, "证书.png", "image/png")
    assert looks() == []
    assert service.read_proof(office.street, brief.case_id, stored.proof_id).content == PNG_BYTES
    [look] = looks()
    assert (look.actor_id, look.detail["sha256"]) == (office.street.person_id, stored.sha256)


def test_nobody_else_sees_a_proof(office):
    brief, other = office.case(), office.case()
    [stored] = case_view(brief.case_id).proofs
    for stranger in (office.another(office.city.county_b), actor_for(make_person("同事", office.city.community_a))):
        with pytest.raises(NotFound):
            service.read_proof(stranger, brief.case_id, stored.proof_id)
    with pytest.raises(NotFound):
        service.read_proof(office.street, other.case_id, stored.proof_id)
    assert looks() == []


def test_proofs_are_added_before_anybody_decided_and_while_returned_and_at_no_other_time(office):
    brief = office.case()
    service.add_proof(office.worker, brief.case_id, proof("insurance", PDF_BYTES, "一.pdf"))
    approve(brief.case_id, office.street)
    with pytest.raises(Conflict, match="已经在办理"):
        service.add_proof(office.worker, brief.case_id, proof("insurance", PDF_BYTES + b"\n", "二.pdf"))
    send_back(brief.case_id, office.county)
    service.add_proof(office.worker, brief.case_id, proof("insurance", PDF_BYTES + b"\n", "二.pdf"))
    assert [one.round for one in case_view(brief.case_id).proofs] == [1, 1, 2]


def test_the_same_file_twice_is_one_proof(office):
    brief = office.case()
    assert service.add_proof(office.worker, brief.case_id, proof()) == case_view(brief.case_id).proofs[0].proof_id
    assert len(case_view(brief.case_id).proofs) == 1


def test_only_the_applicant_adds_and_not_without_end(office):
    brief = office.case()
    with pytest.raises(NotFound):
        service.add_proof(office.street, brief.case_id, proof("insurance", PDF_BYTES))
    files = [proof("insurance", PDF_BYTES + b"\n" * number, f"{number}.pdf") for number in range(1, 14)]
    with pytest.raises(Invalid, match="不能再加"):
        service.add_proofs(office.worker, brief.case_id, files)
    assert len(case_view(brief.case_id).proofs) == 1  # all of them or none
