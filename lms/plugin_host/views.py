"""The door before plugins' pages, and operators' pages: how plugins stand, what failed, where they are offered."""

from __future__ import annotations

from flask import Flask, current_app, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from lms.access.queries import typed_unit
from lms.kernel import clock
from lms.kernel.errors import Invalid, LmsError, NotFound
from lms.kernel.i18n import gettext as _
from lms.kernel.uow import in_unit_of_work
from lms.plugin_host import faults, service
from lms.plugin_host.forms import OfferForm, ReasonForm
from lms.plugin_host.host import EXTENSION, PluginHost, Standing, host
from lms.plugin_host.wording import STANDINGS, TONES
from lms.webkit.blueprint import Blueprint, requires
from lms.webkit.identity import current_actor
from lms.webkit.paging import paginate

bp = Blueprint("plugins", __name__, url_prefix="/admin/plugins", template_folder="templates")


def install(app: Flask, one: PluginHost) -> None:
    """Put the host in front of plugins' pages, and write failures down whenever a context ends."""
    app.extensions[EXTENSION] = one
    app.before_request(_door)
    app.teardown_appcontext(_write_down)


def _door() -> None:
    """A page of a plugin that is off, or not offered to any unit of the person, does not exist."""
    owner = request.blueprint or ""
    if owner in host().plugins and not host().serves(owner, current_actor()):
        raise NotFound(
            _("这项功能没有启用。"),
            why=_("它所属的模块已停用，或您所在的单位没有开通。"),
            todo=_("如有疑问，请联系本单位的管理员。"),
            code="plugin_off",
        )


def _write_down(_error: BaseException | None) -> None:
    one: PluginHost = current_app.extensions[EXTENSION]
    if one.firebreak.noted and not in_unit_of_work():
        faults.write(one, one.firebreak.take(), clock.now())


@bp.before_request
def _read_switches_anew() -> None:
    """Who switches one sees it at once, whichever process answers."""
    host().switchboard.forget()


@bp.get("")
@requires("plugin:view")
def index() -> str:
    """Every plugin."""
    return render_template(
        "plugin_host/index.html", known=host().overview(), standings=STANDINGS, tones=TONES, switchable=_switchable
    )


@bp.get("/<name>")
@requires("plugin:view")
def detail(name: str) -> str:
    """One plugin: what it brings, where it is offered, its latest failures."""
    return _page(name, OfferForm(), ReasonForm())


@bp.post("/<name>/enable")
@requires("plugin:edit")
def enable(name: str) -> BaseResponse:
    """Switch on, bringing the tables up to date first."""
    known = host().about(name)
    try:
        service.enable(current_actor(), name)
    except LmsError as error:
        if error.code not in {"plugin_requires", "plugin_migration", "plugin_broken"}:
            raise
        flash(str(error), "rose")
    else:
        flash(_("“%(name)s”已启用。", name=_title(known.name)), "green")
    return redirect(url_for("plugins.detail", name=name), 303)


@bp.post("/<name>/disable")
@requires("plugin:edit")
def disable(name: str) -> tuple[str, int] | BaseResponse:
    """Switch off, for a stated reason."""
    form = ReasonForm()
    if not form.validate_on_submit():
        return _page(name, OfferForm(), form), 422
    service.disable(current_actor(), name, form.reason.data.strip())
    flash(_("“%(name)s”已停用，它的数据都还在。", name=_title(name)), "green")
    return redirect(url_for("plugins.detail", name=name), 303)


@bp.post("/<name>/units")
@requires("plugin:edit")
def offer(name: str) -> tuple[str, int] | BaseResponse:
    """Switch on or off for a unit, or for all units nobody decided about."""
    form, actor = OfferForm(), current_actor()
    if request.form.get("everywhere") in {"yes", "no"}:
        service.offer_everywhere(actor, name, everywhere=request.form["everywhere"] == "yes")
        return redirect(url_for("plugins.detail", name=name), 303)
    if form.validate_on_submit():
        try:
            unit = typed_unit(actor, "plugin:edit", form.unit.data)
        except Invalid as error:
            if not form.take_errors(error):
                raise
        else:
            active = {"on": True, "off": False, "inherit": None}[form.active.data]
            service.offer_to(actor, name, unit.id, active=active)
            flash(_("“%(unit)s”的开通范围已保存。", unit=unit.name), "green")
            return redirect(url_for("plugins.detail", name=name), 303)
    return _page(name, form, ReasonForm()), 422


def _page(name: str, offer_form: OfferForm, reason_form: ReasonForm) -> str:
    known = host().about(name)
    return render_template(
        "plugin_host/detail.html",
        known=known,
        title=_title(name),
        broken=host().broken.get(name),
        standings=STANDINGS,
        tones=TONES,
        switchable=_switchable(known.standing),
        offer_form=offer_form,
        reason_form=reason_form,
        units=service.units_of(name),
        page=paginate(faults.latest(name)),
    )


def _title(name: str) -> str:
    known = host().plugins.get(name)
    return str(known.manifest.title) if known else name


def _switchable(standing: Standing) -> str:
    """What the button does: `enable`, `disable`, or nothing."""
    if standing in {Standing.OFF, Standing.TRIPPED, Standing.BEHIND}:
        return "enable"
    return "disable" if standing in {Standing.ON, Standing.WAITING} else ""
