"""What a page needs so that everybody can use it: names, headings, tables and contrast."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

#: Roles of what people operate. Each needs a name.
CONTROLS = {
    *("button", "checkbox", "combobox", "link", "listbox", "menuitem", "radio", "searchbox", "slider", "spinbutton"),
    *("switch", "tab", "textbox"),
}

# Text whose contrast with what is behind it is too low. What is hidden from everybody does not count.
LOW_CONTRAST = """() => {
    const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    canvas.canvas.width = canvas.canvas.height = 1;
    const rgba = color => {
        canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1);
        const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data; return [r, g, b, a / 255];
    };
    const over = (top, under) => [0, 1, 2].map(i => top[i] * top[3] + under[i] * (1 - top[3])).concat(1);
    const light = color => {
        const [r, g, b] = color.map(v => v / 255).map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
        return .2126 * r + .7152 * g + .0722 * b;
    };
    const ground = element => {
        const layers = [];
        for (let at = element; at; at = at.parentElement) layers.unshift(rgba(getComputedStyle(at).backgroundColor));
        return layers.reduce((under, top) => over(top, under), rgba(getComputedStyle(document.documentElement).getPropertyValue('--bg')));
    };
    const found = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const element = walker.currentNode.parentElement, text = walker.currentNode.textContent.trim(), style = getComputedStyle(element);
        if (!text || element.closest('svg, .vh, option, script, :disabled') || !element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
        const under = ground(element), pair = [over(rgba(style.color), under), under].map(light).sort((a, b) => b - a);
        const ratio = (pair[0] + .05) / (pair[1] + .05);
        if (ratio < 4.5) found.push(`${text.slice(0, 40)} (${element.tagName.toLowerCase()}.${element.className}): ${ratio.toFixed(2)}`);
    }
    return [...new Set(found)].slice(0, 10);
}"""

# What is wrong with the markup: headings that skip a level, tables without heads, and IDs that occur twice.
STRUCTURE = """() => {
    const found = [], levels = [...document.querySelectorAll('main :is(h1, h2, h3, h4, h5, h6)')].map(h => [+h.tagName[1], h.textContent]);
    if (levels[0]?.[0] !== 1 || levels.filter(([level]) => level === 1).length !== 1) found.push('not one h1 at first');
    levels.forEach(([level, text], i) => { if (i && level > levels[i - 1][0] + 1) found.push(`h${level} after h${levels[i - 1][0]}: ${text}`); });
    for (const table of document.querySelectorAll('main table')) {
        const name = table.id || table.closest('[id]')?.id || table.className;
        if (!table.querySelector('thead th[scope=col]')) found.push(`table without column heads: ${name}`);
        for (const row of table.querySelectorAll('tbody tr:not(.detail)')) {
            if (!row.querySelector('th[scope=row]')) { found.push(`row without a head: ${name}: ${row.textContent.slice(0, 40)}`); break; }
        }
    }
    const ids = [...document.querySelectorAll('[id]')].map(each => each.id);
    found.push(...ids.filter((id, i) => ids.indexOf(id) !== i).map(id => `two elements with the ID ${id}`));
    return found;
}"""


def tree(page: Page) -> list[dict[str, Any]]:
    """Returns the nodes of the accessibility tree that readers of a screen get."""
    session = page.context.new_cdp_session(page)
    nodes: list[dict[str, Any]] = session.send("Accessibility.getFullAXTree")["nodes"]
    session.detach()
    return [node for node in nodes if not node.get("ignored")]


def role(node: dict[str, Any]) -> str:
    return str(node.get("role", {}).get("value", ""))


def unnamed(nodes: list[dict[str, Any]]) -> list[str]:
    """Returns the controls, dialogs and pictures without a name."""
    wanted = CONTROLS | {"dialog", "img", "image", "navigation", "search"} - {"search"}
    return [role(node) for node in nodes if role(node) in wanted and not node.get("name", {}).get("value", "").strip()]
