"""The words of the grammar: places with the things and the deeds that belong to them.

No thing and no deed belongs to two places, so that what is asked about one place is asked about no other. Not
here: sentences (grammar.py).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Topic:
    """A place, things in the plural, and deeds in the third person."""

    place: str
    things: tuple[str, ...]
    deeds: tuple[str, ...]


def _topics(text: str) -> tuple[Topic, ...]:
    """Two lines each: the place with its things, then the deeds."""
    lines = text.strip().splitlines()
    found = []
    for first, deeds in zip(lines[::2], lines[1::2], strict=True):
        place, _, things = first.partition(": ")
        found.append(Topic(place, tuple(things.split(", ")), tuple(deeds.strip().split(", "))))
    return tuple(found)


TOPICS = _topics(
    """
bakery: loaves, rolls, pretzels, croissants, muffins
    lights the oven, kneads the dough, dusts the tins, fills the basket
library: novels, atlases, newspapers, dictionaries, comics
    sorts the returns, stamps the cards, dims the lamps, reads to the children
harbour: barges, rowing boats, buoys, anchors, nets
    checks the ropes, hoists the flag, counts the catch, signals the pilot
orchard: pears, plums, quinces, apricots, walnuts
    prunes the branches, waters the saplings, props up the ladders, fills the crates
bicycle workshop: saddles, pedals, chains, bells, inner tubes
    oils the hubs, trues the wheels, pumps the tyres, test-rides the tandem
pottery: vases, bowls, jugs, teapots, saucers
    wedges the clay, spins the wheel, mixes the glaze, unloads the kiln
aquarium: seahorses, eels, starfish, shrimps, crabs
    measures the salt, scrubs the glass, feeds the rays, tests the pumps
mountain hut: blankets, bunks, lanterns, ice axes, maps
    melts the snow, chops the wood, cooks the soup, writes the log
theatre: costumes, masks, wigs, trapdoors, spotlights
    learns the cue, raises the curtain, sews the hems, bows to the crowd
observatory: telescopes, mirrors, star charts, lenses, notebooks
    opens the dome, aligns the finder, notes the hour, waits for the moon
dairy: cheeses, churns, yoghurts, ladles, moulds
    skims the cream, salts the curds, turns the wheels of cheddar, rinses the vats
tailor's shop: jackets, waistcoats, buttons, zips, thimbles
    takes the measures, cuts the cloth, presses the seams, threads the machine
railway station: platforms, signals, trolleys, wagons, benches
    announces the express, waves the baton, punches the tickets, sweeps the hall
post office: parcels, stamps, postcards, scales, mailbags
    empties the letter box, weighs the packets, sorts the streets, locks the counter
apiary: hives, frames, smokers, honey jars, queens
    puffs the smoke, lifts the lid, catches the swarm, spins the honeycomb
museum: fossils, statues, paintings, coins, showcases
    dusts the bones, guides the tour, labels the finds, winds the old clock
bookbinder's: spines, ribbons, presses, brushes, sheets of leather
    folds the sheets, stitches the sections, warms the glue, gilds the edges
fire station: hoses, helmets, hydrant keys, ladders on wheels, axes
    tests the siren, rolls up the hose, polishes the engine, drills the crew
vineyard: vines, barrels, corks, pruning knives, baskets of grapes
    tastes the must, ties the shoots, cleans the press, seals the casks
glassworks: goblets, marbles, bottles, blowpipes, glass beads
    heats the furnace, blows the bubble, shapes the rim, cools the plate
zoo: otters, tapirs, lemurs, flamingos, tortoises
    chops the carrots, rakes the paddock, weighs the cubs, opens the night house
school kitchen: trays, saucepans, aprons, whisks, rolling pins
    peels the potatoes, stirs the sauce, lays the tables, wipes the counters
weather station: barometers, balloons, rain gauges, thermometers, antennas
    reads the dials, launches the sonde, sends the report, wipes the sensor
stable: ponies, bridles, horseshoes, haystacks, stirrups
    mucks out the boxes, brushes the manes, fills the trough, leads out the mare
toy shop: puppets, spinning tops, kites, dolls, toy trains
    winds the robots, wraps the gifts, dresses the window, glues the wing
garage: spark plugs, wing mirrors, jacks, exhausts, batteries
    drains the sump, checks the brakes, changes the bulb, charges the lift
print shop: posters, leaflets, inks, calendars, rubber rollers
    mixes the magenta, sets the type, dries the proofs, trims the margins
flower shop: tulips, dahlias, wreaths, ferns, watering cans
    snips the stems, ties the bouquets, sprays the orchids, chalks up the offer
lighthouse: lamps, foghorns, shutters, spiral steps, oil drums
    trims the wick, polishes the prism, logs the ships, sounds the horn
sawmill: planks, beams, chisels, logs, blades
    strips the bark, feeds the saw, stacks the boards, sharpens the teeth
"""
)

SYLLABLES = (
    *("mi", "ra", "to", "vel", "sa", "nor", "ki", "len", "do", "bri"),
    *("ta", "wen", "jo", "fer", "li", "gus", "ha", "pol", "zo", "mar"),
)
"""Of invented first names."""
