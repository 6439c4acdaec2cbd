"""Words and phrases that tell where a turn belongs, by what they speak of. English only.

Phrases are parted by commas. Not here: the signs that are made of them (signs.py), or any decision.
"""

from __future__ import annotations

import re


def listed(*texts: str) -> tuple[str, ...]:
    """The phrases of comma-separated texts, without surplus spaces."""
    return tuple(" ".join(part.split()) for text in texts for part in text.split(",") if part.strip())


def any_of(*texts: str) -> str:
    """A pattern for any phrase of these texts as whole words."""
    return rf"\b(?:{'|'.join(re.escape(phrase) for phrase in listed(*texts))})\b"


DAYS = """
monday, tuesday, wednesday, thursday, friday, saturday, sunday, mon, tue, tues, wed, thu, fri, sat, sun
"""
MONTHS = """
january, february, march, april, may, june, july, august, september, october, november, december, jan, feb,
mar, apr, jun, jul, aug, sep, sept, oct, nov, dec
"""
MOMENTS = """
today, yesterday, tomorrow, tonight, this morning, this afternoon, this evening, this week, this month, this
term, last night, last week, last month, last year, next week, next month, currently, at present, right now,
just now, so far, ago
"""
ORDERS = """
translate, summarise, summarize, write, rewrite, fix, explain, tell, give, show, make, draw, list, compare,
convert, turn, spell, proofread, generate, recommend, suggest, describe, define, name, count, open, close,
play, set, add, delete, remove, undo, sort, shorten, pick, read, find, search, check, calculate, compute,
draft, compose, pretend, act, answer, help, try, continue, start, stop, correct, improve, format, extract,
classify, guess, imagine, invent, create, plan, order, remind, call, send, book, look, run, let, come,
choose, solve, rank, paraphrase, expand, simplify, rephrase, print, debug, refactor, test, review
"""
MANNERS = """
use, put, keep, leave, speak, talk, reply, respond, round, assume, quote, mark, break, prefer, avoid, say,
sign
"""
KIN = """
mother, mom, mum, father, dad, sister, brother, wife, husband, son, daughter, partner, girlfriend,
boyfriend, fiance, aunt, uncle, cousin, niece, nephew, grandmother, grandma, grandfather, grandpa, parents,
kids, children, child, twins, baby, stepson, friend, neighbour, neighbor, boss, colleague, flatmate,
roommate, teacher, doctor, dentist, dog, cat, horse, pet, parrot
"""
ANSWERING = """
answer, answers, answering, reply, replies, respond, response, responses, write, writing, tone, style,
format, formatting, bullet, bullets, emoji, emojis, sentence, sentences, paragraph, paragraphs, heading,
headings, markdown, wording, words, summary, summaries, explanation, explanations, example, examples,
disclaimer, disclaimers, units, language, formal, informal, polite, concise, brief, short, shorter, verbose,
detailed, plain, apologise, apologize, sorry, intro, introduction, jokes, humour, humor, spelling, grammar,
comments, indentation, tabs, spaces, tables, steps, smileys, semicolon, semicolons, comma, exclamation,
marks, quotes, italics, bold, lowercase, uppercase, capitals, abbreviations, contractions, jargon,
metaphors, metric, imperial, celsius, fahrenheit, kilometres, kilometers, miles, kilograms, grams, decimals,
dates, variables, sources, links, warnings, greetings, titles, bluntly, literal, voice, tense, dialect,
accent, snake_case, camelcase, typos, preamble, pleasantries, flattery, fluff, prose, caption, captions,
hashtags, feedback, praise, blunt, honest, idioms, sarcasm, messages, technical, opinions, facts, prices,
currency, recipes, commit messages, pull requests, pronunciation, symbols, numbered, bulleted
"""
LASTING = """
always, never, from now on, from today, in future, in the future, whenever, every time, each time, by
default, as a rule, unless, anymore, any more, next time, all the time, keep, every answer, every reply,
every message, every email, every mail, each answer, each reply, each message, all my, all your, anything,
any time
"""
SHOULD = """
should, must, need to, go, goes, instead of, rather than, prefer, as if, unless, only, at most, at least, no
more than, under 100, not
"""
CALLED = "call me, address me, refer to me, talk to me, speak to me, treat me"
NUMBERED = """
code, pin, password, passcode, number, reference, ticket, invoice, bill, receipt, order, booking, tracking,
serial, account, balance, price, rent, fee, deposit, seat, gate, platform, room, row, locker, plate,
licence, version, commit, score, weight, pressure, temperature, result, results, meter, reading,
measurements, size, coordinates, address, deadline, appointment, meeting, flight, train, reservation,
agenda, minutes, prescription, dose
"""
IS_OR_HAS = """
i am, i'm, im, we are, we're, i have, i've, we have, i was, i own, i live, we live, i work, i study, i
teach, i speak, i play, i wear, i drive, i belong, i lead, i run
"""
TASTES = """
favourite, favorite, allergic, intolerant, afraid of, fan of, i like, i love, i hate, i prefer, i enjoy, i
can't stand, i eat, i don't eat, i never eat, i drink, i don't drink, i never drink, i dislike, i adore, i
really like, i really love, i do like, i also like, i don't like, i can't eat, i never eat
"""
HAPPENED = """
went, saw, met, bought, told, said, came, left, got, had, found, took, gave, made, broke, ate, watched,
called, sent, put, parked, borrowed, agreed, moved, finished, arrived, started, booked, cost, won, lost,
were, did
"""
SMALL_TALK = """
hi, hello, hey, hola, thanks, thank you, thx, cheers, bye, good morning, good night, good evening, good
afternoon, lol, haha, ok, okay, yes, yeah, yep, nope, sure, great, cool, wow, nice, perfect, well done,
sorry, welcome, merci, danke
"""
AT_HAND = """
this, that, these, those, the first, the second, the last, the other, above, following, another, again, it
"""
TO_KEEP = """
remember, don't forget, note, save, for later, keep this, by the way, btw, just so you know, you should
know, correction
"""
STATES = """
tired, hungry, bored, back, fine, sad, happy, here, there, ready, lost, done, confused, sorry, glad, cold,
sick, late, busy, starving, curious, sure, well, ok, okay, good, great, stuck, home, off, going, leaving,
kidding, joking, thinking, impressed, excited, wondering, freezing, at a loss, on the bus, on the train,
bothered, nervous, annoyed, surprised, sleepy, exhausted, awake, upset, proud, relieved, worried, stressed
"""
PASSING = """
i have a question, i have an idea, i have no idea, i have to go, i have a headache, i think, i guess, i hope
so, i wonder, i see, i agree, i don't know, i don't care, i don't understand, i don't get, hurts, is killing
me
"""
UNITS = """
km, m, cm, mm, kg, g, mg, ml, l, litre, litres, euro, euros, dollar, dollars, pound, pounds, crown, crowns,
minute, minutes, hour, hours, day, days, degrees, percent, v, w
"""

TEXTS = """
answer, reply, sentence, paragraph, line, word, title, text, code, letter, mail, email, poem, essay, article,
story, version, draft, song, list, table, picture, file, page, function, class, bullet point, question, one,
part
"""

CLASSES = {
    word: name
    for name, text in (
        ("<do>", ORDERS),
        ("<kin>", KIN),
        ("<way>", ANSWERING),
        ("<day>", f"{DAYS}, today, tomorrow, yesterday, tonight"),
        ("<month>", MONTHS),
        ("<state>", STATES),
    )
    for word in listed(text)
}
"""Words that stand for one another in the build of a sentence."""
