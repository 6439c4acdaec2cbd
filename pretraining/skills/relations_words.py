"""Word lists of the free-wording notes: who, what and where everyday facts are about.

Not here: how the words become slots (relations_slots.py) or values (relations_kinds.py).
"""

from __future__ import annotations

from pretraining.words import listed

RELATIVES = listed(
    "sister brother mother father aunt uncle cousin grandmother grandfather niece nephew wife husband partner "
    "daughter son stepson stepdaughter godmother godfather twin mum dad grandson granddaughter fiancee"
)
ACQUAINTANCES = listed(
    "neighbour boss teacher friend flatmate colleague coach landlord tutor manager roommate classmate client "
    "assistant intern pen-friend trainer guide mentor"
)
ROLES = listed(
    "dentist doctor hairdresser plumber mechanic lawyer accountant vet piano-teacher electrician cleaner "
    "gardener therapist optician babysitter tailor barber physiotherapist driving-instructor caretaker "
    "tax-adviser estate-agent midwife surgeon postman supervisor"
)
PETS = listed(
    "dog cat horse parrot rabbit hamster goldfish pony tortoise budgie canary ferret gecko snake kitten puppy "
    "duck hen goat sheep guinea-pig terrier spaniel donkey"
)
THINGS = listed(
    "bike laptop phone car guitar camera tent kayak lamp drill ladder suitcase backpack umbrella coat jacket "
    "scarf helmet watch ring wallet notebook diary passport printer kettle toaster oven fridge vacuum bicycle "
    "scooter motorbike van boat canoe sledge tripod telescope microscope violin cello trumpet drum accordion "
    "ukulele banjo piano keyboard monitor mouse headset tablet radio speaker charger torch hammer saw wrench "
    "screwdriver chisel rake spade shovel lawnmower wheelbarrow hose bucket broom mop iron hairdryer razor "
    "toothbrush towel blanket pillow duvet mattress sofa armchair desk chair bookcase wardrobe mirror rug "
    "curtain teapot saucepan wok blender juicer mug thermos lunchbox penknife compass map whistle racket "
    "football surfboard snowboard skateboard sewing-machine loom easel sketchbook album clock calculator "
    "necklace bracelet brooch hat cap sweater raincoat wetsuit hammock deckchair grill birdhouse aquarium"
)
PAPERS = listed(
    "passport will contract lease diploma ticket receipt visa prescription recipe manuscript invoice "
    "certificate letter warranty timetable permit logbook report thesis"
)
ROOMS = listed(
    "kitchen bathroom bedroom hall cellar attic garage balcony office study nursery pantry workshop shed "
    "greenhouse porch laundry garden library"
)
VEHICLES = listed("car van motorbike scooter boat truck camper tractor moped minibus bicycle canoe")
TOPICS = listed(
    "chess pottery rowing knitting archery yoga judo tennis climbing swimming fencing painting choir drumming "
    "baking juggling sailing surfing boxing karate badminton handball hockey gardening birdwatching dancing "
    "photography astronomy origami embroidery bridge hiking cycling running skating weaving calligraphy "
    "gymnastics volleyball squash snooker darts carpentry beekeeping geocaching"
)
SUBJECTS = listed(
    "maths physics chemistry biology history geography music art economics philosophy law medicine botany "
    "geology linguistics statistics astronomy architecture nursing engineering psychology sociology drama "
    "accounting theology politics archaeology"
)
LANGUAGES = listed(
    "Finnish Swedish Danish Dutch German French Spanish Italian Polish Czech Greek Turkish Arabic Hebrew Hindi "
    "Korean Japanese Welsh Irish Maltese Russian Estonian Basque Swahili Hungarian Norwegian Portuguese"
)
PROGRAMS = listed(
    "Python Rust Haskell Java Go Ruby Perl Erlang Kotlin Swift Lua Scala Julia Elixir Fortran OCaml"
)
EDITORS = listed("Vim Emacs Nano Helix Kate Sublime Eclipse Kakoune Neovim Zed Notepad")
SYSTEMS = listed("Debian Manjaro Ubuntu Arch Windows macOS FreeBSD OpenBSD Gentoo NixOS Alpine Android")
EVENTS = listed(
    "wedding exam interview concert picnic funeral barbecue christening workshop rehearsal conference "
    "inspection hearing reunion marathon auction seminar tournament recital festival match fair trial lecture "
    "checkup haircut audition graduation handover demo review housewarming quiz bake-sale parents-evening "
    "dress-fitting blood-test driving-test job-interview team-meeting birthday-party school-play"
)
BILLS = listed(
    "rent gas-bill water-bill internet insurance phone-bill gym-membership parking electricity-bill tax"
)
COURSES = listed("swimming-course first-aid-course evening-class pottery-class language-course cooking-class")
DISHES = listed(
    "soup pizza rice pasta salad bread cheese curry noodles pancakes honey tofu beans lentils olives mushrooms "
    "porridge dumplings tacos waffles figs yoghurt goulash risotto lasagne omelette paella stew quiche gnocchi "
    "couscous sushi ramen hummus falafel kebab toast muesli chowder dal ratatouille moussaka pie ravioli"
)
ALLERGENS = listed(
    "peanuts penicillin cats pollen shellfish dust latex eggs milk wheat soya strawberries wool aspirin nickel "
    "sesame mustard celery kiwi horses feathers walnuts ibuprofen mould perfume"
)
DRINKS = listed(
    "coffee tea cocoa cider lemonade water milk juice espresso cappuccino beer wine mate chai kefir"
)
FEARS = listed(
    "spiders heights thunder snakes needles lifts flying clowns darkness wasps crowds dogs bridges mice"
)
MATERIALS = listed(
    "oak pine leather wool silk linen steel brass copper glass plastic bamboo marble granite cotton velvet "
    "aluminium clay cork felt ivory denim titanium carbon slate"
)
ANIMALS = listed(
    "otters owls foxes bears whales hedgehogs elephants penguins bats badgers dolphins pandas crows"
)
GENRES = listed(
    "jazz opera folk techno blues reggae punk tango soul metal ska swing baroque rock hip-hop gospel"
)
STREETS = listed(
    "Elm Oak Mill Church Station Park Castle Bridge River Garden Maple Queen Harbour Market North Hill"
)
SITES = listed(
    "bakery hospital library school museum garage hotel bank brewery theatre pharmacy factory bookshop "
    "laundry restaurant airport nursery farm zoo shipyard post-office town-hall cinema gallery laboratory "
    "university police-station fire-station radio-station supermarket butcher florist cafe law-firm clinic"
)
JOBS = listed(
    "baker nurse teacher pilot farmer plumber painter singer dentist lawyer carpenter gardener driver cook "
    "tailor librarian engineer writer sailor electrician firefighter beekeeper translator welder optician "
    "surveyor chemist archivist midwife bricklayer journalist geologist waiter cashier programmer judge "
    "postman potter violinist shepherd locksmith glazier sculptor broker tutor zookeeper roofer florist"
)
HOLDERS = listed(
    "drawer cupboard shelf box tin bag basket chest suitcase jar cabinet locker glovebox safe trunk"
)
ORDINALS = listed("first second third fourth top bottom left right middle upper lower")
TITLE_WORDS = listed(
    "Lamp River Winter Garden Stranger Clock Island Letter Shadow Bridge Orchard Harbour Fox Mirror Storm "
    "Kingdom Piano Summer Road Sparrow Lantern Thief Ocean Castle Window"
)
REASONS = (
    "the rent was too high",
    "the roof leaks",
    "it is closer to the station",
    "the old one broke",
    "the doctor said so",
    "it is cheaper",
    "the noise was unbearable",
    "trains are more relaxing",
    "the screen cracked",
    "the coffee there is good",
    "the meetings were too long",
    "the winters are mild there",
    "it saves time",
    "the battery died",
    "the teacher was kind",
    "there was a strike",
    "the stairs are too steep",
    "a friend recommended it",
    "the light is better",
    "the shop closed",
    "it hurts less",
    "the deadline moved",
)


def spaced(word: str) -> str:
    """A compound of the lists as it is written in a sentence: "tax-adviser" is "tax adviser"."""
    return word.replace("-", " ") if word not in ("hip-hop",) else word
