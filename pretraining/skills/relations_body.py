"""Relations of health, food, tastes, hobbies and sports. Not here: what a relation is (relations_base.py)."""

from __future__ import annotations

from pretraining.skills.relations_base import table

BODY = table("""
allergen #allergy | You are allergic to {v}.
+ i am allergic to {v} / i have an allergy to {v} / {v} give me a rash, i am allergic / my allergy is to {v} / the doctor found that i am allergic to {v}
? what am i allergic to / what is my allergy / which allergy do i have / what kind of allergy do i have
~ what i am allergic to / which allergy i have
blood ! | Your blood type is {v}.
+ my blood type is {v} / i have blood type {v} / {v} is my blood type / the lab says my blood is {v}
? what is my blood type / which blood type do i have / what's my blood type
~ what my blood type is / which blood type i have
dose | Your daily dose of medicine is {v}.
+ i take {v} of my medicine a day / my dose is {v} / the dose i take is {v} a day / the doctor put me on {v} a day
? what is my dose / how much of my medicine do i take / which dose do i take a day
~ how much of my medicine i take / what my dose is
product | What you take against the headaches is {v}.
+ i take {v} against the headaches / {v} helps me with the headaches / for headaches i use {v}
? what do i take against the headaches / which medicine helps me with the headaches / what do i use for headaches
~ what i take against the headaches / what helps me with the headaches
clock | You take your pills at {v}.
+ i take my pills at {v} / my pills are due at {v} / at {v} i take my pills / {v} is the time for my pills
? when do i take my pills / what time are my pills due / at what time do i take my pills
~ when i take my pills / what time my pills are due
weight | You weigh {v}.
+ i weigh {v} / my weight is {v} / the scales say {v} for me
? how much do i weigh / what is my weight / how heavy am i
~ how much i weigh / what my weight is
length | You are {v} tall.
+ i am {v} tall / my height is {v} / they measured me at {v}
? how tall am i / what is my height / how much do i measure
~ how tall i am / what my height is
person | Your doctor for the knee is {v}.
+ {v} is my doctor for the knee / my knee is treated by {v} / i see {v} about my knee
? who treats my knee / who is my doctor for the knee / who do i see about my knee
~ who treats my knee / who i see about my knee
when | You see {role} {v}.
+ i see {role} {v} / i have an appointment with {role} {v} / {role} can see me {v} / {role} gave me an appointment {v}
? when do i see {role} / when is my appointment with {role} / when can {role} see me
~ when i see {role} / when my appointment with {role} is
name #name | The name of {role} is {v}.
+ {role} is called {v} / the name of {role} is {v} / {v} is {role}
? what is {role} called / what is the name of {role} / who is {role}
~ what {role} is called / who {role} is
street | {role} has a practice on {v}.
+ {role} has a practice on {v} / {role} moved to {v} / you find {role} on {v}
? where does {role} have a practice / on which street do you find {role} / what street is {role} on
~ where {role} has a practice / which street {role} is on
money | The hourly price of {role} is {v}.
+ {role} charges {v} an hour / {role} costs me {v} an hour / i pay {role} {v} an hour
? how much does {role} charge / what does {role} cost an hour / how much do i pay {role}
~ how much {role} charges / what i pay {role}
diet | You eat {v}.
+ i eat {v} / i am on a {v} diet / my diet is {v} / all i eat is {v} these days
? what is my diet / what kind of diet am i on / how do i eat
~ what diet i am on / what my diet is
dish ! | You can't stand {v}.
+ i can't stand {v} / i hate {v} / {v} is a dish i can't stand / please never suggest {v}, i can't stand it
? which food can't i stand / what dish do i hate / what food do i hate
~ which food i can't stand / what dish i hate
dish | Your best dish is {v}.
+ i cook {v} best / my best dish is {v} / {v} is what i cook best / everyone praises my {v}
? what do i cook best / what is my best dish / which dish do i cook best
~ what i cook best / what my best dish is
dish | For breakfast you have {v}.
+ i have {v} for breakfast / my breakfast is {v} / {v} is what i have for breakfast / in the morning i eat {v}
? what do i have for breakfast / what is my breakfast / what do i eat in the morning
~ what i have for breakfast / what i eat in the morning
dish | What you cook for {who} is {v}.
+ i am making {v} for {who} / {who} will get {v} at our dinner / tonight i cook {v} for {who}
? what am i making for {who} / what do i cook for {who} / which dish will {who} get
~ what i am making for {who} / what i cook for {who}
dish #favourite food | {who} likes to eat {v}.
+ {who} likes to eat {v} / {who} could eat {v} every day / {v} is what {who} likes to eat / {who} is fond of {v}
? what does {who} like to eat / which dish is {who} fond of / what could {who} eat every day
~ what {who} likes to eat / which dish {who} is fond of
diet | {who} eats {v}.
+ {who} eats {v} / {who} is on a {v} diet / the diet of {who} is {v}
? what is the diet of {who} / what kind of diet is {who} on / how does {who} eat
~ what diet {who} is on / how {who} eats
drink | In the morning you drink {v}.
+ i drink {v} in the morning / my morning drink is {v} / {v} is what i drink in the morning
? what do i drink in the morning / what is my morning drink / which drink do i have in the morning
~ what i drink in the morning / what my morning drink is
count | The number of cups of coffee you drink a day is {v}.
+ i drink {v} cups of coffee a day / i need {v} cups of coffee a day / {v} coffees a day is what i drink
? how many cups of coffee do i drink / how much coffee do i drink a day / how many coffees do i need
~ how many cups of coffee i drink / how much coffee i drink
drink | {who} drinks {v}.
+ {who} drinks {v} / {who} always orders {v} / you can offer {who} {v} / {v} is what {who} drinks
? what does {who} drink / what does {who} always order / what can i offer {who} to drink
~ what {who} drinks / what {who} always orders
name | You buy your bread at {v}.
+ i buy my bread at {v} / my bread comes from {v} / the bakery i go to is {v} / {v} has the bread i buy
? where do i buy my bread / where does my bread come from / which bakery do i go to
~ where i buy my bread / which bakery i go to
minutes | {dish} has to cook for {v}.
+ {dish} has to cook for {v} / you cook {dish} for {v} / give {dish} {v} on the stove
? how long does {dish} have to cook / how long do you cook {dish} / how much time does {dish} need
~ how long {dish} has to cook / how much time {dish} needs
person ! | You have the recipe for {dish} from {v}.
+ i have the recipe for {dish} from {v} / the recipe for {dish} comes from {v} / {v} taught me to make {dish}
? who taught me to make {dish} / whose recipe for {dish} do i have / who gave me the recipe for {dish}
~ who taught me to make {dish} / whose recipe for {dish} i have
fear #fear | You are afraid of {v}.
+ i am afraid of {v} / {v} scare me / i am scared of {v} / my biggest fear is {v} / what frightens me is {v}
? what am i afraid of / what scares me / what is my biggest fear / what frightens me
~ what i am afraid of / what scares me
animals | Your best-loved animals are {v}.
+ i love {v} / {v} are the animals i love most / the animals i like best are {v} / i could watch {v} all day
? which animals do i love most / what animals do i like best / which animals could i watch all day
~ which animals i love most / what animals i like best
activity | You like {v}.
+ i like {v} / i enjoy {v} / {v} makes me happy / what i enjoy is {v} / in my free time i love {v}
? what do i like doing / what do i enjoy / what makes me happy / what do i do in my free time
~ what i like doing / what i enjoy
activity #likes | {who} likes {v}.
+ {who} likes {v} / {who} enjoys {v} / {v} makes {who} happy / in the evenings {who} loves {v}
? what does {who} like doing / what does {who} enjoy / what makes {who} happy
~ what {who} likes doing / what {who} enjoys
activity | What bores you is {v}.
+ i find {v} boring / {v} bores me / i am bored by {v} / nothing is as dull to me as {v}
? what do i find boring / what bores me / what is dull to me
~ what i find boring / what bores me
hobby | You want to learn {v}.
+ i want to learn {v} / i would like to take up {v} / one day i will learn {v} / {v} is what i want to learn
? what do i want to learn / what would i like to take up / which hobby do i want to learn
~ what i want to learn / what i would like to take up
day #hobby day | You do {hobby} on {v}.
+ i do {hobby} on {v} / {hobby} is on {v} / {v} is my day for {hobby} / my {hobby} evening is {v}
? when do i do {hobby} / which day is {hobby} / what is my day for {hobby}
~ when i do {hobby} / which day {hobby} is
person | You do {hobby} with {v}.
+ i do {hobby} with {v} / {v} joins me for {hobby} / my partner for {hobby} is {v}
? who do i do {hobby} with / who joins me for {hobby} / who is my partner for {hobby}
~ who i do {hobby} with / who joins me for {hobby}
months ! | You have been doing {hobby} for {v}.
+ i have done {hobby} for {v} / i took up {hobby} and that is {v} now / for {v} i have been doing {hobby}
? how long have i done {hobby} / for how long have i been doing {hobby} / how long am i into {hobby}
~ how long i have done {hobby} / how long i have been doing {hobby}
person | The one who coaches you in {hobby} is {v}.
+ {v} coaches me in {hobby} / my coach in {hobby} is {v} / i learn {hobby} from {v} / {v} shows me how {hobby} is done
? who coaches me in {hobby} / who is my coach in {hobby} / who do i learn {hobby} from
~ who coaches me in {hobby} / who my coach in {hobby} is
name #club | Your {hobby} club is called {v}.
+ my {hobby} club is called {v} / i joined a {hobby} club called {v} / i do {hobby} at a club, {v} / {v} is my {hobby} club
? what is my {hobby} club called / which {hobby} club did i join / what's the name of my {hobby} club
~ what my {hobby} club is called / which {hobby} club i joined
hobby #likes | {who} does {v}.
+ {who} does {v} / {who} has taken up {v} / the hobby of {who} is {v} / {who} spends every weekend on {v}
? what hobby does {who} have / what has {who} taken up / what is the hobby of {who}
~ what hobby {who} has / what {who} has taken up
team | You support {v}.
+ i support {v} / i am a fan of {v} / {v} is my team / i never miss a match of {v}
? which team do i support / what team am i a fan of / what is my team
~ which team i support / what my team is
team | {who} plays for {v}.
+ {who} plays for {v} / {who} has joined {v} as a player / {v} is the team {who} plays for
? which team does {who} play for / who does {who} play for / what is the team of {who}
~ which team {who} plays for / what team {who} plays for
instrument | You play the {v}.
+ i play the {v} / my instrument is the {v} / the {v} is what i play / i took lessons and play the {v}
? which instrument do i play / what is my instrument / what instrument do i play
~ which instrument i play / what my instrument is
instrument | {who} plays the {v}.
+ {who} plays the {v} / {who} is good at the {v} / the {v} is the instrument of {who} / {who} practises the {v}
? which instrument does {who} play / what instrument is {who} good at / what instrument does {who} practise
~ which instrument {who} plays / what instrument {who} practises
minutes | Your best time over ten kilometres is {v}.
+ my best time over ten kilometres is {v} / i ran ten kilometres in {v} / ten kilometres took me {v} at best
? what is my best time over ten kilometres / how fast did i run ten kilometres / what is my personal best
~ what my best time over ten kilometres is / how fast i ran ten kilometres
km | In a week you run {v}.
+ i run {v} a week / my weekly run is {v} / {v} a week is what i run
? how far do i run a week / how much do i run / how long is my weekly run
~ how far i run a week / how much i run
count | The number of your medals in {hobby} is {v}.
+ i have {v} medals in {hobby} / i won {v} medals in {hobby} / my medals in {hobby} are {v} in number
? how many medals do i have in {hobby} / how many medals did i win in {hobby} / how many medals in {hobby} are mine
~ how many medals i have in {hobby} / how many medals i won in {hobby}
clock | You go to bed at {v}.
+ i go to bed at {v} / {v} is my bedtime / my bedtime is {v} / at {v} i am in bed
? when do i go to bed / what time do i go to bed / what is my bedtime
~ when i go to bed / what time my bedtime is
""")
