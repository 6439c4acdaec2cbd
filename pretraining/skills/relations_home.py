"""Relations of home, family and pets. Not here: what a relation is (relations_base.py)."""

from __future__ import annotations

from pretraining.skills.relations_base import table

HOME = table("""
city #city | You live in {v}.
+ i live in {v} / we moved to {v} two years ago / {v} is where i live / my flat is in {v} / home for me is {v}
? where do i live / which town do i live in / where is my flat / what town is home for me
~ where i live / which town i live in
street #city | You live on {v}.
+ i live on {v} / our house is on {v} / {v} is the street we live on / my house stands on {v}
? which street do i live on / what street is our house on / on which street is my house
~ which street i live on / what street my house is on
floor | Your flat is on {v}.
+ my flat is on {v} / i live on {v} / we have a flat on {v} / {v} is where my flat is
? which floor is my flat on / what floor do i live on / on what floor is our flat
~ which floor i live on / what floor my flat is on
person | You live with {v}.
+ i live with {v} / i share my flat with {v} / {v} lives with me
? who do i live with / who shares my flat / with whom do i live
~ who i live with / who shares my flat
person #next door | The one who lives next door to you is {v}.
+ {v} lives next door / our next-door neighbour is {v} / next door to us lives {v} / the flat next to mine belongs to {v}
? who lives next door / who is our next-door neighbour / who lives in the flat next to mine
~ who lives next door / who our next-door neighbour is
person | The one who lives upstairs is {v}.
+ {v} lives upstairs / the flat above ours belongs to {v} / above us lives {v}
? who lives upstairs / who lives above us / whose flat is above ours
~ who lives upstairs / who lives above us
year ! | You moved in in {v}.
+ we moved in in {v} / i moved into this house in {v} / it was {v} when we moved in
? when did we move in / what year did i move in / in which year did we move into this house
~ when we moved in / what year we moved in
year ! | Your house was built in {v}.
+ our house was built in {v} / they built our house in {v} / {v} is when our house was built
? when was our house built / what year was our house built / how old is our house, what year is it from
~ when our house was built / what year our house is from
count | The number of rooms in your flat is {v}.
+ my flat has {v} rooms / we have {v} rooms in the flat / there are {v} rooms in our flat
? how many rooms does my flat have / how many rooms do we have / how many rooms are there in our flat
~ how many rooms we have / how many rooms my flat has
colour | You painted {room} {v}.
+ i painted {room} {v} / we had {room} painted {v} / {v} is what we painted {room}
? what colour did i paint {room} / which colour did we paint {room} / how did we paint {room}
~ what colour i painted {room} / which colour {room} was painted
person | The one who cleans {room} is {v}.
+ {v} cleans {room} / cleaning {room} is done by {v} / the one who cleans {room} is {v}
? who cleans {room} / who is it that cleans {room} / whose task is it to clean {room}
~ who cleans {room} / whose task {room} is
material | The floor of {room} is made of {v}.
+ the floor of {room} is made of {v} / {room} has a {v} floor / we laid {v} in {room}
? what is the floor of {room} made of / what kind of floor does {room} have / which floor did we lay in {room}
~ what the floor of {room} is made of / which floor {room} has
described | What you want to put in {room} is {v}.
+ i want to put {v} in {room} / what {room} needs is {v} / {v} should go in {room}
? what do i want to put in {room} / what does {room} need / what should go in {room}
~ what i want to put in {room} / what {room} needs
date | The rubbish is next collected on {v}.
+ the rubbish is next collected on {v} / next rubbish collection is on {v} / they collect the rubbish again on {v}
? when is the rubbish collected / what date is the next rubbish collection / when do they collect the rubbish
~ when the rubbish is collected / when the next rubbish collection is
day | You water the plants on {v}.
+ i water the plants on {v} / {v} is when i water the plants / the plants get their water on {v}
? when do i water the plants / which day do i water the plants / on what day do the plants get water
~ when i water the plants / which day the plants get water
spot #spare key | The spare key is {v}.
+ the spare key is {v} / we hide the spare key {v} / i left the spare key {v} / you can find the spare key {v}
? where is the spare key / where's the spare key / where do we hide the spare key
~ where the spare key is / where i left the spare key
city #city | {who} lives in {v}.
+ {who} lives in {v} / {who} has moved to {v} / {v} is where {who} lives / {who} has a place in {v}
? where does {who} live / which town does {who} live in / where is {who} living
~ where {who} lives / which town {who} lives in
city ! #born | {who} was born in {v}.
+ {who} was born in {v} / {v} is where {who} was born / the birthplace of {who} is {v}
? where was {who} born / which town was {who} born in / what is the birthplace of {who}
~ where {who} was born / what the birthplace of {who} is
person ! | {who} is married to {v}.
+ {who} is married to {v} / {who} married {v} / the one {who} married is {v}
? who is {who} married to / who did {who} marry / whom did {who} marry
~ who {who} is married to / who {who} married
count | The number of children of {who} is {v}.
+ {who} has {v} children / {who} is raising {v} children / there are {v} children in the house of {who}
? how many children does {who} have / how many children is {who} raising / how many kids does {who} have
~ how many children {who} has / how many kids {who} has
number #age | {who} turned {v}.
+ {who} turned {v} / {who} has just turned {v} / {who} is {v} years old / {who} is {v} now
? how old is {who} / what age is {who} / how old did {who} turn
~ how old {who} is / what age {who} is
site #workplace | {who} works at {v}.
+ {who} works at {v} / {who} found work at {v} / {v} is where {who} works / {who} has a job at {v}
? where does {who} work / what is the workplace of {who} / at which place does {who} work
~ where {who} works / at which place {who} works
job #job | {who} works as {v}.
+ {who} works as {v} / {who} is {v} / {who} earns a living as {v} / {who} became {v}
? what does {who} do for a living / what is the profession of {who} / what does {who} work as
~ what {who} does for a living / what {who} works as
subject | {who} studies {v}.
+ {who} studies {v} / {who} is studying {v} / {v} is what {who} studies / {who} takes {v} at university
? what does {who} study / which subject does {who} take at university / what is {who} studying
~ what {who} studies / which subject {who} studies
when #see | {who} comes to visit {v}.
+ {who} comes to visit {v} / {who} will visit us {v} / we expect a visit of {who} {v} / {who} is coming over {v}
? when does {who} come to visit / when will {who} visit us / when is {who} coming over
~ when {who} comes to visit / when {who} is coming over
gift ! | {who} gave you {v}.
+ {who} gave me {v} / i got {v} from {who} / {who} surprised me with {v} / my present from {who} was {v}
? what did {who} give me / what did i get from {who} / what was my present from {who}
~ what {who} gave me / what i got from {who}
gift #present for | Your present for {who} will be {v}.
+ i want to give {who} {v} / {who} will get {v} from me / my present for {who} is {v}
? what do i want to give {who} / what will {who} get from me / what is my present for {who}
~ what i want to give {who} / what {who} will get from me
animals | {who} loves {v}.
+ {who} loves {v} / {who} is mad about {v} / the animals {who} loves are {v} / {v} are what {who} loves
? which animals does {who} love / what animals is {who} mad about / of which animals is {who} fond
~ which animals {who} loves / what animals {who} is mad about
fear #fear | {who} is afraid of {v}.
+ {who} is afraid of {v} / {who} is scared of {v} / what {who} fears is {v} / {v} frighten {who}
? what is {who} afraid of / what is {who} scared of / what does {who} fear / what frightens {who}
~ what {who} is afraid of / what {who} fears
allergen #allergy | {who} is allergic to {v}.
+ {who} is allergic to {v} / {who} can't be near {v} because of an allergy / {who} has an allergy to {v}
? what is {who} allergic to / which allergy does {who} have / what kind of allergy does {who} have
~ what {who} is allergic to / which allergy {who} has
transport | {who} goes to work {v}.
+ {who} goes to work {v} / {who} gets to work {v} / {v} is how {who} goes to work
? how does {who} go to work / how does {who} get to work / in what way does {who} get to work
~ how {who} goes to work / how {who} gets to work
date ! #birthday | {who} has a birthday on {v}.
+ {who} has a birthday on {v} / the birthday of {who} is {v} / {who} celebrates on {v} / we give {who} a birthday cake on {v}
? when is the birthday of {who} / when does {who} have a birthday / on which date does {who} celebrate
~ when {who} has a birthday / when the birthday of {who} is
spot | {pet} sleeps {v}.
+ {pet} sleeps {v} / {pet} likes to sleep {v} / the place where {pet} sleeps is {v}
? where does {pet} sleep / where does {pet} like to sleep / what place does {pet} sleep in
~ where {pet} sleeps / where {pet} likes to sleep
dish | {pet} eats {v}.
+ {pet} gets {v} to eat / we feed {pet} {v} / {pet} only eats {v} / {v} is what {pet} eats
? what does {pet} eat / what do we feed {pet} / what does {pet} get to eat
~ what {pet} eats / what we feed {pet}
clock | {pet} is fed at {v}.
+ {pet} is fed at {v} / feeding time for {pet} is {v} / we feed {pet} at {v} / {pet} gets food at {v}
? when is {pet} fed / what time do we feed {pet} / at what time is {pet} fed
~ when {pet} is fed / what time we feed {pet}
weight | {pet} weighs {v}.
+ {pet} weighs {v} / {pet} was weighed and has {v} / the scales showed {v} for {pet}
? how much does {pet} weigh / what does {pet} weigh / how heavy is {pet}
~ how much {pet} weighs / how heavy {pet} is
fear #fear | {pet} is afraid of {v}.
+ {pet} is afraid of {v} / {pet} runs away from {v} / what scares {pet} is {v}
? what is {pet} afraid of / what scares {pet} / what does {pet} run away from
~ what {pet} is afraid of / what scares {pet}
person ! | {pet} came from {v}.
+ we got {pet} from {v} / {pet} came from {v} / {v} gave us {pet}
? who did we get {pet} from / who gave us {pet} / from whom did {pet} come
~ who we got {pet} from / who gave us {pet}
when | {pet} sees the vet {v}.
+ {pet} sees the vet {v} / i take {pet} to the vet {v} / the vet will look at {pet} {v}
? when does {pet} see the vet / when do i take {pet} to the vet / when will the vet look at {pet}
~ when {pet} sees the vet / when i take {pet} to the vet
name | The breed of {pet} is {v}.
+ {pet} is of the {v} breed / the breed of {pet} is {v} / {pet} is a real {v} by breed
? what breed is {pet} / which breed is {pet} / what is the breed of {pet}
~ what breed {pet} is / which breed {pet} is
name | The name of the pet of {who} is {v}.
+ {who} has a pet called {v} / the pet of {who} is called {v} / {v} is the pet of {who}
? what is the pet of {who} called / what's the name of the pet of {who} / how is the pet of {who} called
~ what the pet of {who} is called / how the pet of {who} is called
pet | The pet of {who} is {v}.
+ {who} has {v} at home / {who} keeps {v} / there is {v} at the home of {who}
? which pet does {who} have / what animal does {who} keep / what kind of pet does {who} have
~ which pet {who} has / what animal {who} keeps
""")
