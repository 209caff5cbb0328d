"""Emoji on this wire: a code point as ``1f44d``, several joined by ``-``, a short name as ``joy``, or the emoji itself."""

from __future__ import annotations

import re
import unicodedata

from ..domain.problems import InvalidValue

_CODE_POINTS = re.compile(r"[0-9a-fA-F]{2,6}(?:-[0-9a-fA-F]{2,6})*")
_MOST_CHARACTERS = 16
# What may stand behind the first character of an emoji: joiners, variation selectors, skin tones, keycaps, flags' tags.
_JOINERS = {"\N{ZERO WIDTH JOINER}", "\N{VARIATION SELECTOR-16}", "\N{VARIATION SELECTOR-15}", "\N{COMBINING ENCLOSING KEYCAP}"}
_KEYCAPS = set("0123456789#*")
# The short names that clients send most; every emoji has its code point.
_SHORT_NAMES = {
    "+1": "👍", "thumbsup": "👍", "-1": "👎", "thumbsdown": "👎", "joy": "😂", "heart": "❤️", "smile": "😄", "grin": "😁", "laughing": "😆",
    "slightly_smiling_face": "🙂", "wink": "😉", "blush": "😊", "heart_eyes": "😍", "thinking_face": "🤔", "thinking": "🤔", "cry": "😢",
    "sob": "😭", "rage": "😡", "open_mouth": "😮", "scream": "😱", "sweat_smile": "😅", "sunglasses": "😎", "tada": "🎉", "clap": "👏",
    "raised_hands": "🙌", "pray": "🙏", "wave": "👋", "ok_hand": "👌", "muscle": "💪", "point_up": "☝️", "eyes": "👀", "fire": "🔥",
    "rocket": "🚀", "100": "💯", "white_check_mark": "✅", "heavy_check_mark": "✔️", "x": "❌", "warning": "⚠️", "question": "❓",
    "exclamation": "❗", "bulb": "💡", "bug": "🐛", "star": "⭐", "sparkles": "✨", "zap": "⚡", "hourglass": "⌛", "lock": "🔒",
    "broken_heart": "💔", "confused": "😕", "disappointed": "😞", "neutral_face": "😐", "rofl": "🤣", "see_no_evil": "🙈", "party": "🥳",
    "partying_face": "🥳", "coffee": "☕", "beers": "🍻", "gift": "🎁", "handshake": "🤝", "facepalm": "🤦", "shrug": "🤷",
}  # fmt: skip


def read_emoji(text: str, field: str = "emoji") -> str:
    """The emoji itself. Raises InvalidValue for what is none."""
    name = text.strip().strip(":")
    found = _SHORT_NAMES.get(name) or _from_code_points(name) or name
    if not _is_emoji(found):
        raise InvalidValue(field, f"{field}: give a code point such as 1f602, or a common short name such as joy")
    return found


def _from_code_points(text: str) -> str | None:
    if not _CODE_POINTS.fullmatch(text):
        return None
    numbers = [int(one, 16) for one in text.split("-")]
    if any(number > 0x10FFFF or 0xD800 <= number <= 0xDFFF for number in numbers):
        return None
    return "".join(map(chr, numbers))


def _is_emoji(text: str) -> bool:
    if not 0 < len(text) <= _MOST_CHARACTERS:
        return False
    first, rest = text[0], text[1:]
    if first in _KEYCAPS:
        return rest.endswith("\N{COMBINING ENCLOSING KEYCAP}") and len(rest) <= 2
    return _is_picture(first) and all(_is_picture(one) or one in _JOINERS or 0xE0020 <= ord(one) <= 0xE007F for one in rest)


def _is_picture(character: str) -> bool:
    """Symbols, skin tones, and what this Python's Unicode does not know yet in the planes of emoji."""
    category = unicodedata.category(character)
    return (
        category == "So"
        or 0x1F3FB <= ord(character) <= 0x1F3FF
        or character in "‼⁉"
        or (category == "Cn" and 0x1F000 <= ord(character) <= 0x1FAFF)
    )
