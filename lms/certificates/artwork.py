"""The drawing on the certificates: `python -m lms.certificates.artwork` writes the SVG files that are shipped.

A guilloche is a line pushed sideways by waves; strands with shifted waves make the braids and rosettes of banknotes.
Here three ribbons are braided along each side, a rosette covers each corner, and the flower in them and behind the
text has five petals: 芙蓉, the city's flower. Lengths are millimetres on A4 landscape. One wave and one rosette are
drawn as cubic curves and repeated, so that a page stays small. The title is drawn too: four characters of a Song font
as outlines are 2 kB, the font cut down to them 78 kB on every certificate.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable, Iterable
from pathlib import Path

from fontTools.pens.svgPathPen import SVGPathPen  # type: ignore[import-untyped]
from fontTools.pens.transformPen import TransformPen  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

FOLDER = Path(__file__).parent / "printed" / "classic"
WIDTH, HEIGHT = 297, 210
PAPER, GREEN, DARK, PALE, GOLD = "#fdfcf7", "#0b6e4f", "#0a4f3a", "#dfeae4", "#a8802f"
SONG, SONG_FACE = "/usr/share/fonts/opentype/noto/NotoSerifCJK-Bold.ttc", 2  # the simplified Chinese face
EDGE = 15.0
WAVE = 16.0
TURN = 2 * math.pi

Curve = Callable[[float], complex]
"""A line in the plane: a point for each t from 0 to 1."""


def braid() -> list[Curve]:
    """One wave of each strand of three ribbons."""

    def strand(ribbon: int, place: float) -> Curve:
        return lambda t: complex(
            WAVE * t, 3.1 * math.sin(TURN * (t + ribbon / 3)) + 0.9 * place * math.cos(TURN * t + 0.6)
        )

    return [strand(ribbon, place) for ribbon in range(3) for place in (-1, -0.5, 0, 0.5, 1)]


def petals(radius: float, count: int, depth: float, lean: float) -> Curve:
    """A flower's outline around 0: `depth` is how far it comes in between two petals, as a share of the radius."""

    def at(t: float) -> complex:
        return radius * (1 - depth * (1 - math.cos(count * TURN * t)) / 2) * cmath.exp(1j * (TURN * t + lean))

    return at


def rosette(radius: float, count: int, depth: float, turns: int) -> list[Curve]:
    """A flower's outline drawn `turns` times, each turned a little further."""
    return [petals(radius, count, depth, number * TURN / count / turns) for number in range(turns)]


def border() -> str:
    """The braid on four sides, a rosette in each corner, two gold lines within."""
    wave = f'<g id="wave">{_strokes(braid(), 5, GREEN, 0.13)}</g>'
    green, gold = _strokes(rosette(9.4, 8, 0.42, 6), 40, GREEN, 0.13), _strokes(rosette(5.2, 5, 0.7, 5), 25, GOLD, 0.14)
    corner = f'<g id="corner"><circle r="9.6" fill="{PAPER}"/>{green}{gold}</g>'
    across, down = WIDTH - 2 * EDGE, HEIGHT - 2 * EDGE
    sides = (
        _side(EDGE, EDGE, across, 0),
        _side(WIDTH - EDGE, EDGE, down, 90),
        _side(WIDTH - EDGE, HEIGHT - EDGE, across, 180),
        _side(EDGE, HEIGHT - EDGE, down, 270),
    )
    corners = [
        f'<use href="#corner" transform="translate({x:g} {y:g})"/>'
        for x in (EDGE, WIDTH - EDGE)
        for y in (EDGE, HEIGHT - EDGE)
    ]
    return _svg(f"<defs>{wave}{corner}</defs>", *sides, *corners, _frame(23.5, 0.5), _frame(24.9, 0.18))


def watermark() -> str:
    """The large pale flower behind the text: petals within petals, each turned a little."""
    outlines = [petals(66 * 0.94**number, 5, 0.36, 0.075 * number - math.pi / 2) for number in range(36)]
    return _svg(f'<g transform="translate({WIDTH / 2:g} 113)">{_strokes(outlines, 25, PALE, 0.22)}</g>')


def _side(x: float, y: float, length: float, turned: int) -> str:
    """As many whole waves as fit, stretched a little to end in the corner."""
    waves = round(length / WAVE)
    uses = "".join(f'<use href="#wave" transform="translate({number * WAVE:g} 0)"/>' for number in range(waves))
    stretch = length / (waves * WAVE)
    return f'<g transform="translate({x:g} {y:g}) rotate({turned}) scale({stretch:.5f} 1)">{uses}</g>'


def _frame(inset: float, width: float) -> str:
    size = f'width="{WIDTH - 2 * inset:g}" height="{HEIGHT - 2 * inset:g}"'
    return f'<rect x="{inset:g}" y="{inset:g}" {size} stroke="{GOLD}" stroke-width="{width}"/>'


def _strokes(curves: Iterable[Curve], pieces: int, colour: str, width: float) -> str:
    """Several lines of one colour as one path."""
    data = "".join(_path(curve, pieces) for curve in curves)
    return f'<path d="{data}" stroke="{colour}" stroke-width="{width}"/>'


def _path(curve: Curve, pieces: int) -> str:
    """The curve as SVG path data: cubic pieces with the curve's own tangents (Hermite form), to 0.01 mm."""
    step, near = 1 / pieces, 1e-5
    times = [number * step for number in range(pieces + 1)]
    points = [curve(t) for t in times]
    reach = [(curve(t + near) - curve(t - near)) / near * step / 6 for t in times]
    parts = [f"M{_pair(points[0])}"]
    for number in range(1, pieces + 1):
        first, second = points[number - 1] + reach[number - 1], points[number] - reach[number]
        parts.append(f"C{_pair(first)} {_pair(second)} {_pair(points[number])}")
    return "".join(parts)


def _pair(point: complex) -> str:
    return f"{_number(point.real)},{_number(point.imag)}"


def _number(value: float) -> str:
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _svg(*parts: str) -> str:
    size = f'width="{WIDTH}mm" height="{HEIGHT}mm" viewBox="0 0 {WIDTH} {HEIGHT}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} fill="none">{"".join(parts)}</svg>\n'


def title(text: str, height: float, gap: float, middle: float) -> str:
    """A line of text as outlines, centred; `height` of a character, `gap` between two, `middle` counted from above."""
    with TTFont(SONG, fontNumber=SONG_FACE) as font:
        glyphs, names, scale = font.getGlyphSet(), font.getBestCmap(), height / font["head"].unitsPerEm
        width = len(text) * (height + gap) - gap
        drawn = []
        for number, character in enumerate(text):
            pen = SVGPathPen(glyphs, ntos=_number)
            left, base = (WIDTH - width) / 2 + number * (height + gap), middle + 0.38 * height
            glyphs[names[ord(character)]].draw(TransformPen(pen, (scale, 0, 0, -scale, left, base)))
            drawn.append(pen.getCommands())
    return _svg(f'<path d="{"".join(drawn)}" fill="{DARK}"/>')


def main() -> None:
    """Write the files."""
    drawings = {"border": border(), "watermark": watermark(), "title": title("认定证书", 15.5, 5.5, 44)}
    for name, drawing in drawings.items():
        (FOLDER / f"{name}.svg").write_text(drawing, encoding="utf-8")


if __name__ == "__main__":
    main()
