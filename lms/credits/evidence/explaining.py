"""What the case of a claim shows of it: frozen lines in both languages, for the applicant and the officers."""

from __future__ import annotations

from lms.approvals.dto import Fact
from lms.credits import wording as ledger
from lms.credits.evidence import wording
from lms.credits.evidence.dto import Assessment
from lms.kernel.i18n import Localized, in_all_locales, in_both, listed, sentences, zh
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import lazy_gettext as _l
from lms.webkit.templating import day, minutes


def facts(assessed: Assessment) -> tuple[Fact, ...]:
    """The lines of a case."""
    rule, activity, counting = assessed.rule, assessed.activity, assessed.counting
    days = in_both(wording.span, activity.first_day, activity.last_day)
    stated = in_both(wording.amount, activity.halves, rule.unit)
    lines = [
        _fact("kind", _l("学习类别"), dict(rule.title), in_all_locales(ledger.CATEGORIES[rule.category])),
        _fact("activity", _l("活动名称"), zh(activity.title)),
        _fact("organiser", _l("举办单位"), zh(activity.organiser)),
        _fact("days", _l("起止日期"), days),
        _fact("stated", _l("申报数量"), stated),
        _fact(
            "counted",
            _l("按提交时的记录可计"),
            in_both(minutes, counting.minutes),
            in_both(lambda: sentences([*wording.steps(counting), _("通过时按当时的记录再算一次。")])),
            met=counting.minutes > 0,
        ),
        _fact("rule", _l("适用规定"), in_both(_rule, assessed), rule.note),
    ]
    if assessed.crowded:
        others = in_both(
            lambda: listed(
                _("“%(title)s”（%(number)s）", title=one.title, number=one.case_number) for one in assessed.crowded
            )
        )
        reason = in_both(lambda: _("同一天合计超过 8 小时，请核对是否重复。"))
        lines.append(_fact("overlap", _l("日期与别的申报重叠"), others, reason, met=False))
    return tuple(lines)


def _rule(assessed: Assessment) -> str:
    return _("%(day)s起的规定", day=day(assessed.rule.valid_from))


def _fact(key: str, label: object, value: Localized, note: Localized | str = "", *, met: bool | None = None) -> Fact:
    return Fact(key=key, label=in_all_locales(label), value=value, note=note, met=met)
