"""`lms plugins new`: a small plugin that works and passes the conformance kit, to change into one's own."""

from __future__ import annotations

from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from lms.kernel.errors import Conflict, Invalid
from lms.kernel.i18n import gettext as _
from lms.plugin_api.manifest import NAME

_SKELETON = Path(__file__).parent / "skeleton"
_SUFFIX = ".tmpl"


def write(name: str, parent: Path) -> list[Path]:
    """Write the plugin `name` into a new folder below `parent`; the files written.

    Raises `Invalid` for a name that is none, `Conflict` where the folder is not empty.
    """
    if not NAME.fullmatch(name):
        raise Invalid(
            _("“%(name)s”不能作为模块的名称。", name=name), todo=_("请用 3 到 24 个小写字母和数字，以字母开头。")
        )
    target = parent / name
    if target.exists() and any(target.iterdir()):
        raise Conflict(_("%(folder)s 里已经有文件。", folder=target), todo=_("请换一个名称或文件夹。"))
    words = {"@name@": name, "@Name@": name.capitalize(), "@package@": f"lms_{name}"}
    written = []
    for source in sorted(_SKELETON.rglob(f"*{_SUFFIX}")):
        path = target / _filled(str(source.relative_to(_SKELETON)).removesuffix(_SUFFIX), words)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_filled(source.read_text(), words))
        written.append(path)
    for catalogue in target.rglob("*.po"):
        with catalogue.open("rb") as words_in, catalogue.with_suffix(".mo").open("wb") as compiled:
            write_mo(compiled, read_po(words_in))
    return written


def _filled(text: str, words: dict[str, str]) -> str:
    for place, word in words.items():
        text = text.replace(place, word)
    return text
