"""Every hook a plugin can implement. There are three kinds, and no hook is of two.

Register (`lms_register_...`): asked once, when the site starts, also when the plugin is switched off, so they must not
    touch the database. They give an iterable of descriptions. All plugins are asked; names must lie in the plugin's
    namespace (`Manifest.name`), hence nobody wins over anybody. A plugin whose register hook raises, or gives something
    else than it says, is left out as a whole; the site starts without it and the operator reads why.

Participate (`lms_..._ing`): asked inside the transaction of a core use case, in the order in which plugins were loaded
    (requirements first), only while the plugin is switched on. They get frozen DTOs. Raising an `LmsError` refuses the
    whole use case, and its words are what the person reads; any other exception refuses it as well, is reported to the
    operator, and switches the plugin off when it happens again and again. Rows written through `unit_of_work` belong to
    the same transaction. Be quick: other people wait for the locks.

Notify (`lms_subscriptions`): names the committed events a plugin wants to be told of. Each subscription has a cursor of
    its own in the outbox: at least once, in order, after the commit, each call in a transaction of its own. One that
    fails is tried again with growing pauses, then parked and shown; it never holds up another. A plugin installed later
    is told the whole history; one that is switched off hears what it missed when it is on again.
"""

from __future__ import annotations

from collections.abc import Iterable

import click
import pluggy

from lms.plugin_api.registering import (
    Blueprint,
    CaseKind,
    CreditRule,
    DomainEvent,
    ImportFormat,
    JobSpec,
    LoginProvider,
    MessageKind,
    NavItem,
    Notifier,
    Permission,
    QuestionType,
    RequirementType,
    Role,
    SettingSpec,
    Slot,
    Subscription,
)
from lms.plugin_api.services import CaseInfo, CertificateInfo

NAMESPACE = "lms"
hookspec = pluggy.HookspecMarker(NAMESPACE)


# --- register ---------------------------------------------------------------------------------------------------------


@hookspec
def lms_register_blueprints() -> Iterable[Blueprint]:
    """Pages.

    :return: blueprints named like the plugin. Each view carries a policy (`@public`, `@signed_in`, `@requires(...)`).
        While the plugin is off, or not offered to any of the person's units, its pages answer 404.
    """
    return ()


@hookspec
def lms_register_permissions() -> Iterable[Permission]:
    """Rights that officers are granted through roles.

    :return: permissions `<name>.<thing>:<action>`; `roles` names the roles that hold them, core or own.
    """
    return ()


@hookspec
def lms_register_roles() -> Iterable[Role]:
    """Roles of the plugin's own.

    :return: roles with keys `<name>.<role>`; their permissions may be the core's or the plugin's.
    """
    return ()


@hookspec
def lms_register_settings() -> Iterable[SettingSpec]:
    """Values that officers change while the site runs, each with the day it takes effect.

    :return: settings `<name>.<key>`; a default nobody has decided is `illustrative`.
    """
    return ()


@hookspec
def lms_register_navigation() -> Iterable[NavItem]:
    """Entries of menus.

    :return: entries that lead to views of the plugin which need no value in their address.
    """
    return ()


@hookspec
def lms_register_slots() -> Iterable[Slot]:
    """Pieces of core pages: the learner's home, the officers' dashboard, a person's page, the search.

    :return: slots; `render(actor)` runs for each page shown, outside the page's transaction and with a time limit. A
        piece that raises or is late is left out and reported; after repeated failure the plugin is switched off.
    """
    return ()


@hookspec
def lms_register_jobs() -> Iterable[JobSpec]:
    """Background work.

    :return: jobs `<name>.<job>`; handlers are idempotent. While the plugin is off its jobs wait in the queue.
    """
    return ()


@hookspec
def lms_register_commands() -> Iterable[click.Command]:
    """Commands for operators.

    :return: commands that appear as `lms <name> <command>`; refused while the plugin is off.
    """
    return ()


@hookspec
def lms_register_messages() -> Iterable[MessageKind]:
    """Kinds of messages the plugin sends to people's inboxes and mailboxes.

    :return: kinds `<name>.<kind>`.
    """
    return ()


@hookspec
def lms_register_events() -> Iterable[type[DomainEvent]]:
    """Events the plugin tells to others.

    :return: event classes whose `name` is `<name>.<fact in the past tense>`.
    """
    return ()


@hookspec
def lms_register_case_kinds() -> Iterable[CaseKind]:
    """Kinds of approval case that the plugin opens.

    :return: kinds `<name>.<kind>`; a case whose plugin is off or gone stays readable, with its key for a title.
    """
    return ()


@hookspec
def lms_register_question_types() -> Iterable[QuestionType]:
    """Types of question with options to choose from, for banks and examinations.

    :return: types `<name>.<type>`. Items of the type come into banks by GIFT (`[tag:kind:<name>.<type>]`) and
        spreadsheet. While the plugin is off they are shown but neither edited nor drawn, and papers that hold them
        are marked when it is on again. `score` runs inside the marking's transaction.
    """
    return ()


@hookspec
def lms_register_credit_rules() -> Iterable[CreditRule]:
    """Rules of how a completed course counts for continuing education.

    :return: rules `<name>.<rule>`, asked in their order for persons to whose units the plugin is offered. A rule that
        raises undoes the completion of the course, and is reported.
    """
    return ()


@hookspec
def lms_register_requirement_types() -> Iterable[RequirementType]:
    """Types of requirement that certificates and programmes may ask for.

    :return: types `<name>.<type>`. While the plugin is off a requirement of the type is not met. `check` runs inside
        the transaction that issues, where a failure refuses the issue, and for the list of candidates, where it
        leaves the line unanswered.
    """
    return ()


@hookspec
def lms_register_notifiers() -> Iterable[Notifier]:
    """Channels by which messages reach people beside the inbox: text messages, a company's chat.

    :return: notifiers `<name>.<channel>`. Every message of the academy goes by each of them, to people where the plugin
        is offered and who have an address there. They are called by a worker, outside any transaction. A round that
        hangs is left behind and reported, and holds up no other channel; while the plugin is off its letters wait.
    """
    return ()


@hookspec
def lms_register_login_providers() -> Iterable[LoginProvider]:
    """Other ways to sign in: a government's login, an employer's.

    :return: providers `<name>.<provider>`; each has a button on the sign-in page. Somebody whose identity is not linked
        to an account yet signs in once with their password and links it; then it stands for the password, and for
        nothing more: officers still show their second factor. One that raises or takes over ten seconds is reported,
        and the person is asked for the password.
    """
    return ()


@hookspec
def lms_register_import_formats() -> Iterable[ImportFormat]:
    """File formats in which question banks are read, and written where the format can.

    :return: formats `<name>.<format>`. Each is offered where trainers upload and export. What is read is checked like
        any upload, written only after a look at the result, and all of it or nothing. One that raises or takes over
        twenty seconds is reported, and the file refused.
    """
    return ()


# --- participate ------------------------------------------------------------------------------------------------------


@hookspec
def lms_certificate_issuing(certificate: CertificateInfo) -> None:
    """A certificate is being issued; raise an `LmsError` to refuse it.

    :param certificate: as it will stand. Nothing of it is committed yet.
    """


@hookspec
def lms_case_closing(case: CaseInfo) -> None:
    """An approval case is being closed: approved, rejected or withdrawn. Raise an `LmsError` to refuse.

    :param case: in the state it will have. Only the plugin that offers the case's kind is asked.
    """


# --- notify -----------------------------------------------------------------------------------------------------------


@hookspec
def lms_subscriptions() -> Iterable[Subscription]:
    """Committed events to be told of.

    :return: subscriptions named `<name>.<purpose>`; the name stands for the cursor and must never be used anew.
    """
    return ()
