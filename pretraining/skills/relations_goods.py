"""Relations of possessions, papers, vehicles, prices and money. Not here: what a relation is (relations_base.py)."""

from __future__ import annotations

from pretraining.skills.relations_base import table

GOODS = table("""
spot #where thing | You keep {thing} {v}.
+ i keep {thing} {v} / {thing} is {v} / i put {thing} {v} / you find {thing} {v} / {v} is where i keep {thing}
? where do i keep {thing} / where is {thing} / where did i put {thing} / where's {thing}
~ where i keep {thing} / where {thing} is / where i put {thing}
colour #colour of | The colour of {thing} is {v}.
+ the colour of {thing} is {v} / {thing} is {v} / i painted {thing} {v} / {thing} comes in {v}
? what colour is {thing} / which colour is {thing} / what is the colour of {thing} / what's the colour of {thing}
~ what colour {thing} is / which colour {thing} has
make | {thing} is {v}.
+ {thing} is {v} / for {thing} i chose {v} / the make of {thing}: it is {v} / {v} is what {thing} is
? what make is {thing} / which make is {thing} / what model is {thing}
~ what make {thing} is / which model {thing} is
money ! | The price of {thing} was {v}.
+ i paid {v} for {thing} / {thing} cost me {v} / i bought {thing} for {v} / {v} is what i paid for {thing}
? how much did i pay for {thing} / what did {thing} cost me / what was the price of {thing}
~ how much i paid for {thing} / what {thing} cost me
city ! | You bought {thing} in {v}.
+ i bought {thing} in {v} / {thing} is from {v} / i found {thing} at a shop in {v} / {v} is where i bought {thing}
? where did i buy {thing} / where is {thing} from / in which town did i buy {thing}
~ where i bought {thing} / where {thing} is from
person ! | You got {thing} from {v}.
+ i got {thing} from {v} / {v} gave me {thing} / {thing} was a present from {v} / {thing} once belonged to {v}
? who gave me {thing} / who did i get {thing} from / whose was {thing} before
~ who gave me {thing} / who i got {thing} from
person #where thing | You lent {thing} to {v}.
+ i lent {thing} to {v} / {v} has borrowed {thing} / {thing} is with {v} at the moment / {v} is using {thing} now
? who did i lend {thing} to / who has borrowed {thing} / who is using {thing} / with whom is {thing}
~ who has borrowed {thing} / who is using {thing}
person #repair | The one who is repairing {thing} is {v}.
+ {v} is repairing {thing} / {thing} is being repaired by {v} / i brought {thing} to {v} for repair
? who is repairing {thing} / who repairs {thing} / who did i bring {thing} to for repair
~ who is repairing {thing} / who repairs {thing}
when | {thing} will be repaired {v}.
+ {thing} will be repaired {v} / the repair of {thing} is {v} / i can collect {thing} {v} / they fix {thing} {v}
? when will {thing} be repaired / when is the repair of {thing} / when can i collect {thing}
~ when {thing} will be repaired / when i can collect {thing}
material | {thing} is made of {v}.
+ {thing} is made of {v} / they made {thing} out of {v} / {v} is what {thing} is made of / {thing} is all {v}
? what is {thing} made of / which material is {thing} / what material did they use for {thing}
~ what {thing} is made of / which material {thing} is
weight | {thing} weighs {v}.
+ {thing} weighs {v} / the weight of {thing} is {v} / i weighed {thing}: {v}
? how much does {thing} weigh / what is the weight of {thing} / how heavy is {thing}
~ how much {thing} weighs / how heavy {thing} is
length | {thing} is {v} long.
+ {thing} is {v} long / the length of {thing} is {v} / i measured {thing}: {v}
? how long is {thing} / what is the length of {thing} / what did i measure for {thing}
~ how long {thing} is / what the length of {thing} is
name #name | You call {thing} {v}.
+ i call {thing} {v} / {thing} is called {v} / {v} is what i call {thing} / i gave {thing} the name {v}
? what do i call {thing} / what name did i give {thing} / what is {thing} called
~ what i call {thing} / what name {thing} has
code | The serial number of {thing} is {v}.
+ the serial number of {thing} is {v} / {thing} has the serial number {v} / on {thing} it says serial number {v}
? what is the serial number of {thing} / which serial number does {thing} have / what's the serial number of {thing}
~ which serial number {thing} has / what the serial number of {thing} is
year ! | You have had {thing} since {v}.
+ i have had {thing} since {v} / i bought {thing} in the year {v} / {thing} has been mine since {v}
? since when have i had {thing} / in which year did i buy {thing} / since what year is {thing} mine
~ since when i have had {thing} / which year i bought {thing}
person | You want to sell {thing} to {v}.
+ i want to sell {thing} to {v} / {v} wants to buy {thing} / the buyer of {thing} is {v}
? who do i want to sell {thing} to / who wants to buy {thing} / who is the buyer of {thing}
~ who wants to buy {thing} / who the buyer of {thing} is
money | Your asking price for {thing} is {v}.
+ i want {v} for {thing} / i am selling {thing} for {v} / my asking price for {thing} is {v}
? how much do i want for {thing} / what am i selling {thing} for / what is my asking price for {thing}
~ how much i want for {thing} / what my asking price for {thing} is
described | You want to swap {thing} for {v}.
+ i want to swap {thing} for {v} / i offered to trade {thing} for {v} / in exchange for {thing} i would like {v}
? what do i want to swap {thing} for / what would i like in exchange for {thing} / what do i trade {thing} for
~ what i want to swap {thing} for / what i want in exchange for {thing}
reason ! | You sold {thing} {v}.
+ i sold {thing} {v} / i had to sell {thing} {v} / i no longer have {thing} and sold it {v}
? why did i sell {thing} / for what reason did i sell {thing} / why did i have to sell {thing}
~ why i sold {thing} / for what reason i sold {thing}
reason ! | You bought {thing} {v}.
+ i bought {thing} {v} / i needed {thing} {v} / i got myself {thing} {v}
? why did i buy {thing} / for what reason did i buy {thing} / why did i need {thing}
~ why i bought {thing} / why i needed {thing}
months | The guarantee of {thing} lasts {v}.
+ the guarantee of {thing} lasts {v} / {thing} comes with a guarantee of {v} / they gave me a guarantee of {v} for {thing}
? how long does the guarantee of {thing} last / how long is the guarantee of {thing} / what guarantee does {thing} have
~ how long the guarantee of {thing} lasts / how long the guarantee of {thing} is
spot #where thing | You keep {paper} {v}.
+ i keep {paper} {v} / {paper} is {v} / i filed {paper} {v} / {v} is where i keep {paper}
? where do i keep {paper} / where is {paper} / where did i file {paper} / where's {paper}
~ where i keep {paper} / where {paper} is
date | The date when {paper} runs out is {v}.
+ {paper} runs out on {v} / {paper} is valid until {v} / {paper} expires on {v} / {v} is when {paper} runs out
? when does {paper} run out / until when is {paper} valid / when does {paper} expire
~ when {paper} runs out / until when {paper} is valid
person | The one who signed {paper} is {v}.
+ {v} signed {paper} / {paper} was signed by {v} / the name under {paper} is that of {v}
? who signed {paper} / by whom was {paper} signed / whose name is under {paper}
~ who signed {paper} / whose name is under {paper}
code | The number of {paper} is {v}.
+ the number of {paper} is {v} / {paper} has the number {v} / {v} is printed on {paper}
? what is the number of {paper} / which number does {paper} have / what number is printed on {paper}
~ which number {paper} has / what the number of {paper} is
person | You gave a copy of {paper} to {v}.
+ i gave a copy of {paper} to {v} / {v} has a copy of {paper} / a copy of {paper} is with {v}
? who has a copy of {paper} / who did i give a copy of {paper} to / with whom is a copy of {paper}
~ who has a copy of {paper} / who got a copy of {paper}
money | The price of {bill} is {v}.
+ i pay {v} for {bill} / {bill} is {v} / {bill} costs me {v} / {bill} went to {v} / {v} is what i pay for {bill}
? how much is {bill} / how much do i pay for {bill} / what does {bill} cost me
~ how much {bill} is / what i pay for {bill}
when | You have to pay {bill} {v}.
+ i have to pay {bill} {v} / {bill} is due {v} / the payment of {bill} is {v} / {bill} must be paid {v}
? when is {bill} due / when do i have to pay {bill} / when must {bill} be paid
~ when {bill} is due / when i have to pay {bill}
company | {bill} goes to {v}.
+ {bill} goes to {v} / i pay {bill} to {v} / {v} gets the money for {bill}
? who gets the money for {bill} / to whom does {bill} go / who do i pay {bill} to
~ who gets the money for {bill} / to whom {bill} goes
company | Your bank is {v}.
+ my bank is {v} / i have an account with {v} / my money is at {v} / {v} is where my money is
? which bank do i use / what is my bank / where is my money / with whom do i have an account
~ which bank i use / where my money is
money | You have saved {v}.
+ i have saved {v} / my savings are {v} / {v} is what i have put aside / so far i saved up {v}
? how much have i saved / how big are my savings / how much have i put aside
~ how much i have saved / how much i have put aside
described | You are saving for {v}.
+ i am saving for {v} / i put money aside for {v} / the money i save is for {v}
? what am i saving for / what do i put money aside for / what is the money i save for
~ what i am saving for / what i put money aside for
money | {who} owes you {v}.
+ {who} owes me {v} / i lent {who} {v} / i get {v} back from {who} / {v} is what {who} owes me
? how much does {who} owe me / how much do i get back from {who} / how much did i lend {who}
~ how much {who} owes me / how much i get back from {who}
money | You owe {who} {v}.
+ i owe {who} {v} / i borrowed {v} from {who} / i must pay {who} back {v} / {v} is what i owe {who}
? how much do i owe {who} / how much did i borrow from {who} / what must i pay {who} back
~ how much i owe {who} / how much i borrowed from {who}
count | The meter of {vehicle} shows {v} thousand kilometres.
+ {vehicle} has {v} thousand kilometres on it / {vehicle} has run {v} thousand kilometres / the meter of {vehicle} shows {v} thousand kilometres
? how many kilometres has {vehicle} run / how many kilometres does {vehicle} have / what does the meter of {vehicle} show
~ how many kilometres {vehicle} has / how many kilometres {vehicle} has run
site #where thing | {vehicle} is parked at {v}.
+ {vehicle} is parked at {v} / i parked {vehicle} at {v} / i left {vehicle} at {v} / {v} is where {vehicle} stands
? where is {vehicle} parked / where did i park {vehicle} / where did i leave {vehicle} / where does {vehicle} stand
~ where {vehicle} is parked / where i left {vehicle}
when | {vehicle} goes for inspection {v}.
+ {vehicle} goes for inspection {v} / {vehicle} has its inspection {v} / they inspect {vehicle} {v}
? when does {vehicle} go for inspection / when do they inspect {vehicle} / when is the inspection of {vehicle}
~ when {vehicle} goes for inspection / when they inspect {vehicle}
company | {vehicle} is insured with {v}.
+ {vehicle} is insured with {v} / i insured {vehicle} with {v} / {v} insures {vehicle}
? who is {vehicle} insured with / which company insures {vehicle} / with whom did i insure {vehicle}
~ who {vehicle} is insured with / which company insures {vehicle}
person | The one who drives {vehicle} is {v}.
+ {v} drives {vehicle} / {vehicle} is driven by {v} / most days {v} takes {vehicle}
? who drives {vehicle} / by whom is {vehicle} driven / who takes {vehicle} most days
~ who drives {vehicle} / who takes {vehicle}
size | Your jacket size is {v}.
+ i wear size {v} in jackets / my jacket size is {v} / jackets fit me in size {v} / for jackets i need size {v}
? what size do i wear in jackets / what is my jacket size / which size of jacket do i need
~ what size i wear in jackets / which jacket size i need
size | {who} wears size {v}.
+ {who} wears size {v} / the size of {who} is {v} / clothes for {who} must be size {v} / {who} needs size {v}
? what size does {who} wear / which size is {who} / which size does {who} need
~ what size {who} wears / which size {who} needs
product #phone model | Your phone is of the type {v}.
+ my phone is of the type {v} / i bought the {v} as my phone / the {v} is the phone i use / my phone model is {v}
? what type is my phone / which phone do i use / what is my phone model
~ which phone i use / what type my phone is
name | You shop for clothes at {v}.
+ i shop for clothes at {v} / {v} is where i shop for clothes / my clothes come from {v} / i buy clothes at {v}
? where do i shop for clothes / where do my clothes come from / which shop do i buy clothes at
~ where i shop for clothes / where my clothes come from
described | You are looking for {v}.
+ i am looking for {v} / i need {v} / {v} is what i am looking for / help me find {v} one day, i want one
? what am i looking for / what do i need / what do i want to find
~ what i am looking for / what i need
described ! | You lost {v}.
+ i lost {v} / {v} is what i lost / on the way home i lost {v} / i dropped {v} somewhere and lost it
? what did i lose / what did i drop somewhere / which thing did i lose
~ what i lost / which thing i lost
""")
