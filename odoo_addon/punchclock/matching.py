# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Whose a user of a terminal may be: by badge, else by name. A suggestion; a person decides."""

import difflib
import re
import unicodedata

# How alike two names must be to be suggested: one letter in eight may differ.
ALIKE = 0.87


def name_key(name):
    """A name without accents, case, punctuation and order: terminals show DUBOIS BART for Bart Dubois."""
    plain = unicodedata.normalize("NFKD", name or "")
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter)).casefold()
    return tuple(sorted(re.findall(r"\w+", plain)))


def card_key(card):
    """A card or badge as it is compared: terminals keep it as a number, so that its leading zeros are lost."""
    return (card or "").strip().lstrip("0")


def same_name(one, other):
    """Whether two names are the same or one is the other, cut short as terminals cut them."""
    a, b = name_key(one), name_key(other)
    if a == b:
        return True
    short, long = sorted((one.strip().casefold(), other.strip().casefold()), key=len)
    return len(short) >= 8 and long.startswith(short)


def suggest(pin, name, card, people):
    """(key, "barcode" | "name") of the one person this may be, or ``(None, None)``.

    :param people: list of (key, name, badge)
    """
    for number in (card, pin):
        plain = card_key(number)
        owners = [key for key, _name, badge in people if plain and card_key(badge) == plain]
        if len(owners) == 1:
            return owners[0], "barcode"
    wanted = name_key(name)
    if not wanted:
        return None, None
    same = [key for key, other, _badge in people if other and same_name(name, other)]
    if len(same) == 1:
        return same[0], "name"
    if same:
        return None, None
    alike = [key for key, other, _badge in people if _alike(" ".join(wanted), " ".join(name_key(other)))]
    return (alike[0], "name") if len(alike) == 1 else (None, None)


def _alike(one, other):
    matcher = difflib.SequenceMatcher(None, one, other)
    # The cheap upper bounds first: most pairs fail them.
    return matcher.real_quick_ratio() >= ALIKE and matcher.quick_ratio() >= ALIKE and matcher.ratio() >= ALIKE
