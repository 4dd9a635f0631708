"""What is said with prompts: numbers, positions and waits as tuples of `LANGUAGE/NAME`.

    position(3, "en")   you are number | three | in the queue
    position(3, "zh")   您前面还有 | 两 | 位客户            (two are ahead of the third)
    agent("2001", "zh") 工号 | 二 零 零 幺 | 为您服务

Every name is one of `pbx/sounds/prompts.toml`. A language other than Chinese has the grammar of
English.
"""

from __future__ import annotations

COUNTED_MAX = 999  # a greater number is said digit by digit
DIGITS_MAX = 32  # of one text; no number of a telephone is as long
MINUTE_S = 60

Prompts = tuple[str, ...]

_KEYS = {"*": "digit_star", "#": "digit_hash", "+": "digit_plus"}


def prompt(name: str, language: str) -> str:
    """The prompt `name` in a language."""
    return f"{language}/{name}"


def digits(text: str, language: str) -> Prompts:
    """A telephone number or an agent's number, digit by digit; what is no digit is left out.

    Chinese says 幺 for 1 there, and 一 where the 1 stands alone.
    """
    said = [each for each in text if each in "0123456789" or each in _KEYS][:DIGITS_MAX]
    one = "digit_yao" if language == "zh" and len(said) > 1 else "digit_1"
    names = {**_KEYS, "1": one}
    return tuple(prompt(names.get(each, f"digit_{each}"), language) for each in said)


def number(n: int, language: str, *, counting: bool = False) -> Prompts:
    """A number from 0 on. `counting`: a Chinese measure word follows, so that 2 is 两.

    Raises ValueError: a number below 0.
    """
    if n < 0:
        raise ValueError(f"{n} cannot be counted")
    if n > COUNTED_MAX:
        return digits(str(n), language)
    if language == "zh":
        return ("zh/number_liang",) if counting and n == 2 else _chinese(n)
    return tuple(prompt(name, language) for name in _english(n))


def _chinese(n: int) -> Prompts:
    """一百零二, 一百一十, 二百 (also right: 两百); 十二 and not 一十二, but 一百一十二."""
    hundreds, rest = divmod(n, 100)
    tens, ones = divmod(rest, 10)
    said = [hundreds, 100] if hundreds else []
    if tens:
        said += [10] if tens == 1 and not hundreds else [tens, 10]
    elif hundreds and ones:
        said.append(0)
    if ones or not n:
        said.append(ones)
    return tuple(f"zh/number_{each}" for each in said)


def _english(n: int) -> list[str]:
    """Two hundred and five; forty two."""
    hundreds, rest = divmod(n, 100)
    said = [f"number_{hundreds}", "number_hundred"] if hundreds else []
    if hundreds and rest:
        said.append("number_and")
    if rest < 20:
        return said if hundreds and not rest else [*said, f"number_{rest}"]
    tens, ones = divmod(rest, 10)
    return [*said, f"number_{tens * 10}", *([f"number_{ones}"] if ones else [])]


def position(n: int, language: str) -> Prompts:
    """A caller's place in a queue, from 1: who is next, or how far away the call is.

    Chinese says how many are ahead, n - 1. Raises ValueError: a place below 1.
    """
    if n < 1:
        raise ValueError(f"there is no place {n} in a queue")
    if n == 1:
        return (prompt("position_1", language),)
    place = n - 1 if language == "zh" else n
    return _around("position", number(place, language, counting=True), language=language)


def wait(seconds: int, language: str) -> Prompts:
    """An estimated wait, in minutes rounded up; below a minute it is not counted."""
    if seconds < MINUTE_S:
        return (prompt("wait_short", language),)
    minutes = -(-seconds // MINUTE_S)
    said = _around("wait", number(minutes, language, counting=True), language=language)
    one_minute = prompt("wait_after_1", language)
    return (*said[:-1], one_minute) if minutes == 1 else said


def agent(number: str, language: str) -> Prompts:
    """Who answers: the agent's number (工号播报)."""
    return _around("agent", digits(number, language), language=language)


def _around(name: str, said: Prompts, *, language: str) -> Prompts:
    return (prompt(f"{name}_before", language), *said, prompt(f"{name}_after", language))
