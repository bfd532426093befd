"""Every heading and name that a page or a file shows is understood when it comes back in a roster."""

from __future__ import annotations

import pytest

from lms.kernel.i18n import LOCALES, in_locale
from lms.people.roster.layout import (
    COLUMNS,
    DOCUMENT_WORDS,
    PROBLEMS_HEADER,
    QUALIFICATION_WORDS,
    recognise,
)
from lms.people.wording import DOCUMENTS, QUALIFICATIONS


@pytest.mark.parametrize("locale", LOCALES)
def test_the_headings_shown_are_recognised_in_either_language(app, locale):
    with in_locale(locale):
        header = recognise(1, [*(str(column.title) for column in COLUMNS), str(PROBLEMS_HEADER)])
    assert header is not None
    assert dict(header.places) == {column.key: place for place, column in enumerate(COLUMNS)}
    assert (header.ignored, header.missing, header.problems) == ((), (), len(COLUMNS))


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize(("shown", "accepted"), [(DOCUMENTS, DOCUMENT_WORDS), (QUALIFICATIONS, QUALIFICATION_WORDS)])
def test_the_names_shown_are_accepted_in_either_language(app, locale, shown, accepted):
    with in_locale(locale):
        for kind, title in shown.items():
            assert str(title) in accepted[kind]


def test_older_and_shorter_headings_are_still_recognised():
    header = recognise(1, ["Name", "ID type", "ID number", "Mobile", "Certificate number", "身份证号码"])
    assert header is not None
    assert list(header.places) == ["name", "id_document", "id_number", "phone", "certificate_number"]
    assert header.doubled == ("id_number",)
