"""Characters that no person types reach no query: on PostgreSQL a NUL would end in an error of the database."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize("address", ["/notices/a%00b", "/notices/GS20260001?page=%00", "/verify/%00", "/?next=a%00"])
def test_an_address_with_a_nul_is_refused(client, address):
    assert client.get(address).status_code == 400


@pytest.mark.parametrize(
    ("address", "data"),
    [("/notices/receipts", {"receipt": "YY\x00"}), ("/verify", {"number": "1", "name": ["张三", "\x00"]})],
)
def test_a_form_with_a_nul_is_refused(client, address, data):
    assert client.post(address, data=data).status_code == 400


def test_other_odd_characters_pass(client):
    assert client.get("/notices/%E2%80%AE?x=%FF%25").status_code == 404
    assert client.post("/notices/receipts", data={"receipt": "%00 \u202e"}).status_code == 404
