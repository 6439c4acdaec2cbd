"""Relations of travel, plans, habits and one's own history. Not here: what a relation is (relations_base.py)."""

from __future__ import annotations

from pretraining.skills.relations_base import table

TIME = table("""
when #leave | You leave for {place} {v}.
+ we leave for {place} {v} / i am off to {place} {v} / i travel to {place} {v} / we set out for {place} {v} / {v} we leave for {place}
? when do we leave for {place} / when am i off to {place} / when do i travel to {place} / when do we set out for {place}
~ when we leave for {place} / when i travel to {place}
transport | You go to {place} {v}.
+ i go to {place} {v} / we get to {place} {v} / i always travel to {place} {v} / {v} is how i go to {place}
? how do i go to {place} / how do we get to {place} / in what way do i travel to {place}
~ how i go to {place} / how we get to {place}
person | You travel to {place} with {v}.
+ i travel to {place} with {v} / {v} comes with me to {place} / my company on the trip to {place} is {v}
? who do i travel to {place} with / who comes with me to {place} / with whom do i travel to {place}
~ who i travel to {place} with / who comes with me to {place}
name | Your hotel in {place} is the {v} hotel.
+ in {place} i stay at the {v} hotel / i booked the {v} hotel in {place} / my hotel in {place} is the {v} / the {v} hotel is where i stay in {place}
? where do i stay in {place} / which hotel did i book in {place} / what is my hotel in {place}
~ where i stay in {place} / which hotel i booked in {place}
months | You stay in {place} for {v}.
+ i stay in {place} for {v} / we will be in {place} for {v} / my stay in {place} is {v} / {v} is how long we stay in {place}
? how long do i stay in {place} / for how long will we be in {place} / how long is my stay in {place}
~ how long i stay in {place} / how long we will be in {place}
money ! | The ticket to {place} cost you {v}.
+ the ticket to {place} cost me {v} / i paid {v} for the ticket to {place} / my ticket to {place} was {v}
? how much was the ticket to {place} / what did the ticket to {place} cost me / what did i pay for the ticket to {place}
~ how much the ticket to {place} was / what i paid for the ticket to {place}
clock #leave | The train to {place} leaves at {v}.
+ the train to {place} leaves at {v} / {v} is when the train to {place} leaves / my train to {place} goes at {v}
? when does the train to {place} leave / what time does my train to {place} go / at what time is the train to {place}
~ when the train to {place} leaves / what time the train to {place} goes
number | The train to {place} leaves from platform {v}.
+ the train to {place} leaves from platform {v} / for {place} you need platform {v} / platform {v} is where the train to {place} leaves
? which platform does the train to {place} leave from / what platform do i need for {place} / from which platform does the train to {place} go
~ which platform the train to {place} leaves from / what platform i need for {place}
code | Your flight to {place} is {v}.
+ my flight to {place} is {v} / i fly to {place} on flight {v} / flight {v} takes me to {place} / i booked {v}, a flight to {place}
? what is my flight to {place} / which flight takes me to {place} / which flight did i book to {place}
~ which flight takes me to {place} / what my flight to {place} is
km | {place} is {v} away.
+ {place} is {v} away / it is {v} from here to {place} / the way to {place} is {v} / {v} is the distance to {place}
? how far away is {place} / how far is it to {place} / what is the distance to {place}
~ how far away {place} is / how far it is to {place}
minutes | The drive to {place} takes {v}.
+ the drive to {place} takes {v} / we need {v} to drive to {place} / {v} is what the drive to {place} takes
? how long does the drive to {place} take / how long do we need to drive to {place} / how much time does the drive to {place} take
~ how long the drive to {place} takes / how long we need to drive to {place}
person ! | In {place} you met {v}.
+ i know {v} from my time in {place} / in {place} i met {v} / {v} and i met in {place}
? who do i know from my time in {place} / who did i meet in {place} / whom did i meet in {place}
~ who i met in {place} / who i know from {place}
year ! | Your trip to {place} was in {v}.
+ i was in {place} in {v} / my trip to {place} was in {v} / {v} was the year i saw {place}
? when was i in {place} / which year was my trip to {place} / in what year did i see {place}
~ when i was in {place} / what year i saw {place}
reason ! | You like {place} {v}.
+ i like {place} {v} / i love going to {place} {v} / {place} is dear to me {v}
? why do i like {place} / for what reason do i like {place} / why do i love going to {place}
~ why i like {place} / why i love going to {place}
city | Your next holiday is in {v}.
+ my next holiday is in {v} / we spend our next holiday in {v} / {v} is where we go on our next holiday
? where is my next holiday / where do we spend our next holiday / where do we go on our next holiday
~ where my next holiday is / where we go on our next holiday
when #when event | {event} is {v}.
+ {event} is {v} / {event} takes place {v} / they put {event} in the calendar {v} / {v} is when {event} takes place / i have {event} {v}
? when is {event} / when does {event} take place / when do i have {event} / when's {event}
~ when {event} is / when {event} takes place
site | {event} is at {v}.
+ {event} is at {v} / {event} takes place at {v} / {v} is where {event} takes place / we meet at {v} for {event}
? where is {event} / where does {event} take place / at which place is {event} / where do we meet for {event}
~ where {event} is / where {event} takes place
person | You go to {event} with {v}.
+ i go to {event} with {v} / {v} comes along to {event} / {v} goes with me to {event}
? who do i go to {event} with / who comes along to {event} / with whom do i go to {event}
~ who i go to {event} with / who comes along to {event}
clock #when event | {event} starts at {v}.
+ {event} starts at {v} / {event} begins at {v} / {v} is when {event} starts / be ready, {event} starts at {v}
? what time does {event} start / at what time does {event} begin / what hour does {event} start
~ what time {event} starts / at what time {event} begins
minutes | {event} lasts {v}.
+ {event} lasts {v} / {event} will take {v} / {v} is how long {event} takes / plan {v} for {event}
? how long does {event} last / how long will {event} take / how much time does {event} take
~ how long {event} lasts / how long {event} will take
count | The number of people coming to {event} is {v}.
+ {v} people are coming to {event} / we expect {v} people at {event} / there will be {v} guests at {event}
? how many people are coming to {event} / how many people do we expect at {event} / how many guests will be at {event}
~ how many people are coming to {event} / how many guests will be at {event}
person | The one who organises {event} is {v}.
+ {v} organises {event} / {event} is organised by {v} / the one who plans {event} is {v}
? who organises {event} / by whom is {event} organised / who plans {event}
~ who organises {event} / who plans {event}
dish | Your dish for {event} is {v}.
+ i bring {v} to {event} / i promised {v} for {event} / my dish for {event} is {v}
? what do i bring to {event} / what did i promise for {event} / what is my dish for {event}
~ what i bring to {event} / what my dish for {event} is
described | Your outfit for {event} is {v}.
+ i wear {v} at {event} / my outfit for {event} is {v} / {v} is what i wear at {event}
? what do i wear at {event} / what is my outfit for {event} / what will i wear at {event}
~ what i wear at {event} / what my outfit for {event} is
money | The entrance to {event} is {v}.
+ the entrance to {event} is {v} / a ticket for {event} is {v} / they charge {v} at {event}
? how much is the entrance to {event} / what is a ticket for {event} / how much do they charge at {event}
~ how much the entrance to {event} is / what a ticket for {event} costs
reason | {event} was put off {v}.
+ {event} was put off {v} / they cancelled {event} {v} / {event} is cancelled {v}
? why was {event} put off / why did they cancel {event} / for what reason was {event} put off
~ why {event} was put off / why they cancelled {event}
when #see | You meet {who} {v}.
+ i meet {who} {v} / {who} and i meet {v} / i am seeing {who} {v} / {v} i am meeting {who}
? when do i meet {who} / when am i seeing {who} / when do {who} and i meet
~ when i meet {who} / when i am seeing {who}
site | You meet {who} at {v}.
+ i meet {who} at {v} / {who} will wait for me at {v} / {v} is where i meet {who}
? where do i meet {who} / where will {who} wait for me / at which place do i meet {who}
~ where i meet {who} / where {who} will wait for me
when | You have to call {who} {v}.
+ i have to call {who} {v} / i promised to phone {who} {v} / {who} expects my call {v}
? when do i have to call {who} / when did i promise to phone {who} / when does {who} expect my call
~ when i have to call {who} / when {who} expects my call
site | You met {who} at {v}.
+ i met {who} at {v} / {who} and i got to know each other at {v} / the first time i saw {who} was at {v}
? where did i meet {who} / where did {who} and i get to know each other / where did i first see {who}
~ where i met {who} / where i first saw {who}
year ! | You have known {who} since {v}.
+ i have known {who} since {v} / {who} and i have been in touch since {v} / my first meeting with {who} was in {v}
? since when have i known {who} / what year did i get to know {who} / how long have i known {who}
~ since when i have known {who} / how long i have known {who}
city ! #born | You were born in {v}.
+ i was born in {v} / {v} is where i was born / my birthplace is {v} / i came into the world in {v}
? where was i born / what is my birthplace / which town was i born in
~ where i was born / what my birthplace is
city ! #grew up | You grew up in {v}.
+ i grew up in {v} / {v} is where i grew up / i spent my childhood in {v} / as a child i lived in {v}
? where did i grow up / which town did i grow up in / where did i spend my childhood
~ where i grew up / where i spent my childhood
city ! #grew up | {who} grew up in {v}.
+ {who} grew up in {v} / {v} is where {who} grew up / {who} spent a happy childhood in {v}
? where did {who} grow up / which town did {who} grow up in / where did {who} spend childhood
~ where {who} grew up / which town {who} grew up in
year ! | You were married in {v}.
+ we were married in {v} / i got married in {v} / our wedding was back in {v} / {v} was the year of our wedding
? when did i get married / what year were we married / which year was our wedding
~ when i got married / what year our wedding was
site ! | You met your first love at {v}.
+ i met my first love at {v} / {v} is where i met my first love / it was at {v} that i met my first love
? where did i meet my first love / at which place did i meet my first love / at what place was it that i met my first love
~ where i met my first love / at which place i met my first love
activity ! | As a child you loved {v}.
+ as a child i loved {v} / when i was little i was always {v} / my childhood was all about {v}
? what did i love as a child / what was i always doing when i was little / what was my childhood all about
~ what i loved as a child / what i did when i was little
clock | You get up at {v}.
+ i get up at {v} / my day begins at {v} / {v} is when i get up / i am up at {v} these days
? when do i get up / what time do i get up / when does my day begin
~ when i get up / what time i get up
activity | You end the day by {v}.
+ i end the day by {v} / before bed i relax by {v} / {v} is how i end the day
? how do i end the day / how do i relax before bed / what do i do before bed
~ how i end the day / how i relax before bed
often #hobby day | You go for {hobby} {v}.
+ i go for {hobby} {v} / i have {hobby} {v} / {hobby} is something i do {v}
? how often do i go for {hobby} / how often do i have {hobby} / how often is {hobby} on my plan
~ how often i go for {hobby} / how often i do {hobby}
often | You phone {who} {v}.
+ i phone {who} {v} / {who} gets a call from me {v} / i ring {who} {v}
? how often do i phone {who} / how often does {who} get a call from me / how often do i ring {who}
~ how often i phone {who} / how often i ring {who}
transport | You go to work {v}.
+ i go to work {v} / i get to work {v} / my way to work is {v} / {v} is how i get to work
? how do i go to work / how do i get to work / in what way do i get to work
~ how i go to work / how i get to work
minutes | Your way to work takes {v}.
+ my way to work takes {v} / i need {v} to get to work / the commute takes me {v}
? how long does my way to work take / how long do i need to get to work / how long is my commute
~ how long my way to work takes / how long i need to get to work
activity | You spend {day}s {v}.
+ i spend {day}s {v} / on {day}s i am {v} / {day}s are for {v} / {v} is how i spend {day}s
? how do i spend {day}s / what do i do on {day}s / what are {day}s for
~ how i spend {day}s / what i do on {day}s
site | On {day} you will be at {v}.
+ on {day} i will be at {v} / {day} finds me at {v} / you can find me at {v} on {day}
? where will i be on {day} / where can you find me on {day} / at which place am i on {day}
~ where i will be on {day} / where i am on {day}
""")
