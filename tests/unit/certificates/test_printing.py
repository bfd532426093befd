from __future__ import annotations

import io
import json

import pypdf
import pytest

from lms.certificates import press as presses
from lms.certificates.claims import canonical
from lms.certificates.press import press
from lms.certificates.printing import printed

pytestmark = pytest.mark.slow

CLAIMS = {
    "format": 1,
    "number": "CDSGY-2026-000001",
    "kind": {"code": "CDSGY", "title": {"zh_CN": "成都社工员"}},
    "holder": {"name": "陈思雨", "id_tail": "123X"},
    "statement": {"zh_CN": "完成“成都社工员”课程学习 12 小时，成绩合格，现认定为成都社工员，特发此证。"},
    "disclaimer": {"zh_CN": "本证书为城市认定，不作为国家职业资格证书。"},
    "issuer": "成都市×××××部",
    "illustrative": True,
    "template": "classic",
    "issued_on": "2026-11-23",
    "valid_from": "2026-11-23",
    "valid_until": None,
    "verify_home": "https://academy.example/verify",
    "verify": "https://academy.example/verify/A1b2C3d4E5f6G7h8I9j0kL",
    "supersedes": None,
}


def read(**changes):
    return pypdf.PdfReader(io.BytesIO(printed(canonical(CLAIMS | changes))))


@pytest.fixture(scope="module")
def document():
    return read()


def test_the_text_can_be_taken_out(document):
    [page] = document.pages
    text = "".join(page.extract_text().split())
    for part in (
        "认定证书",
        "陈思雨",
        "CDSGY-2026-000001",
        "123X",
        "不作为国家职业资格证书",
        "示例",
        "长期有效",
        "二〇二六年十一月二十三日",
    ):
        assert part in text


def test_the_page_is_a4_landscape_and_small(document):
    [page] = document.pages
    assert [round(float(side) / 72 * 25.4) for side in page.mediabox[2:]] == [297, 210]
    assert len(printed(canonical(CLAIMS))) < 100_000


def test_the_file_says_what_it_is(document):
    assert document.metadata.title == "成都社工员 CDSGY-2026-000001"
    assert document.metadata.author == "成都市×××××部"
    assert document.metadata.creation_date.date().isoformat() == "2026-11-23"


def test_every_font_is_embedded(document):
    used = [font.get_object() for font in document.pages[0]["/Resources"]["/Font"].values()]
    assert used
    for font in used:
        descriptor = font["/DescendantFonts"][0].get_object()["/FontDescriptor"]
        assert {"/FontFile2", "/FontFile3"} & set(descriptor)


def test_the_same_claims_give_the_same_bytes():
    assert printed(canonical(CLAIMS)) == printed(canonical(CLAIMS))


def test_only_a_sample_carries_the_sample_seal():
    assert "示例" not in read(illustrative=False).pages[0].extract_text()


@pytest.mark.parametrize(
    "changes",
    [
        {"holder": {"name": "阿卜杜热合曼·买买提吐尔逊江·阿依古丽", "id_tail": "123X"}},
        {"statement": {"zh_CN": "很长的说明，" * 60}},
        {"issuer": "中共成都市某某某某某某某某某某某某某某某某某某某某某某工作委员会社会工作部"},
        {"valid_until": "2029-11-22"},
        {"holder": {"name": "<script>alert(1)</script>", "id_tail": ""}},
    ],
)
def test_it_stays_one_page_whatever_it_says(changes):
    assert len(read(**changes).pages) == 1


def test_an_unknown_template_is_not_printed():
    with pytest.raises(ValueError, match="no certificate template"):
        printed(json.dumps(CLAIMS | {"template": "../classic"}))


@pytest.fixture
def helpers(monkeypatch):
    monkeypatch.setattr(presses, "HELPERS_FROM", 1)


def test_helper_processes_print_the_same_in_the_same_order(helpers):
    texts = [canonical(CLAIMS | {"number": f"CDSGY-2026-{number:06d}"}) for number in range(1, 5)]
    with press(len(texts)) as printer:
        assert list(printer(texts)) == [printed(text) for text in texts]


def test_what_a_helper_cannot_print_is_said_and_the_next_one_is_printed(helpers):
    with press(2) as printer:
        refused, content = printer([json.dumps(CLAIMS | {"template": "none"}), canonical(CLAIMS)])
        assert "no certificate template" in str(refused)
        assert content == printed(canonical(CLAIMS))


def test_a_helper_that_dies_is_noticed_and_another_one_goes_on(helpers, monkeypatch):
    started = []
    start = presses._start
    monkeypatch.setattr(presses, "_start", lambda: started.append(start()) or started[-1])
    with press(1) as printer:
        first = list(started)
        for helper in first:
            helper.kill()
        outcomes = [outcome for _helper in first for outcome in printer([canonical(CLAIMS)])]
        assert [str(outcome) for outcome in outcomes] == ["a printing helper died"] * len(first)
        assert list(printer([canonical(CLAIMS)])) == [printed(canonical(CLAIMS))]
    assert all(helper.poll() is not None for helper in started)


def test_one_that_cannot_be_printed_here_does_not_stop_the_next_one():
    with press(2) as printer:
        refused, content = printer([json.dumps(CLAIMS | {"template": "none"}), canonical(CLAIMS)])
    assert isinstance(refused, ValueError)
    assert content == printed(canonical(CLAIMS))
