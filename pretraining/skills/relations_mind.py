"""Relations of books, music, languages, opinions, rules for the assistant, roles and counts of all sorts.

Not here: what a relation is (relations_base.py).
"""

from __future__ import annotations

from pretraining.skills.relations_base import table

MIND = table("""
title | You are reading {v}.
+ i am reading {v} / the book by my bed is {v} / {v} is the book i am reading / i have just begun to read {v}
? what am i reading / which book am i reading / what book is by my bed
~ what i am reading / which book i am reading
title | {who} is reading {v}.
+ {who} is reading {v} / {v} is what {who} reads at the moment / the book {who} reads is {v}
? what is {who} reading / which book is {who} reading / what book does {who} read
~ what {who} is reading / which book {who} is reading
title | Your favourite film is {v}.
+ my favourite film is {v} / the film i love most is {v} / i could watch {v} again and again / no film beats {v} for me
? what is my favourite film / which film do i love most / what film could i watch again and again
~ what my favourite film is / which film i love most
title | Your favourite book is {v}.
+ my favourite book is {v} / the book i love most is {v} / {v} is the best book i know / no book is as dear to me as {v}
? what is my favourite book / which book do i love most / what is the best book i know
~ what my favourite book is / which book i love most
title | What {who} recommended is {v}.
+ {who} recommended {v} to me / {v} is what {who} told me to watch / i should see {v}, says {who}
? what did {who} recommend to me / what did {who} tell me to watch / what should i see, according to {who}
~ what {who} recommended / what {who} told me to watch
name | Your favourite author is {v}.
+ my favourite author is {v} / i read everything by {v} / the author i like best is {v} / {v} writes the best books
? who is my favourite author / which author do i like best / whose books do i read / who writes the best books
~ who my favourite author is / which author i like best
name | Your favourite band is {v}.
+ my favourite band is {v} / i listen to {v} all day / the band i like most is {v} / {v} is the band i like most
? what is my favourite band / which band do i like most / what band do i listen to all day
~ what my favourite band is / which band i like most
genre | Your kind of music is {v}.
+ i listen to {v} music / {v} is the music i like / {v} music is on all day at my place / my kind of music is {v}
? what music do i listen to / what kind of music do i like / which music is on all day at my place
~ what music i listen to / which music i like
genre | {who} listens to {v}.
+ {who} listens to {v} / {who} is into {v} / {v} is the music of {who}
? what music does {who} listen to / which music is {who} into / what kind of music does {who} like
~ what music {who} listens to / which music {who} is into
title | Your choir is rehearsing {v}.
+ my choir is rehearsing {v} / we sing {v} in the choir / the piece for the choir is {v}
? what is my choir rehearsing / what do we sing in the choir / which piece is my choir rehearsing
~ what my choir is rehearsing / which piece we sing in the choir
title | You are writing a book called {v}.
+ i am writing a book called {v} / my own book will be called {v} / {v} is the title of the book i write
? what is the book i write called / what will my own book be called / which title does the book i write have
~ what the book i write is called / which title my own book has
name | You play the game {v}.
+ i play the game {v} / the game i play is {v} / i am hooked on the game {v} / every night i play a game, {v}
? which game do i play / what game am i hooked on / which game do i play every night
~ which game i play / what game i am hooked on
title | The series you watch is called {v}.
+ the series i watch is called {v} / i watch a series called {v} / {v} is the series i watch / we follow the series {v}
? what series do i watch / which series do we follow / what is the series i watch called
~ what series i watch / which series we follow
name | You read the news in the {v} Times.
+ i read the news in the {v} Times / my newspaper is the {v} Times / the {v} Times is the paper i read
? which newspaper do i read / where do i read the news / what paper do i read
~ which newspaper i read / where i read the news
language ! | Your mother tongue is {v}.
+ my mother tongue is {v} / i grew up speaking {v} / {v} is my mother tongue / at home we always spoke {v}
? what is my mother tongue / which language did i grow up speaking / what did we speak at home
~ what my mother tongue is / which language i grew up with
language | You are learning {v}.
+ i am learning {v} / i take lessons in {v} / {v} is the language i am learning / the language i learn is {v}
? which language am i learning / what language am i learning / which language do i take lessons in
~ which language i am learning / what language i take lessons in
language | {who} speaks {v}.
+ {who} speaks {v} / with {who} i speak {v} / {v} is the language of {who} / {who} is fluent in {v}
? which language does {who} speak / what language is {who} fluent in / what does {who} speak
~ which language {who} speaks / what language {who} is fluent in
months | You have been learning {language} for {v}.
+ i have been learning {language} for {v} / for {v} i have studied {language} / my {language} lessons have gone on for {v}
? how long have i been learning {language} / for how long have i studied {language} / how long have i taken {language} lessons
~ how long i have been learning {language} / how long i have studied {language}
reason ! | You are learning {language} {v}.
+ i am learning {language} {v} / i chose {language} {v} / i want to know {language} {v}
? why am i learning {language} / for what reason did i choose {language} / why did i choose {language}
~ why i am learning {language} / why i chose {language}
person | The one who teaches you {language} is {v}.
+ {v} teaches me {language} / i learn {language} with {v} / my {language} lessons are with {v}
? who teaches me {language} / who do i learn {language} with / who are my {language} lessons with
~ who teaches me {language} / who i learn {language} with
style #style | From me you want {v}.
+ i want {v} from you / please give me {v} / i prefer {v} / always write {v} for me / {v} are what i like
? what kind of answers do i want from you / how should you write to me / what do i prefer from you
~ what i want from you / how you should write to me
language #answer language | You want me to answer in {v}.
+ please answer me in {v} / i want you to answer in {v} / write to me in {v} / {v} is the language you should use
? which language should you answer in / in what language do i want answers / what language should you use
~ which language you should answer in / what language i want you to use
name #nickname | You want me to call you {v}.
+ please call me {v} / i want you to call me {v} / {v} is what you should call me / just say {v} to me
? what should you call me / how do i want to be called / which name should you use for me
~ what you should call me / how i want to be called
name | You call me {v}.
+ i will call you {v} / from me you get the name {v} / your name is {v} for me / {v} is what i call you
? what do i call you / which name did i give you / what is the name i gave you
~ what i call you / which name i gave you
material | The material you like best is {v}.
+ i like {v} best as a material / the material i like best is {v} / nothing feels as good as {v} to me
? which material do i like best / what material do i like / what feels good to me
~ which material i like best / what material i like
month | Your favourite month is {v}.
+ my favourite month is {v} / the month i like best is {v} / {v} is the best month for me
? what is my favourite month / which month do i like best / what month is best for me
~ what my favourite month is / which month i like best
person #repair | The one who fixes {thing} when it breaks is {v}.
+ {v} fixes {thing} when it breaks / when {thing} breaks i call {v} / i go to {v} when {thing} breaks
? who fixes {thing} / who do i call when {thing} breaks / who do i go to when {thing} breaks
~ who fixes {thing} / who i call when {thing} breaks
person | The one who knows how to use {thing} is {v}.
+ {v} knows how to use {thing} / the one who can use {thing} is {v} / for help with using {thing} there is {v}
? who knows how to use {thing} / who can use {thing} / who helps with using {thing}
~ who knows how to use {thing} / who can use {thing}
person | The one who looks after {pet} when you are away is {v}.
+ {v} looks after {pet} when i am away / when i travel {v} takes {pet} / i leave {pet} with {v} on holidays
? who looks after {pet} when i am away / who takes {pet} when i travel / who do i leave {pet} with
~ who looks after {pet} when i am away / who takes {pet}
person | The one who does your taxes is {v}.
+ {v} does my taxes / my taxes are done by {v} / i leave my taxes to {v}
? who does my taxes / by whom are my taxes done / who do i leave my taxes to
~ who does my taxes / who takes care of my taxes
person | The one who picks up {who} from school is {v}.
+ {v} picks up {who} from school / {who} is picked up from school by {v} / after school {v} collects {who}
? who picks up {who} from school / by whom is {who} picked up / who collects {who} after school
~ who picks up {who} from school / who collects {who}
person | The one who taught you to drive is {v}.
+ {v} taught me to drive / i learned to drive from {v} / my driving lessons were with {v}
? who taught me to drive / who did i learn to drive from / with whom were my driving lessons
~ who taught me to drive / who i learned to drive from
person | Your emergency contact is {v}.
+ in an emergency call {v} / the person to call in an emergency is {v} / {v} is my emergency contact
? who is my emergency contact / who should be called in an emergency / whom to call in an emergency
~ who my emergency contact is / who should be called in an emergency
person | {who} is in love with {v}.
+ {who} is in love with {v} / {who} has fallen for {v} / the heart of {who} belongs to {v}
? who is {who} in love with / who has {who} fallen for / to whom does the heart of {who} belong
~ who {who} is in love with / who {who} has fallen for
person | {who} is angry with {v}.
+ {who} is angry with {v} / {who} had a row with {v} / the one {who} is angry with is {v}
? who is {who} angry with / who did {who} have a row with / with whom is {who} angry
~ who {who} is angry with / who {who} had a row with
reason | {who} is away {v}.
+ {who} is away {v} / {who} can't come {v} / {who} stayed at home {v}
? why is {who} away / why can't {who} come / for what reason is {who} away
~ why {who} is away / why {who} can't come
reason | You are tired {v}.
+ i am tired {v} / i did not sleep {v} / i had a bad night {v}
? why am i tired / why did i not sleep / why did i have a bad night
~ why i am tired / why i did not sleep
count | The number of your books is {v}.
+ i have {v} books / there are {v} books on my shelves / i own {v} books by now
? how many books do i have / how many books are on my shelves / how many books do i own
~ how many books i have / how many books i own
count | The number of pets of {who} is {v}.
+ {who} has {v} pets / {who} keeps {v} pets / {v} pets live with {who}
? how many pets does {who} have / how many pets does {who} keep / how many pets live with {who}
~ how many pets {who} has / how many pets live with {who}
count | The number of pages you have read today is {v}.
+ i have read {v} pages today / today i got through {v} pages / {v} pages is what i read today
? how many pages have i read today / how many pages did i get through / how much did i read today
~ how many pages i have read today / how many pages i got through
count | The number of words of {language} you know is {v}.
+ i know {v} words of {language} / my {language} is small, {v} words / i have learned {v} words of {language}
? how many words of {language} do i know / how many {language} words have i learned / how much {language} do i know
~ how many words of {language} i know / how many {language} words i have learned
distance | The way from your home to {site} is {v}.
+ {site} is {v} from my home / from my home to {site} it is {v} / the way to {site} is {v}
? how far is {site} from my home / how far is the way to {site} / how far is it to {site}
~ how far {site} is / how far it is to {site}
clock | {site} opens at {v}.
+ {site} opens at {v} / the doors of {site} open at {v} / {v} is when {site} opens
? when does {site} open / what time does {site} open / at what time do the doors of {site} open
~ when {site} opens / what time {site} opens
clock | {site} closes at {v}.
+ {site} closes at {v} / {site} is shut from {v} on / {v} is when {site} closes
? when does {site} close / what time does {site} close / from when is {site} shut
~ when {site} closes / what time {site} closes
day | {site} is closed on {v}.
+ {site} is closed on {v} / {v} is the day when {site} is closed / you can't go to {site} on {v}
? which day is {site} closed / on what day is {site} closed / what day can't i go to {site}
~ which day {site} is closed / what day {site} is closed
person | The one who works at {site} is {v}.
+ {v} works at {site} / at {site} you can ask for {v} / the person i know at {site} is {v}
? who works at {site} / who can i ask for at {site} / who do i know at {site}
~ who works at {site} / who i know at {site}
street | {site} is on {v}.
+ {site} is on {v} / you find {site} on {v} / {site} moved to {v} / the street of {site} is {v}
? which street is {site} on / where is {site} / on what street do i find {site}
~ which street {site} is on / where {site} is
near | The way from your door to the bus stop is {v}.
+ the bus stop is {v} from my door / from my door to the bus stop it is {v} / the bus stop is close, {v}
? how far is the bus stop / how far is it to the bus stop / what is the distance to the bus stop
~ how far the bus stop is / how far it is to the bus stop
way | To get to {site} you turn {v}.
+ to get to {site} you turn {v} / the way to {site} is to turn {v} / for {site} turn {v} / turn {v} and you are at {site}
? how do i get to {site} / where do i turn for {site} / which way is {site}
~ how i get to {site} / where i turn for {site}
number | The bus to {site} is line {v}.
+ the bus to {site} is line {v} / i take line {v} to {site} / line {v} goes to {site} / for {site} i need line {v}
? which bus goes to {site} / what line do i take to {site} / which line do i need for {site}
~ which bus goes to {site} / what line i take to {site}
rule #rule | I should never {v}.
+ please never {v} / you should never {v} / i don't want you to {v} / my rule for you: never {v}
? what should you never do / what don't i want you to do / what is my rule for you
~ what you should never do / what my rule for you is
colour ! | The eyes of {who} are {v}.
+ the eyes of {who} are {v} / {who} has {v} eyes / {who} looks at you with {v} eyes
? what colour are the eyes of {who} / which colour of eyes does {who} have / what colour eyes does {who} have
~ what colour the eyes of {who} are / which colour of eyes {who} has
colour | The hair of {who} is {v}.
+ the hair of {who} is {v} / {who} has {v} hair / {who} dyed the hair {v} / {v} is the hair colour of {who}
? what colour is the hair of {who} / which hair colour does {who} have / what is the hair colour of {who}
~ what colour the hair of {who} is / which hair colour {who} has
name #nickname of | The nickname of {who} is {v}.
+ the nickname of {who} is {v} / everybody calls {who} {v} / we call {who} {v} / {v} is what friends call {who}
? what is the nickname of {who} / what does everybody call {who} / how do we call {who}
~ what the nickname of {who} is / what we call {who}
fear #collection | You collect pictures of {v}.
+ i collect pictures of {v} / my collection is of pictures of {v} / pictures of {v} are what i collect
? what do i collect / what is my collection of / which pictures do i collect
~ what i collect / what my collection is of
name | Your phone company is {v}.
+ my phone company is {v} / i have my phone contract with {v} / {v} is the company of my phone contract / i get my mobile bills from {v}
? which phone company do i use / who is my phone contract with / what is my phone company
~ which phone company i use / who my phone contract is with
described | What {who} made for you is {v}.
+ {who} made {v} for me / {v} is what {who} made for me / the thing {who} made for me is {v}
? what did {who} make for me / which thing did {who} make for me / what has {who} made for me
~ what {who} made for me / which thing {who} made for me
person | The one you trust most is {v}.
+ i trust {v} most / the one i trust most is {v} / {v} is the one i trust / nobody has my trust like {v}
? who do i trust most / whom do i trust / who is the one i trust most
~ who i trust most / whom i trust
reason | You prefer {hobby} to television {v}.
+ i prefer {hobby} to television {v} / i like {hobby} better than television {v} / give me {hobby}, not television, {v}
? why do i prefer {hobby} to television / why do i like {hobby} better than television / for what reason do i prefer {hobby} to television
~ why i prefer {hobby} to television / why i like {hobby} better than television
""")
