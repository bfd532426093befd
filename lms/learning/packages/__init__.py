"""Course packages as folders of plain text: reading, checking, drawing up and unpacking them. No database here."""

from lms.learning.packages.check import check
from lms.learning.packages.schema import schema_text
from lms.learning.packages.skeleton import draw_up

__all__ = ["check", "draw_up", "schema_text"]
