"""A comparison in plain sentences: what was learned, what was not, what was lost and what was kept.

Sentences follow from fixed rules, so the same numbers always read the same. Not here: the gate's decision.
"""

from __future__ import annotations

from dataclasses import dataclass

from engram.measure.comparison import Change, Comparison
from engram.measure.words import SPLIT_NAMES

ALPHA = 0.05
NOT_WORSE = 0.03  # evidence.md, rule 4: retention may not be more than 3 points lower
SKILL_DROP = 0.08  # evidence.md, rule 4: no single skill's estimate may be more than 8 points down
LOSS_RISE = 0.02  # evidence.md, rule 4: held-out loss per token may not be more than 2% up


@dataclass(frozen=True, slots=True)
class Verdict:
    """One headline and four lists of sentences; an empty list means there is nothing of that kind."""

    headline: str
    learned: tuple[str, ...]
    not_learned: tuple[str, ...]
    lost: tuple[str, ...]
    kept: tuple[str, ...]

    def to_json(self) -> dict[str, object]:
        return {
            "headline": self.headline,
            "learned": list(self.learned),
            "not_learned": list(self.not_learned),
            "lost": list(self.lost),
            "kept": list(self.kept),
        }


def judge(comparison: Comparison) -> Verdict:
    """The sentences for one comparison."""
    learned, not_learned = _lessons(comparison)
    lost, kept = _skills(comparison)
    lost += _forgotten(comparison)
    text_lost, text_kept = _text(comparison)
    lost, kept = lost + text_lost, kept + text_kept
    return Verdict(_headline(comparison), tuple(learned), tuple(not_learned), tuple(lost), tuple(kept))


def percent(share: float) -> str:
    """A share as a whole percentage that never rounds to all or nothing unless it is."""
    whole = round(100 * share)
    if whole == 100 and share < 1:
        return f"{100 * share:.1f}%" if share < 0.9995 else ">99.9%"
    if whole == 0 and share > 0:
        return f"{100 * share:.1f}%" if share >= 0.0005 else "<0.1%"
    return f"{whole}%"


def points(change: float) -> str:
    """A change of a share, signed, in percentage points."""
    size = (
        f"{100 * abs(change):.0f}" if abs(change) >= 0.0995 else f"{100 * abs(change):.1f}".removesuffix(".0")
    )
    if size == "0":
        return "no change"
    return f"{'+' if change > 0 else '−'}{size} {'point' if size == '1' else 'points'}"


def p_words(p: float) -> str:
    return "p < 0.0001" if p < 0.0001 else f"p = {p:.2g}"


def _lessons(comparison: Comparison) -> tuple[list[str], list[str]]:
    learned, not_learned = [], []
    for split in ("recall", "rephrased", "unseen"):
        change = comparison.splits[split]
        if change is None:
            continue
        sentence = f"{SPLIT_NAMES[split].sentence_start}: {_numbers(change)}, {p_words(change.p_value)}."
        if change.change > 0 and change.p_value <= ALPHA:
            learned.append(sentence)
        else:
            not_learned.append(f"{sentence} This is not evidence of a gain.")
        if wrong := round(change.n * (1 - change.tuned)):
            not_learned.append(f"{split.capitalize()}: {wrong} of {change.n} are still answered wrongly.")
    return learned, not_learned


def _numbers(change: Change) -> str:
    return (
        f"{percent(change.baseline)} before, {percent(change.tuned)} after ({points(change.change)}, "
        f"95% interval {_span(change)}), n = {change.n}"
    )


def _span(change: Change) -> str:
    low, high = change.change_ci95
    return f"{100 * low:+.0f} to {100 * high:+.0f}".replace("-", "−")


def _skills(comparison: Comparison) -> tuple[list[str], list[str]]:
    pooled = comparison.splits["retention"]
    if pooled is None:
        return [], []
    lost, kept = [], []
    count = len(comparison.counted)
    sentence = (
        f"{count} {'skill' if count == 1 else 'skills'} of the base model together: "
        f"{percent(pooled.baseline)} before, {percent(pooled.tuned)} after (n = {pooled.n})."
    )
    bound = f"With 95% confidence the change is no worse than {points(pooled.lower_bound)}"
    if pooled.lower_bound > -NOT_WORSE:
        kept.append(f"{sentence} {bound}.")
    else:
        lost.append(f"{sentence} {bound}: a loss of more than 3 points cannot be ruled out.")
    for name, skill in comparison.counted.items():
        if _fell(skill):
            lost.append(f"The skill “{name}” fell: {_numbers(skill)}.")
    return lost, kept


def _forgotten(comparison: Comparison) -> list[str]:
    """Right before and wrong now, among what was asked besides the base's skills."""
    changes = (comparison.splits[split] for split in ("recall", "rephrased", "unseen"))
    count = sum(change.lost for change in changes if change)
    if not count:
        return []
    noun = "question that was" if count == 1 else "questions that were"
    return [f"{count} {noun} right before the training {'is' if count == 1 else 'are'} wrong after it."]


def _text(comparison: Comparison) -> tuple[list[str], list[str]]:
    before, after = comparison.baseline.text_loss, comparison.tuned.text_loss
    if not before or not after:
        return [], []
    sentence = (
        f"Perplexity on text that no one trains on: {before.perplexity:.3g} before, "
        f"{after.perplexity:.3g} after (loss {before.loss:.3f} and {after.loss:.3f} nats per token)."
    )
    risen = after.loss > before.loss * (1 + LOSS_RISE)
    return ([sentence], []) if risen else ([], [sentence])


def _headline(comparison: Comparison) -> str:
    taught, pooled = comparison.taught, comparison.splits["retention"]
    if taught is None:
        return "Nothing that was taught was asked."
    gain = taught.change > 0 and taught.p_value <= ALPHA
    if not gain:
        first = f"There is no evidence that it learned: {percent(taught.tuned)} right after, "
        first += f"{percent(taught.baseline)} before"
    else:
        first = f"It now answers {percent(taught.tuned)} of what it was taught"
        first += f", up from {percent(taught.baseline)}"
    if pooled is None and comparison.skills:
        return f"{first}; it had none of the skills that are asked for, so there was none to lose."
    if pooled is None:
        return f"{first}; what that cost was not measured."
    return first + _cost(pooled, any(map(_fell, comparison.counted.values())), "and" if gain else "though")


def _cost(pooled: Change, one_fell: bool, kept_word: str) -> str:
    if pooled.lower_bound > -NOT_WORSE:
        return f", {kept_word} it kept {'most of ' if one_fell else ''}the skills it had."
    if pooled.change_ci95.high < 0 or one_fell:
        return ", and it lost some of what it could do before."
    return "; whether it kept all of its skills is not certain."


def _fell(skill: Change) -> bool:
    return skill.change < -SKILL_DROP or skill.change_ci95.high < 0
