"""What the core answers plugins."""

from __future__ import annotations

import pytest

from lms.access.actors import actor_for
from lms.kernel.crypto import DecryptionError
from lms.plugin_api.services import services
from lms.testing.factories.access import make_officer


def test_units_to_choose_from_begin_with_the_highest_the_officer_sees(city):
    def offered(org_id):
        actor = actor_for(make_officer("hr_officer", org_id))
        return [one.id for one in services().orgs.choices(services().access.visible_orgs(actor, "person:view"))]

    assert offered(city.city)[0] == city.city
    assert offered(city.county_a) == [city.county_a, city.street_a, city.community_a]
    assert offered(city.community_b) == [city.community_b]


def test_a_sealed_file_opens_only_as_what_it_was_sealed_for(app):
    secrets, content = services().secrets, b"PK\x03\x04 a workbook"
    sealed = secrets.seal_bytes("payouts_batch.file", content)
    assert content not in sealed
    assert secrets.open_bytes("payouts_batch.file", sealed) == content
    with pytest.raises(DecryptionError):
        secrets.open_bytes("payouts_result.file", sealed)
