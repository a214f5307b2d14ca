"""Draws a training log as an SVG: python3 plot_log.py log.jsonl training.svg

Above: the contrastive and the pair loss; below: validation R@1 and motion accuracy, with and without the order of the
frames. The horizontal axis is seconds of training.
"""

import json
import math
import sys

WIDTH, HEIGHT, LEFT, RIGHT, TOP = 900, 230, 60, 210, 24
COLOURS = {"contrastive": "#1f6feb", "pairs": "#d1570b", "r1": "#1a7f37", "motion": "#8250df", "motion_shuffled": "#8c959f"}
NAMES = {"contrastive": "contrastive loss", "pairs": "pair loss", "r1": "R@1, 1,000 clips (%)", "motion": "motion pairs (%)",
         "motion_shuffled": "motion, frames shuffled (%)"}


def panel(rows, keys, top, low, high, ticks, logarithmic, last):
    """One plot as SVG elements; rows are log entries, keys the curves in it."""
    scale = math.log if logarithmic else float
    x = lambda seconds: LEFT + (WIDTH - LEFT - RIGHT) * seconds / last
    y = lambda value: top + HEIGHT - HEIGHT * (scale(max(value, low)) - scale(low)) / (scale(high) - scale(low))
    parts = []
    for tick in ticks:
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(tick):.1f}" y2="{y(tick):.1f}" class="grid"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y(tick) + 4:.1f}" text-anchor="end">{tick:g}</text>')
    for seconds in range(0, int(last) + 1, 100):
        parts.append(f'<text x="{x(seconds):.1f}" y="{top + HEIGHT + 18}" text-anchor="middle">{seconds}</text>')
    for i, key in enumerate(keys):
        points = [(x(r["seconds"]), y(r[key])) for r in rows if key in r]
        path = " ".join(f"{a:.1f},{b:.1f}" for a, b in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{COLOURS[key]}" stroke-width="2"/>')
        parts.append(f'<text x="{WIDTH - RIGHT + 12}" y="{top + 16 + 20 * i}" style="fill:{COLOURS[key]}">{NAMES[key]}</text>')
    return parts


def main(log, out):
    rows = [json.loads(line) for line in open(log, encoding="utf8")]
    last = max(r["seconds"] for r in rows)
    second = TOP + HEIGHT + 56
    parts = panel(rows, ["contrastive", "pairs"], TOP, 0.01, 10, [0.01, 0.1, 1, 10], True, last)
    parts += panel(rows, ["r1", "motion", "motion_shuffled"], second, 0, 100, [0, 25, 50, 75, 100], False, last)
    height = second + HEIGHT + 44
    parts.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{height - 6}" text-anchor="middle">seconds of training</text>')
    style = "text{font:12px system-ui,sans-serif;fill:#57606a}.grid{stroke:#d0d7de}"
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}">'
    background = f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>'
    open(out, "w", encoding="utf8").write("\n".join([svg, f"<style>{style}</style>", background, *parts, "</svg>"]) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
