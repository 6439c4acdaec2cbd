"""Longer clean texts as assistants write them: steps, lists, sums, prices, hours, tables, quotations.

`{time}`, `{price}`, `{share}` and `{range}` are numbers in the forms that texts have; the other words come
from clean_chat.py.

Not here: code and logs (clean_code.py); how lines are drawn (clean.py).
"""

from __future__ import annotations

ANSWERS = (
    "Here are {small} steps:\n1. {do2} the {thing}\n2. wait {big} seconds\n3. {do} it again",
    "**{topic}** in one sentence: {thing} and {thing2} trade places, and about {share} of it is lost.",
    "The {thing} costs {price} and the {thing2} {price}, so together you save {share}.",
    "Trains leave at {time} and {time}; on {day} there is another at {time}.",
    "- {food}: {big} g\n- {food2}: {big} g\n- bake for {small} minutes at {big} degrees",
    "No. A {animal} weighs between {range} grams, while {topic} has nothing to do with it.",
    "> {topic} is not what you think\n\nThat quotation is from a book of {year}.",
    "I'd plan it like this: {day} {time} pack the {thing}, {day} {time} {do} the {thing2}, then rest.",
    "{small} x {big} = let me think step by step: split {big} into hundreds, tens and ones.",
    "Chapter {small}: How to {do} a {thing}\nChapter {small}: Why {topic} matters, pages {range}",
    "The short answer is yes, the long one fills {big} pages; start with {topic}.",
    'You asked for {small} titles: "The {colour} {animal}", "{topic} at Noon", "A {thing} for {day}".',
    "According to the survey, {share} like {food}, {share} like {food2} and the rest don't care.",
    "If x = {small} and y = {big}, then x + y is even exactly when both are even or both are odd.",
    "Between {year} and {year} the price of {food} rose by {share}.",
    "That error means the {thing} has no handle; call it with --{do} or set retries to {small}.",
    "Open the settings, choose {topic}, tick the {colour} box and press the key next to it.",
    "As of version {small}.{small} you can {do} a {thing} and a {thing2} at once, which took {price} before.",
    "Dear neighbours, on {day} from {time} to {time} we {do} the {thing}; it may get loud. Thank you!",
    "The score was {small} to {small} at half time, {share} of the seats were taken.",
    "Your essay has {big} words. The part on {topic} is strong, the one on the {thing} could lose {share}.",
    "Room {big}, {day}, {time}: introduction to {topic}, bring a {thing}.",
    "| food | grams | price |\n|---|---|---|\n| {food} | {big} | {price} |\n| {food2} | {big} | {price} |",
    "Haiku:\n{colour} {animal} at dusk\nthe {thing} leans on the wall\n{day} comes too soon",
    "Distances: {range} km on foot, {range} km by bike; the {animal} does it in {small} days.",
    "I don't know when the {thing} was invented, but {year} is often named.",
    "Roses need {small} hours of sun, {food2} none; water them at {time}, not at noon.",
    "The token limit is {big}; your text about {topic} has fewer, so nothing is cut.",
    "Each card shows a {animal}; whoever names {small} of them first wins the {thing}.",
    "To address the problem of {topic}, name the goal first, then the {small} ways to get there.",
)
