"""A reply as rules and classifier read it."""

import re
import unicodedata

# Longest and shortest n-gram of characters; Chinese words have one to four.
NGRAMS = (1, 3)
START, END = "\x02", "\x03"
CLAUSE_END = re.compile(r"[，,。.！!；;、~～…\n]+|(?<=[?])")
# Only around Chinese: an English sentence keeps its words apart.
SPACE_IN_CHINESE = re.compile(r"(?<=[\u4e00-\u9fff])\s+|\s+(?=[\u4e00-\u9fff])")

# What thanks or agrees without a word; "[玫瑰]" is how WeChat writes a picture in plain text.
FRIENDLY = re.compile(
    r"[👌👍🙏🌹😊😄😁🙂😀😃🤝💐❤✅✔☕💪🎉🥰🌸🌷🫡😆]|[\U0001f3fb-\U0001f3ff\ufe0f]|"
    r"\[(ok|强|抱拳|玫瑰|愉快|微笑|爱心|鲜花|握手|合十|好的|耶|胜利|鼓掌|呲牙|可爱|庆祝|加油|憨笑|偷笑)\]"
)


def normalised(text: str) -> str:
    """Half width, small letters, every number written 0, one space between English words."""
    plain = unicodedata.normalize("NFKC", text).lower().replace("’", "'")
    plain = re.sub(r"\d+", "0", plain)
    return re.sub(r"\s+", " ", SPACE_IN_CHINESE.sub("，", plain)).strip()


def clauses(text: str) -> list[str]:
    """The normalised text at its commas, stops and friendly pictures; a question keeps its mark."""
    plain = FRIENDLY.sub("，", normalised(text))
    return [clause.strip() for clause in CLAUSE_END.split(plain) if clause.strip(" \"'“”")]


def is_friendly(text: str) -> bool:
    """Whether some picture of the text thanks or agrees."""
    return bool(FRIENDLY.search(normalised(text)))


def ngrams(text: str) -> list[str]:
    """All n-grams of the normalised text between two marks for its ends, repeated as they occur."""
    marked = START + normalised(text) + END
    low, high = NGRAMS
    return [marked[at : at + n] for n in range(low, high + 1) for at in range(len(marked) - n + 1)]
