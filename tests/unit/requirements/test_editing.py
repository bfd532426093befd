"""The steps of the editor, on a tree written as text."""

from __future__ import annotations

import pytest

from lms.requirements import editing
from lms.requirements.rules import Group, How, Leaf


def leaf(name):
    return Leaf(name, {})


def text(node):
    return node.type if isinstance(node, Leaf) else f"{node.how}({' '.join(map(text, node.parts))})"


TREE = Group(How.ALL, (leaf("a"), Group(How.ANY, (leaf("b"), leaf("c"))), leaf("d")))


@pytest.mark.parametrize(
    ("step", "result"),
    [
        (lambda: editing.add(TREE, (1,), leaf("x")), "all(a any(b c x) d)"),
        (lambda: editing.put(TREE, (1, 0), leaf("x")), "all(a any(x c) d)"),
        (lambda: editing.remove(TREE, (1, 1)), "all(a any(b) d)"),
        (lambda: editing.remove(TREE, ()), "all()"),
        (lambda: editing.move(TREE, (2,), -1), "all(a d any(b c))"),
        (lambda: editing.move(TREE, (0,), -1), "all(a any(b c) d)"),
        (lambda: editing.move(TREE, (1, 0), 1), "all(a any(c b) d)"),
        (lambda: editing.nest(TREE, (0,)), "all(any(a) any(b c) d)"),
        (lambda: editing.move_in(TREE, (2,)), "all(a any(b c d))"),
        (lambda: editing.move_out(TREE, (1, 0)), "all(a any(c) b d)"),
        (lambda: editing.regroup(TREE, (1,), How.SOME, 2), "all(a some(b c) d)"),
    ],
)
def test_a_step_changes_just_what_it_should(step, result):
    assert text(step()) == result


@pytest.mark.parametrize(
    "step",
    [
        lambda: editing.add(TREE, (0,), leaf("x")),
        lambda: editing.remove(TREE, (7,)),
        lambda: editing.move_in(TREE, (1,)),
        lambda: editing.move_out(TREE, (0,)),
        lambda: editing.at(TREE, (0, 0)),
        lambda: editing.path_of("1.x"),
    ],
)
def test_what_has_no_place_is_refused(step):
    with pytest.raises(ValueError, match=r".*"):
        step()
