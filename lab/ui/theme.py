"""The notebook's colours, fonts and sizes as a gradio theme.

Knows: the palette and which of gradio's variables take it; ``style.css`` draws everything gradio does not.
No font is fetched: only families a machine has already. Must not know any component.
"""

from __future__ import annotations

import gradio as gr
from gradio.themes.utils import colors, fonts, sizes

INK = colors.Color(
    "#e9f3f0",
    "#cfe6e0",
    "#a3cfc5",
    "#70b3a5",
    "#3f9584",
    "#1c7d6c",
    "#0d6b5e",
    "#0a574d",
    "#09463f",
    "#083a34",
    "#052622",
    name="ink",
)
"""The one accent: whatever was tuned, and whatever to do next."""

PAPER = colors.Color(
    "#fffdf8",
    "#faf7f0",
    "#efeadf",
    "#e2dbcc",
    "#c9c1b0",
    "#9a9384",
    "#6b655a",
    "#4b463e",
    "#332f29",
    "#23201c",
    "#191714",
    name="paper",
)

SANS = (
    "-apple-system",
    "BlinkMacSystemFont",
    "Segoe UI",
    "Helvetica Neue",
    "Noto Sans",
    "Liberation Sans",
    "PingFang SC",
    "Noto Sans SC",
    "Noto Sans CJK SC",
    "Microsoft YaHei",
    "sans-serif",
)
MONO = ("ui-monospace", "SF Mono", "Cascadia Mono", "Liberation Mono", "Noto Sans Mono CJK SC", "monospace")


PAINT = {
    "body_background_fill": "var(--paper)",
    "body_text_color": "var(--text)",
    "body_text_color_subdued": "var(--quiet)",
    "background_fill_primary": "var(--sheet)",
    "background_fill_secondary": "var(--paper)",
    "border_color_primary": "var(--line)",
    "border_color_accent": "var(--tuned)",
    "color_accent_soft": "var(--tuned-soft)",
    "block_background_fill": "transparent",
    "block_border_width": "0px",
    "block_shadow": "none",
    "block_label_background_fill": "transparent",
    "block_label_border_width": "0px",
    "block_label_text_color": "var(--quiet)",
    "block_title_text_color": "var(--text)",
    "block_info_text_color": "var(--quiet)",
    "panel_background_fill": "transparent",
    "input_background_fill": "var(--sheet)",
    "input_border_color": "var(--field)",
    "input_border_color_focus": "var(--tuned)",
    "input_shadow_focus": "0 0 0 3px var(--tuned-soft)",
    "input_placeholder_color": "var(--quiet)",
    "checkbox_background_color": "var(--sheet)",
    "checkbox_background_color_selected": "var(--tuned)",
    "checkbox_border_color": "var(--field)",
    "checkbox_border_color_selected": "var(--tuned)",
    "checkbox_label_background_fill": "transparent",
    "checkbox_label_background_fill_hover": "var(--tuned-soft)",
    "checkbox_label_background_fill_selected": "var(--tuned-soft)",
    "checkbox_label_border_color": "var(--line-strong)",
    "checkbox_label_border_color_selected": "var(--tuned)",
    "checkbox_label_text_color_selected": "var(--text)",
    "slider_color": "var(--tuned)",
    "loader_color": "var(--tuned)",
    "button_primary_background_fill": "var(--act)",
    "button_primary_background_fill_hover": "var(--act-hover)",
    "button_primary_border_color": "var(--act)",
    "button_primary_text_color": "var(--on-act)",
    "button_secondary_background_fill": "var(--sheet)",
    "button_secondary_background_fill_hover": "var(--tuned-soft)",
    "button_secondary_border_color": "var(--line-strong)",
    "button_secondary_border_color_hover": "var(--tuned)",
    "button_secondary_text_color": "var(--text)",
    "button_cancel_background_fill": "var(--sheet)",
    "button_cancel_background_fill_hover": "var(--wrong-soft)",
    "button_cancel_border_color": "var(--line-strong)",
    "button_cancel_text_color": "var(--wrong)",
    "table_border_color": "var(--line)",
    "table_even_background_fill": "transparent",
    "table_odd_background_fill": "transparent",
}
"""Colours and borders, the same names in light and dark: what they stand for is said in ``style.css``."""

FORM = {
    "color_accent": "var(--tuned)",
    "block_padding": "0px",
    "block_title_text_weight": "550",
    "block_title_text_size": "var(--text-sm)",
    "panel_border_width": "0px",
    "form_gap_width": "0px",
    "layout_gap": "18px",
    "input_border_width": "1px",
    "input_padding": "8px 12px",
    "input_shadow": "none",
    "checkbox_label_border_width": "1px",
    "checkbox_label_shadow": "none",
    "button_border_width": "1px",
    "button_transition": "background-color .15s ease, border-color .15s ease",
    "button_primary_shadow": "none",
    "button_secondary_shadow": "none",
    "button_cancel_shadow": "none",
    "button_large_radius": "var(--round)",
    "button_medium_radius": "var(--round)",
    "button_small_radius": "var(--round)",
    "button_large_padding": "10px 20px",
    "button_medium_padding": "8px 16px",
    "button_medium_text_weight": "550",
    "button_large_text_weight": "550",
}
"""Sizes, weights and shadows, which know no dark."""


def notebook() -> gr.themes.Base:
    """The theme of both pages, light and dark."""
    theme = gr.themes.Base(
        primary_hue=INK,
        secondary_hue=INK,
        neutral_hue=PAPER,
        text_size=sizes.text_md,
        spacing_size=sizes.spacing_md,
        radius_size=sizes.radius_md,
        font=[fonts.Font(name) for name in SANS],
        font_mono=[fonts.Font(name) for name in MONO],
    )
    return theme.set(**FORM, **PAINT, **{f"{name}_dark": value for name, value in PAINT.items()})
