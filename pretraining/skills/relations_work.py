"""Relations of work, school and technical life. Not here: what a relation is (relations_base.py)."""

from __future__ import annotations

from pretraining.skills.relations_base import table

WORK = table("""
site #workplace | You work at {v}.
+ i work at {v} / i have a job at {v} / my workplace is {v} / {v} is where i work / i started working at {v}
? where do i work / where is my workplace / where do i have a job / at which place am i working
~ where i work / where my workplace is
job #job | You are {v} by trade.
+ i am {v} by trade / i work as {v} / i earn my living as {v} / by profession i am {v} / my trade is that of {v}
? what do i do for a living / what am i by trade / what do i work as / what is my profession
~ what i do for a living / what i work as
company #workplace | You are employed by {v}.
+ i am employed by {v} / {v} is my employer / i signed a contract with {v} / the company i work for is {v}
? who am i employed by / who is my employer / which company do i work for / what company employs me
~ which company i work for / who my employer is
person | You report to {v}.
+ i report to {v} / my reports go to {v} / {v} is the one i report to
? who do i report to / who gets my reports / to whom do i report
~ who i report to / who gets my reports
year ! | You started your job in {v}.
+ i started my job in {v} / {v} is when i started my job / i have been in this job since {v}
? when did i start my job / what year did i start my job / since when have i been in this job
~ when i started my job / what year i started my job
job ! | Your first job was being {v}.
+ my first job was being {v} / i started out as {v} / i began my working life as {v} / long ago, my first job was {v}
? what was my first job / what did i start out as / how did i begin my working life
~ what my first job was / what i started out as
clock | Your shift starts at {v}.
+ my shift starts at {v} / i start work at {v} / i have to be at work at {v} / work begins at {v} for me
? when does my shift start / what time do i start work / when do i have to be at work
~ when my shift starts / what time i start work
clock | Your shift ends at {v}.
+ my shift ends at {v} / i finish work at {v} / i can go home from work at {v}
? when does my shift end / what time do i finish work / when can i go home from work
~ when my shift ends / what time i finish work
floor | Your office is on {v}.
+ my office is on {v} / they moved my office to {v} / {v} is where my office is / you find my office on {v}
? which floor is my office on / what floor is my office on / on what floor do you find my office
~ which floor my office is on / what floor my office is on
person | You share an office with {v}.
+ i share an office with {v} / {v} sits in my office / the other desk in my office belongs to {v}
? who do i share an office with / who sits in my office / whose is the other desk in my office
~ who i share an office with / who sits in my office
count | The number of people in your team is {v}.
+ there are {v} people in my team / my team has {v} people / we are {v} people in the team
? how many people are in my team / how big is my team / how many people does my team have
~ how many people are in my team / how big my team is
day | You work from home on {v}.
+ i work from home on {v} / {v} is my home office day / my day at home instead of the office is {v}
? which day do i work from home / when do i work from home / what is my home office day
~ which day i work from home / when i work from home
money | Your weekly pay is {v}.
+ i earn {v} a week / my weekly pay is {v} / they pay me {v} a week / {v} is what i earn in a week
? how much do i earn a week / what do i earn in a week / what is my weekly pay
~ how much i earn a week / what my weekly pay is
count | The number of days of holiday you have left is {v}.
+ i have {v} days of holiday left / {v} days of holiday are left for me / there are {v} holidays left this year
? how many days of holiday do i have left / how much holiday is left for me / how many holidays are left
~ how many days of holiday i have left / how much holiday is left for me
person | The one who leads {project} is {v}.
+ {v} leads {project} / {project} is led by {v} / the lead of {project} is {v} / they put {v} in charge of {project}
? who leads {project} / who is in charge of {project} / by whom is {project} led
~ who leads {project} / who is in charge of {project}
when | The deadline of {project} is {v}.
+ the deadline of {project} is {v} / {project} is due {v} / we must finish {project} {v} / {project} has to be ready {v}
? when is {project} due / what is the deadline of {project} / when must we finish {project}
~ when {project} is due / when we must finish {project}
money | The budget of {project} is {v}.
+ the budget of {project} is {v} / we have {v} for {project} / {project} may cost {v} / they gave us {v} for {project}
? what is the budget of {project} / how much may {project} cost / how much do we have for {project}
~ how much {project} may cost / what the budget of {project} is
company | The client of {project} is {v}.
+ the client of {project} is {v} / we do {project} for {v} / {v} ordered {project} / {v} is the client of {project}
? who is the client of {project} / for which company do we do {project} / who ordered {project}
~ who the client of {project} is / who ordered {project}
person | The one who reviews your code is {v}.
+ {v} reviews my code / my code is reviewed by {v} / i send my code to {v} for review
? who reviews my code / by whom is my code reviewed / who do i send my code to for review
~ who reviews my code / who looks at my code
tool | You write code in {v}.
+ i write code in {v} / my editor is {v} / i use {v} as my editor / {v} is the editor i use / i switched my editor to {v}
? which editor do i use / what editor do i write code in / what is my editor
~ which editor i use / what my editor is
program | You program in {v}.
+ i program in {v} / {v} is my programming language / most of my programs are in {v} / i write everything in {v}
? what programming language do i use / which language do i program in / what do i program in
~ which programming language i use / what i program in
program | {project} is written in {v}.
+ {project} is written in {v} / we write {project} in {v} / the code of {project} is {v}
? what is {project} written in / which language is {project} written in / what language do we write {project} in
~ what {project} is written in / which language {project} uses
system | Your laptop runs {v}.
+ my laptop runs {v} / i installed {v} on my laptop / {v} is on my laptop / the operating system of my laptop is {v}
? what operating system is on my laptop / which system does my laptop run / what did i install on my laptop
~ which system my laptop runs / what operating system is on my laptop
port | {host} listens on port {v}.
+ {host} listens on port {v} / port {v} is used by {host} / {host} runs on port {v} / i set the port of {host} to {v}
? which port does {host} use / what port is {host} on / on which port does {host} listen
~ which port {host} uses / what port {host} listens on
system | {host} runs {v}.
+ {host} runs {v} / we installed {v} on {host} / {v} is the system on {host}
? what system does {host} run / which operating system is on {host} / what did we install on {host}
~ which system {host} runs / what system is on {host}
address_net | {host} is at {v}.
+ {host} is at {v} / the address of {host} is {v} / you reach {host} at {v} / we moved {host} to {v}
? what is the address of {host} / where can i reach {host} / at which address is {host}
~ at which address {host} is / what the address of {host} is
person | The one who looks after {host} is {v}.
+ {v} looks after {host} / the admin of {host} is {v} / {host} is in the care of {v}
? who looks after {host} / who is the admin of {host} / in whose care is {host}
~ who looks after {host} / who the admin of {host} is
often | {host} is backed up {v}.
+ {host} is backed up {v} / we back up {host} {v} / there is a backup of {host} {v}
? how often is {host} backed up / how often do we back up {host} / when is {host} backed up
~ how often {host} is backed up / how often we back up {host}
branch | Work on {project} happens on branch {v}.
+ work on {project} happens on branch {v} / {project} lives on branch {v} / use branch {v} for {project}
? which branch is {project} on / what branch do we use for {project} / on which branch is the work on {project}
~ which branch {project} is on / what branch we use for {project}
product | You test {project} with {v}.
+ i test {project} with {v} / we use {v} to test {project} / {v} is our test tool for {project}
? what do i test {project} with / which tool do we use to test {project} / how is {project} tested
~ what i test {project} with / which test tool {project} uses
product | You keep your passwords in {v}.
+ i keep my passwords in {v} / my password manager is {v} / {v} holds my passwords
? what do i keep my passwords in / which password manager do i use / what holds my passwords
~ which password manager i use / what holds my passwords
product #database | {project} uses the database {v}.
+ {project} uses the database {v} / the database of {project} is {v} / {v} is the database behind {project}
? which database does {project} use / what database is behind {project} / what is the database of {project}
~ which database {project} uses / what database is behind {project}
code | The build of {project} is {v}.
+ the build of {project} is {v} / {project} is at build {v} / we released build {v} of {project}
? what is the build of {project} / which build is {project} at / which build of {project} did we release
~ which build {project} is at / what the build of {project} is
site ! #studied | You went to school at {v}.
+ i went to school at {v} / my school was {v} / {v} is where i went to school
? where did i go to school / which school did i go to / what was my school
~ where i went to school / which school i went to
city ! #university | You studied in {v}.
+ i studied in {v} / my student years were in {v} / {v} is where i studied / i went to university in {v}
? where did i study / in which town did i go to university / where were my student years
~ where i studied / where i went to university
subject ! | Your degree is in {v}.
+ my degree is in {v} / i have a degree in {v} / i took a degree in {v} / what i graduated in was {v}
? what is my degree in / which subject is my degree in / what did i graduate in
~ what my degree is in / what i graduated in
person | The one who teaches you {subject} is {v}.
+ {v} teaches me {subject} / my {subject} teacher is {v} / i have {v} in {subject} / {subject} is taught by {v}
? who teaches me {subject} / who is my {subject} teacher / by whom is {subject} taught
~ who teaches me {subject} / who my {subject} teacher is
day | You have {subject} on {v}.
+ i have {subject} on {v} / {v} is when i have {subject} / my {subject} class is on {v}
? when do i have {subject} / which day is my {subject} class / on what day do i have {subject}
~ when i have {subject} / which day my {subject} class is
percent | Your result in the {subject} test was {v}.
+ i got {v} in the {subject} test / my result in the {subject} test was {v} / the {subject} test went well, i got {v}
? what did i get in the {subject} test / what was my result in the {subject} test / how much did i get in the {subject} test
~ what i got in the {subject} test / what my result in the {subject} test was
clock | {course} starts at {v}.
+ {course} starts at {v} / {course} begins at {v} / i have to be at {course} at {v}
? when does {course} start / what time does {course} begin / when do i have to be at {course}
~ when {course} starts / what time {course} begins
money | {course} costs {v}.
+ {course} costs {v} / i paid {v} for {course} / {course} cost me {v} / they ask {v} for {course}
? how much does {course} cost / what did i pay for {course} / what is the price of {course}
~ how much {course} costs / what i paid for {course}
person | The one who teaches {course} is {v}.
+ {v} teaches {course} / {course} is given by {v} / the teacher of {course} is {v}
? who teaches {course} / who is the teacher of {course} / by whom is {course} given
~ who teaches {course} / who gives {course}
site | {course} takes place at {v}.
+ {course} takes place at {v} / {course} is held at {v} / {v} is where {course} takes place
? where does {course} take place / where is {course} held / at which place is {course}
~ where {course} takes place / where {course} is held
""")
