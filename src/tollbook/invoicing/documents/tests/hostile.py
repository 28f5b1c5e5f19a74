"""Texts that a customer may send: markup of every kind, every direction, every script, every length."""

TEXTS = (
    "#sys.inputs",
    '#panic("x")',
    "[*bold*] $x^2$ `raw` <label> @ref \\u{41}",
    "]]>",
    "<b>&amp;</b>",
    "//comment /* x",
    '"quote" \\ back',
    "שלום עולם 123",
    "مرحبا بالعالم",
    "日本語株式会社",
    "한국어",
    "😀 🚀 ❤️ 👨‍👩‍👧",
    "नमस्ते",
    "สวัสดี",
    "a\u202eb",
    "tab\tnew\nline",
    "\x07bell",
    "\ud7ff\ue000",
    "Name " + "x" * 500,
    "word " * 100,
)
