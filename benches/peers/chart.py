"""An SVG chart of ratios: bars on a logarithmic scale from 1, the peer's own speed, with the floor of each as a tick.

Colours follow the reader's light or dark scheme; without one, they are readable on both.
"""

import math
from html import escape

WIDTH, LABELS, RIGHT = 980, 430, 60
LINE, GAP = 18, 26
STYLE = """
text { font: 12px system-ui, sans-serif; fill: #24292f }
.group { font-weight: 600 }
.faint { fill: #6e7781 }
.line { stroke: #d0d7de }
.equal { stroke: #6e7781 }
.bar { fill: #2f81c7 }
.slow { fill: #d4761c }
.floor { stroke: #24292f; stroke-width: 2 }
@media (prefers-color-scheme: dark) {
  text { fill: #d1d7e0 }
  .faint { fill: #9198a1 }
  .line { stroke: #3d444d }
  .equal { stroke: #9198a1 }
  .bar { fill: #539bf5 }
  .slow { fill: #e0823d }
  .floor { stroke: #d1d7e0 }
}
"""


def chart(groups):
    """`groups` is a list of (heading, [(label, ratio, floor or None)])."""
    ratios = [bar[1] for _, found in groups for bar in found]
    lowest = math.floor(math.log10(min([*ratios, 0.5])) * 2) / 2
    highest = math.ceil(math.log10(max([*ratios, 10])) * 2) / 2
    across = WIDTH - LABELS - RIGHT

    def x(value):
        return LABELS + across * (math.log10(value) - lowest) / (highest - lowest)

    height = 50 + sum(GAP + LINE * len(found) for _, found in groups) + 14
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" role="img">']
    parts.append("<title>Times as fast as each peer</title>")
    parts.append(f"<style>{STYLE}</style>")
    parts.append(text(LABELS, 16, "times as fast as the peer (logarithmic); the tick is the floor", "faint"))
    for value in [10.0**power * step for power in range(-3, 4) for step in (1, 2, 5)]:
        if 10**lowest <= value <= 10**highest:
            kind = "equal" if value == 1 else "line"
            parts.append(f'<line class="{kind}" x1="{x(value):.1f}" x2="{x(value):.1f}" y1="38" y2="{height - 8}"/>')
            parts.append(text(x(value), 33, f"{value:g}", "faint", "middle"))
    y = 44
    for heading, found in groups:
        y += GAP
        parts.append(text(8, y - 6, heading, "group"))
        for label, value, floor in found:
            parts += bar(x, y, label, value, floor)
            y += LINE
    parts.append("</svg>")
    return "\n".join(parts) + "\n"


def bar(x, y, label, value, floor):
    start, end = sorted((x(1), x(value)))
    kind = "slow" if floor and value < floor else "bar"
    yield text(LABELS - 10, y + 11, label, "", "end")
    yield f'<rect class="{kind}" x="{start:.1f}" y="{y + 2}" width="{max(end - start, 1):.1f}" height="{LINE - 5}" rx="2"/>'
    if floor:
        yield f'<line class="floor" x1="{x(floor):.1f}" x2="{x(floor):.1f}" y1="{y + 1}" y2="{y + LINE - 2}"/>'
    yield text(max(end, x(floor) if floor else 0) + 5, y + 11, f"{value:.2g}" if value < 10 else f"{value:.0f}")


def text(x, y, content, kind="", anchor="start"):
    return f'<text x="{x:.1f}" y="{y}" class="{kind}" text-anchor="{anchor}">{escape(content)}</text>'
