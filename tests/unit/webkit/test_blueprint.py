from __future__ import annotations

import flask
import pytest
from flask_babel import Babel

from lms.kernel.actor import ANONYMOUS, Actor
from lms.kernel.errors import Forbidden, Unauthenticated
from lms.kernel.ids import new_id
from lms.webkit.blueprint import Blueprint, enforce_policy, public, requires, signed_in


def test_a_view_without_a_policy_cannot_be_registered():
    blueprint = Blueprint("room", __name__)
    with pytest.raises(TypeError, match=r"room\.careless does not say who may open it"):

        @blueprint.get("/careless")
        def careless() -> str:
            return ""


def open_as(actor: Actor, path: str) -> None:
    app = flask.Flask("probe")
    Babel(app)
    blueprint = Blueprint("room", __name__)
    blueprint.get("/all")(public(lambda: ""))
    blueprint.add_url_rule("/own", "own", signed_in(lambda: ""))
    blueprint.add_url_rule("/desk", "desk", requires("thing:edit")(lambda: ""))
    app.register_blueprint(blueprint)
    with app.test_request_context(path):
        flask.g.actor = actor
        enforce_policy()


WORKER = Actor(person_id=new_id(), name="李晓岚", permissions=frozenset({"thing:view"}))
EDITOR = Actor(person_id=new_id(), name="周岚", permissions=frozenset({"thing:edit"}))


@pytest.mark.parametrize(
    ("actor", "path"),
    [(ANONYMOUS, "/all"), (WORKER, "/all"), (WORKER, "/own"), (EDITOR, "/own"), (EDITOR, "/desk")],
)
def test_a_policy_lets_pass_who_may(actor, path):
    open_as(actor, path)


@pytest.mark.parametrize(
    ("actor", "path", "refusal"),
    [(ANONYMOUS, "/own", Unauthenticated), (ANONYMOUS, "/desk", Unauthenticated), (WORKER, "/desk", Forbidden)],
)
def test_a_policy_stops_who_may_not(actor, path, refusal):
    with pytest.raises(refusal):
        open_as(actor, path)
