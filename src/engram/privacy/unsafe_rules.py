"""What unsafe content sounds like: for each kind, an act and its object in one sentence, in English.

A word alone is seldom unsafe ("kill the process", "shoot a film"), so a rule asks for an act together with whom
or what it is done to. Insults that no dictionary prints are kept as hashes of their stems (unsafe.py). Not
here: how the rules are applied.
"""

from __future__ import annotations

import re

_PERSON = (
    r"(?:you(?:rself)?|u|him|her|them|me|us|someone|somebody|anyone|people|person|everyone|everybody|(?:my|your|his|her|their|the|that|this|a|an|our|these|those|all)\s"
    r"(?:\w+\s){0,2}?(?:wife|husband|boss|neighbou?rs?|brother|sister|mother|father|mom|mum|dad|son|daughter|kids?|child(?:ren)?|"
    r"girl(?:friend|s)?|boy(?:friend|s)?|ex|family|teachers?|class(?:mates?)?|co-?workers?|colleagues?|friends?|man|men|wom[ae]n|guys?|police|cops?|"
    r"officers?|judge|landlord|roommate|partner|spouse|person|people|baby|students?|immigrants?|crowd|school|dog|cat|pets?|animals?|face|throat|skull|grave))"
)
_HARM = (
    r"(?:kill(?! time\b)|murder|stab|strangle|poison|shoot|(?<!it )(?<!this )(?<!that )hurt|choke|suffocate|drown|slaughter|execute|assassinate|torture|maim|"
    r"behead|slit|punch|kidnap|abduct|rape|assault|molest|ambush|lynch|harm|slap)(?:ing|ed|s|ped|ped)?"
)
# What is also done to eggs, hair, news and records: only right before the person, and not to what is theirs.
_DONE_TO = (
    r"(?:beat(?:\sup)?|burn|gut|bury|smash|break|cut|drug|attack|hang|whip|crush|kick)(?:ing|ed|s|ped|ped)?\s(?!the (?:\w+ )?boss)"
    + _PERSON
    + r"\b(?!'s|\s(?:at|in|to|by|off|out|some|a|an|one)\b|\s(?:hair|nails|bangs|fringe|slack|cake|food|bread|steak))"
)
_MEANT = r"(?:i(?:'m| am)?|i'll|we(?:'ll)?|going|want|gonna|wanna|need|plan(?:ning)?|how (?:do|can|could|would|to)|best way|way|ways|ought|deserves?|should|will|let's|somebody|someone)"
_MAKE = r"(?:make|making|build|building|cook|cooking|synthesi[sz]e|synthesi[sz]ing|assembl\w+|create|creating|construct\w*|brew\w*|produc\w+|prepar\w+|mix(?:ing)?|3d[- ]print\w*|print(?:ing)?|manufactur\w+|extract\w*|wire|detonat\w+|set(?:ting)? off|plant(?:ing)?|smuggl\w+|buy(?:ing)?|get(?:ting)?|cultur\w+|grow(?:ing)?|obtain\w*|weaponi[sz]\w+|hide|hiding|sell(?:ing)?|import(?:ing)?)"
_WEAPON = (
    r"(?:(?:pipe|nail|car|petrol|fertili[sz]er|dirty|time|letter|home\s?made|suicide|nuclear|pressure[- ]cooker)[- ]?bombs?|(?<!bath )(?<!seed )(?<!cocoa )(?<!chocolate )(?<!yarn )(?<!photo )(?<!glitter )(?<!cherry )bombs?|explosives?|molotov\w*|ied|grenades?|napalm|thermite|tatp|anfo|c-?4 (?:charges?|explosives?)|silencers?|ghost guns?|"
    r"untraceable (?:gun|pistol|firearm|weapon)s?|(?:unregistered|illegal|automatic) (?:gun|pistol|firearm|weapon|rifle)s?|nerve (?:gas|agent)s?|sarin|ricin|vx|mustard gas|chlorine gas|poison gas|anthrax|botulinum|cyanide|bioweapons?|chemical weapons?|landmines?|detonators?|auto sear)"
)
_DRUG = r"(?:meth(?:amphetamine)?|crystal meth|cocaine|crack (?:cocaine|rocks?)|heroin|fentanyl|mdma|ecstasy|lsd|ghb|ketamine|rohypnol|roofies?|date[- ]rape drugs?|amphetamines?|dmt|opioids?|carfentanil|pcp)"
_GROUP = (
    r"(?:jews?|muslims?|christians?|hindus?|blacks|(?<!egg )whites|asians|arabs|mexicans|immigrants?|refugees?|migrants?|foreigners?|gays|lesbians?|homosexuals?|queers?|transgenders?|wom[ae]n|females?|the disabled|"
    r"gyps(?:y|ies)|africans|indians|latinos|hispanics|natives|catholics?|atheists?|autistics|"
    r"(?:black|white|asian|arab|mexican|gay|queer|trans(?:gender)?|disabled|roma|african|chinese|indian|latino|hispanic|indigenous|native|autistic|jewish|muslim) (?:people|persons?|men|man|folks?|kids?|children|families|guys?|neighbou?rs?)|(?:those|these|that|their|any|other) (?:people|race|religion|kind|lot|tribe|ethnic \w+)|(?:ethnic|religious|racial) minorit(?:y|ies)|minorities|(?:whole|entire|inferior) (?:race|religion|people))"
)
_LOWER = r"(?:sub-?humans?|vermin|parasites?|cockroach(?:es)?|animals?|rats?|scum|filth|filthy|inferior|plague|disease|savages?|criminals?|thieves|terrorists?|rapists?|trash|garbage|dirt|monkeys?|apes?|pigs?|stupid|lazy|dirty|evil|worthless|less intelligent|less human|not (?:really )?human|degenerates?|abominations?|mentally ill|subservient|breeding like)"
_INSULT = r"(?:idiots?|morons?|imbeciles?|stupid|dumb(?:ass)?|worthless|pathetic|useless|losers?|trash|garbage|scum|filth|pigs?|bitch\w*|whores?|sluts?|bastards?|assh\w+|dick(?:head)?|c[u*]nts?|f[u*]ck\w*|sh[i*]t\w*|retard\w*|freaks?|disgusting|ugly|fat cow|cow|waste of (?:space|air|oxygen|skin)|piece of (?:sh[i*]t|crap|trash|garbage)|nobody (?:likes|loves|wants)|brainless|braindead|subhuman|vermin|clown|coward|failure|cretin|wretch|parasite|spineless|joke of a)"
_FOUL = r"(?:idiots?|morons?|imbeciles?|dumbass|bitch\w*|whores?|sluts?|bastards?|assh\w+|dickhead|c[u*]nts?|f[u*]ck\w*|retard\w*|subhuman|vermin|cretin|brainless|braindead|spineless|piece of (?:sh[i*]t|crap|trash|garbage)|waste of (?:space|air|oxygen|skin))"
_CHILD = r"(?:child(?:ren)?|kids?|minors?|under-?age\w*|toddlers?|pre-?teens?|school\s?(?:girl|boy)s?|(?:little|young) (?:girl|boy)s?|(?:[5-9]|1[0-7])[- ]?(?:year|yr)s?[- ]olds?|teen(?:age)?(?:r|d)?s?|infants?|babies)"
_SEX = r"(?:sex(?:ual(?:ly)?|t)?|porn\w*|nudes?|naked|nude|erotic\w*|undress\w*|explicit (?:photos?|pictures?|videos?|images?|stor(?:y|ies)|scenes?|content)|fondl\w*|molest\w*|groomed|grooming|strip (?:naked|for)|intimate photos?|fetish)"
_SELF = r"(?:my\s?self|yourself|themselves|himself|herself|ur\s?self)"

# A people that no list knows, by its ending, but not a trade, a way of life or a breed that ends so.
_NO_PEOPLE = (
    r"(?!(?:musici|politici|technici|physici|electrici|magici|mathematici|optici|clinici|dietici|statistici|histor|libr|"
    r"vegetar|pedestr|civil|comed|guard|custod|veterinar|dalmat|meridi)i?ans?\b)"
)
_ANY_GROUP = (
    rf"(?:group [a-z0-9]+|(?:those|these|all|every|filthy|dirty|damn) {_NO_PEOPLE}[a-z]{{3,20}}(?:ians?|ese)\b|"
    rf"\b{_NO_PEOPLE}[a-z]{{4,20}}ians\b|people (?:from|of) [a-z]+)"
)

RULES: dict[str, tuple[str, ...]] = {
    "violence": (
        rf"\b{_MEANT}\b[^.?!\n]{{0,60}}\b{_HARM}\b[^.?!\n]{{0,12}}?\s{_PERSON}\b(?!'s)",
        rf"\b{_MEANT}\b[^.?!\n]{{0,60}}\b{_DONE_TO}",
        rf"\b(?:{_HARM}\s{_PERSON}|{_DONE_TO})\b[^.?!\n]{{0,60}}\b(?:without (?:getting caught|a trace|leaving)|in (?:his|her|their|your) sleep|to death|tonight|slowly|if (?:you|he|she|they)|bleed|suffer|unnoticed|and hide)",
        r"\b(?:i know where you live|you(?:'re| are) (?:a )?dead(?: man| meat)?\b|watch your back|you(?:'ll| will) (?:regret (?:it|this|that)|pay for (?:it|this|that)|bleed|suffer|wish you)|you won't (?:see (?:it coming|tomorrow|the)|live)|i(?:'ll| will) (?:end|ruin|destroy) (?:you|him|her|them|(?:your|his|her|their) (?:life|family|career))|i(?:'ll| will) (?:find|come for|get) you(?=[.!?,]|$| and| one day| when)|put (?:you|him|her|them) in (?:the ground|a coffin|hospital)|put a bullet|make (?:you|him|her|them) (?:pay|suffer|bleed|disappear)|last warning|your last day (?:alive|on earth)|rot in (?:hell|prison|jail)|your (?:house|car|family|kids) (?:will|is going to) burn)",
        r"\b(?:hire|pay|find)\b[^.?!\n]{0,30}\b(?:hit ?man|assassin|contract killer)",
        r"\b(?:dispos\w+ of|hide|get rid of|dissolve)\b[^.?!\n]{0,20}\b(?:body|corpse|bodies|remains)",
        r"\b(?:mass|school) shooting\b[^.?!\n]{0,60}\b(?:plan|how|my|do)",
        r"\bshoot up (?:the|a|my|his|her|their|this|that|your)\b",
        r"\b(?:bodies|body count|casualties)\b[^.?!\n]{0,40}\b(?:maximi[sz]e|most)",
        r"\b(?:maximi[sz]e|most|as many)\b[^.?!\n]{0,30}\b(?:casualties|victims|deaths|people as possible)",
        r"\b(?:knife|bullet|gun|axe|noose|grave|coffin|rope)\b[^.?!\n]{0,25}\b(?:with your name|for you|waiting for you|has your)",
        r"\b(?:see|watch|make|hear) (?:you|him|her|them) (?:bleed|suffer|beg|scream|die|burn|cry)\b",
        r"\bhostages?\b[^.?!\n]{0,20}\bd(?:ie|ies|ead)\b",
        r"\bbreak (?:every bone|your|his|her|their) ?(?:bones?|legs?|neck|arms?|jaw|kneecaps?|fingers|nose|in your body)?",
        r"\b(?:throw|push|shove) (?:you|him|her)\b[^.?!\n]{0,20}\b(?:off|under|down|out of|in front)\b",
        r"\bdeserves? to (?:be (?:stabbed|shot|killed|beaten|hanged|punished|raped|burned|hurt)|die|suffer|bleed)\b",
        r"\bwe(?:'re| are) coming for (?:you|him|her|your)\b(?! (?:at|on|for|in|to)\b)",
        r"\byou have (?:one|two|\w+) (?:days?|hours?)\b[^.?!\n]{0,30}\bor (?:i|we|you|else)\b",
        r"\b(?:pay|do it|obey|leave)\b[^.?!\n]{0,25}\bor (?:i|we)(?:'ll| will)\b",
        r"\bi(?:'ll| will| am going to|'m going to)\b[^.?!\n]{0,30}\b(?:acid|(?:kill|stab|hurt|burn|bury|cut) (?:you|him|her|them|your|his|their))\b(?! (?:off|hair|nails|out|some|a|an)\b)",
        r"\b(?:ich (?:bring|mach|stech|schlag|erschie\w+|töte?) (?:dich|euch|ihn|sie)|(?:dich|ihn|sie) (?:umbringen|töten|abstechen|erschießen)|je vais (?:te|le|la|vous) (?:tuer|frapper|crever|buter)|te voy a (?:matar|pegar|romper)|ti (?:ammazzo|uccido|spacco)|vou te (?:matar|bater)|zabiję cię|jag ska döda|ik maak je (?:dood|kapot)|te mato)\b",
    ),
    "weapons": (
        rf"\b{_MAKE}\b[^.?!\n]{{0,50}}\b{_WEAPON}\b",
        rf"\b{_WEAPON}\b[^.?!\n]{{0,40}}\b(?:instructions?|recipe|at home|steps?|ingredients|step[- ]by[- ]step|blueprints?|under (?:his|her|their|a) car|in (?:a|the) (?:crowd|station|school|mall|subway|airport))",
        r"\b(?:convert|turn|modify)\b[^.?!\n]{0,40}\b(?:full(?:y)?[- ]auto\w*|machine gun)",
        r"\b(?:gun|pistol|knife|blade|weapon|explosive|bomb|drug|razor)s?\b[^.?!\n]{0,30}\b(?:past|through) (?:airport |metal )?(?:security|detectors?)\b",
        r"\b(?:past|through) (?:airport |metal )?(?:security|detectors?)\b[^.?!\n]{0,30}\b(?:gun|pistol|knife|blade|weapon|explosive|bomb|drug)s?\b",
        r"\bfile off\b[^.?!\n]{0,20}\bserial",
        r"\b(?:blow(?:ing)? up|bomb|detonate|destroy|derail|sabotage|attack)\b[^.?!\n]{0,25}\b(?:town hall|building|school|bridge|train|station|church|mosque|synagogue|plane|airport|stadium|hospital|embassy|office|parade|crowd|power (?:grid|plant|station)|subway|market|concert|dam)\b",
        r"\b(?:untraceable|undetectable|lethal|deadly)\b[^.?!\n]{0,15}\b(?:poison|toxin|gas|dose)",
        r"\bpoison\b[^.?!\n]{0,25}\b(?:for a person|nobody|no one|undetect\w*|untrace\w*|leaves no)",
        r"\bterrorists?\b[^.?!\n]{0,25}\b(?:make|build|vests?|recipe|manual)",
        r"\bacid\b[^.?!\n]{0,15}\bthrow\b",
        r"\b(?:drone|rocket)s?\b[^.?!\n]{0,25}\b(?:drops? (?:explosives?|bombs?|grenades?)|explosives? on)",
        r"\binto (?:grenades?|bombs?|explosives?|a weapon)\b",
        r"\b(?:spread|release|disperse|mail|aerosoli[sz]e)\b[^.?!\n]{0,20}\b(?:anthrax|smallpox|plague|ricin|sarin|nerve gas|a virus|poison gas|chlorine|pathogen)",
        r"\b(?:print|make|smuggle|carry)\b[^.?!\n]{0,12}\b(?:guns?|pistols?|knife|blade|rifle)\b[^.?!\n]{0,30}\b(?:no detector|detectors?|past|metal detector|school|onto (?:a|the) plane|untraceable|serial)",
        r"\b(?:wie (?:baue?|mache?|bastle) (?:ich|man)|cómo (?:hago|hacer|fabrico|fabricar|construir)|comment (?:fabriquer|faire|construire)|come (?:costruisco|costruire|fare|fabbricare)|como (?:faço|fazer|fabricar|construir)|jak zrobić|hoe maak ik)\b[^.?!\n]{0,30}\b(?:bomb\w*|sprengstoff\w*|sprengsatz|explosi\w+|explosiv\w*|granat\w*|veneno|poison|gift\w*|arme\w*|pistol\w*|waffe\w*|molotov\w*|bombe\w*|bomba\w*|meth|droga\w*|drogue\w*)",
    ),
    "drugs": (
        rf"\b{_MAKE}\b[^.?!\n]{{0,40}}\b{_DRUG}\b",
        r"\b(?:spik(?:e|ed|ing)|drug(?:ged|ging)?|slip(?:ped|ping)?|(?:put|putting) (?:something|\w* ?(?:pills?|drugs?|powder|poison|laxatives?|ghb|roofies?|eye ?drops)))\b[^.?!\n]{0,40}\b(?:her|his|their|someone'?s?|a girl'?s?)\s(?:drink|food|glass|tea|coffee)",
        rf"\b(?:sell|deal|traffic|move)\w*\b[^.?!\n]{{0,20}}\b{_DRUG}\b",
        rf"\b{_DRUG}\b[^.?!\n]{{0,30}}\b(?:dealer|from scratch|at home|to (?:kids|teenagers|students))",
    ),
    "self-harm": (
        rf"\b(?:kill|hurt|harm|cut(?:ting)?|hang|starv\w+|end|drown|shoot|poison|burn)\w*\s{_SELF}\b",
        r"\b(?:end|take|ending|taking) (?:my|your|it all|their) (?:own )?li(?:fe|ves)\b",
        r"\bend it all\b",
        r"\b(?:suicid\w*)\b[^.?!\n]{0,50}\b(?:method|painless|how|way|note|best|plan|pact|quick|tonight|easiest)",
        r"\b(?:method|painless|how|way|best|plan|easiest|write|quickest)\b[^.?!\n]{0,40}\bsuicid\w*",
        r"\b(?:painless|quick|easiest|least painful|peaceful)\b[^.?!\n]{0,20}\b(?:way|ways|method|how)?\b[^.?!\n]{0,12}\b(?:to die|death)\b",
        r"\b(?:painless|least painful|peaceful)\b[^.?!\n]{0,20}\b(?:way|ways) to go\b",
        r"\b(?:want|wish|ready|better off|deserve|going|hope)\b[^.?!\n]{0,20}\b(?:to die|(?:be|was|were) dead|never (?:been )?born|not (?:to )?be alive|not wake up)\b",
        r"\b(?:no reason|don't want|tired|can't go on|sick) (?:to |of )?(?:liv(?:e|ing)|be(?:ing)? alive)\b",
        r"\bkys\b",
        r"\bbetter off dead\b",
        r"\b(?:go|please) (?:and )?(?:die|jump off)\b(?! (?:on|when|in)\b)",
        r"\b(?:you|u|should|can|to|and|why not) just (?:go )?die(?:[.!?]|$)",
        r"\boverdose\b[^.?!\n]{0,40}\b(?:how|many|pills|on purpose|enough)",
        r"\bhow many\b[^.?!\n]{0,40}\b(?:pills|tablets|sleeping)\b[^.?!\n]{0,30}\b(?:die|kill|fatal|lethal|overdose|not wake)",
        r"\bself[- ]harm\b[^.?!\n]{0,40}\b(?:hide|tips|how|tricks)",
        r"\b(?:hide|hiding)\b[^.?!\n]{0,30}\b(?:cuts|scars|eating disorder|purging)\b",
        r"\bpro[- ]ana\b",
        r"\b(?:purging|stop eating|starve)\b[^.?!\n]{0,40}\b(?:without|secret|nobody|parents|weight)",
        r"\b(?:cut|cutting|carve|carving|burning|bruise|bruising)\b[^.?!\n]{0,12}\b(?:your|their|my) (?:own )?(?:arms?|wrists?|legs?|thighs?|skin|body)\b",
        r"\b(?:cuts|scars) on (?:your|my) (?:wrists?|arms?)\b",
        r"\blife (?:isn't|is not|is no longer|ain't) worth\b",
        r"\bpact to die\b",
        r"\bdie together\b",
        r"\bstop eating until\b",
        r"\bhow many pills\b",
        r"\bnever wake up(?: again|[.!]|$)",
        r"\b(?:brave|strong) (?:enough )?to (?:finish|end) it\b",
        r"\b(?:do|did) everyone a favou?r and\b",
        r"\bhow (?:long|deep|high)\b[^.?!\n]{0,40}\b(?:to die|before (?:i|you) die|bleed out|fatal|kill me)\b",
        r"\b(?:tie|make) a noose\b",
        r"\bjump(?:ing)? (?:off|from) (?:the|a) (?:bridge|roof|building)\b[^.?!\n]{0,30}\b(?:i|you|me|end)\b",
        r"\b(?:suicide-toi|tue-toi|bring dich um|häng dich auf|erschieß dich|mátate|suicídate|ammazzati|ucciditi|se mata|mate-se|wie (?:bringe|nehme) ich mi(?:ch|r) (?:um|das leben)|cómo (?:suicidarme|me mato)|comment (?:me suicider|en finir|mourir)|come (?:suicidarmi|mi uccido)|(?:selbstmord|suicidio|suicídio)\b[^.?!\n]{0,30}(?:schmerzlos|methode|sin dolor|sem dor|senza dolore))",
    ),
    "hate": (
        rf"\b{_GROUP}\b[^.?!\n]{{0,40}}\b(?:are|is|were|all|nothing but|as|like)\b[^.?!\n]{{0,25}}\b{_LOWER}\b",
        rf"\b(?:hate|despise|exterminate|deport|eradicate|wipe out|gas|eliminate|get rid of|lynch|cleanse|purge|ban|kill|burn|shoot|beat|sterili[sz]e|enslave|can't stand|cannot stand|keep out|send back)\b[^.?!\n]{{0,20}}\b(?:all |the |every |those |these |any )?{_GROUP}\b",
        rf"\b{_GROUP}\b[^.?!\n]{{0,40}}\b(?:should (?:all )?(?:be (?:exterminated|killed|deported|banned|shot|gassed|sterili[sz]ed|locked|burned|wiped|hanged|lynched|enslaved)|die|leave|not (?:be allowed|exist|vote|breed))|don'?t (?:belong|deserve)|ruin(?:ing|ed)?|destroy(?:ing)?|go back|deserve (?:to|what|it)|control the|have no (?:place|right)|belong in (?:the kitchen|camps|cages|ovens))",
        r"\b(?:white|racial|aryan) (?:power|supremacy|purity|superiority|master race)\b",
        r"\bmaster race\b",
        r"\bheil\b",
        r"\bgas chambers?\b[^.?!\n]{0,30}\b(?:again|should|back|joke)",
        r"\bethnic(?:ally)? cleans\w+",
        r"\bgo back (?:to )?(?:(?:your|their|ur) (?:own )?(?:country|countries|land|lands|continent|jungle|desert|homeland)|where (?:you|they) (?:came|come|belong|crawled))\b",
        r"\brace war\b",
        r"\bhitler was right\b",
        r"\bholocaust\b[^.?!\n]{0,30}\b(?:hoax|lie|never|fake|didn't)",
        rf"\b{_ANY_GROUP}\b[^.?!\n]{{0,40}}\b(?:are|is|were|like|as|be|exist)\b[^.?!\n]{{0,30}}\b(?:{_LOWER}|perverts?|not human|a burden|put in|wiped out|punished|to serve|liars?|cheats?|born (?:criminals?|stupid)|the reason|to blame|deserve)",
        rf"\b(?:hate|despise|cleanse|exterminate|deport|hit|beat|burn|shoot|ban|kill|get rid of|keep out|rid of|banish|expel|lock up)\b[^.?!\n]{{0,30}}\b{_ANY_GROUP}",
        rf"\b{_ANY_GROUP}\b[^.?!\n]{{0,40}}\b(?:go home|must not|should not|shouldn't|should never|cannot be trusted|can't be trusted|get rid|out of (?:our|this|my)|must (?:be|go|die|leave|pay)|(?:spread|steal|breed|ruin|infest|poison)\w*|goes? back|don't deserve|buried|inferior|savages|cages|should (?:all )?(?:be|die|go|leave))",
        r"\b(?:les gens du|los del?|die von|le persone del|gente del?|os do|die|les|los|las|os|gli|i) (?:groupe? |grupo |gruppo |gruppe )?[a-z\u00e0-\u00ff]{1,18}\b[^.?!\n]{0,25}\b(?:sont (?:des|tous des) (?:parasites|animaux|rats|voleurs|sous-hommes|déchets|cafards)|son (?:escoria|animales|basura|ratas|ladrones|parásitos|una plaga)|sind (?:abschaum|ungeziefer|tiere|parasiten|ratten|dreck|untermenschen)|sono (?:parassiti|animali|feccia|bestie|ratti)|são (?:lixo|animais|ratos|parasitas|vermes))",
        r"\b(?:ausländer raus|dehors les|fuera los|fuori gli|vergas\w+)\b",
        r"\bnot (?:a )?crime to (?:hit|kill|beat|hurt)\b",
    ),
    "abuse": (
        rf"\b(?:you(?:'re|r)?|u|ur|she(?:'s)?|he(?:'s)?|they(?:'re)?)\b[^.?!\n]{{0,30}}\b(?:{_FOUL})\b",
        rf"\b(?:you|u|ur|she|he|they)\s?(?:'re|'s|r|are|is|were|was)?(?:\s(?:a|an|such|so|just|all|nothing|but|really|too|very|the|of|total|absolute|complete|utter|little|biggest|most|always|still|know|and|bunch|\w+ly)){{0,4}}\s(?:{_INSULT})(?! (?:at|collect\w+|duty|call|test\w*|cases?))\b",
        rf"\b(?:shut (?:up|your)|f[u*]ck (?:you|off|your|him|her|them|this)|screw you|go to hell|drop dead|eat sh[i*]t|piss off|get lost,? you|stfu|gtfo|{_INSULT} like you|you people make me sick|no one (?:likes|loves|wants|will ever) (?:you|love)|nobody (?:likes|loves|wants|would miss|cares about) (?:you|u)|(?:world|everyone|we) (?:would|will|'d) be better (?:off )?without you)\b",
        r"\btrack(?:ing)?\b[^.?!\n]{0,12}\b(?:(?:her|him|my (?:ex|wife|husband|girlfriend|boyfriend)'?s?|someone'?s?)\b(?: (?:phone|location|car|whereabouts|down|secretly|without)|$)|(?:her|his) (?:phone|location|car|whereabouts))",
        r"\b(?:blackmail|stalk|dox+|harass|bully|humiliate|gaslight|spy on|intimidate)(?:ing|ed|s|ling|l)?\b[^.?!\n]{0,20}\b(?:her|him|my|this|that|a|the|someone|people|them|ex|girl|woman)\b",
        r"\b(?:send|sending|post|leak|share)\b[^.?!\n]{0,20}\b(?:death threats|revenge porn|(?:her|his|my ex'?s?) (?:nudes?|private|intimate|naked))",
        r"\bmak(?:e|es|ing) (?:you|her|him|them|someone|people|everyone|(?:my|this|that|the) \w+)\b[^.?!\n]{0,12}\b(?:feel )?(?:worthless|miserable|afraid|scared|cry|suicidal|insecure|quit|lonely)\b",
        r"\b(?:message|call|text|insult|report|mock|spam)\b (?:her|him|them|my \w+)[^.?!\n]{0,25}\b(?:until (?:he|she|they) (?:quits?|cries|cry|breaks?|answers?|gives?|leaves?)|a hundred times|so that (?:he|she|they))\b",
        r"\b(?:insult|mock|spam|harass) (?:her|him|them|my \w+)\b[^.?!\n]{0,25}\bevery (?:day|hour|night)\b",
        r"\b(?:find|found|figure|tell|show|post|leak|share|publish|knows?)\b[^.?!\n]{0,20}\bwhere (?:she|he|they) lives?\b",
        r"\b(?:no one|nobody) (?:would|will) (?:miss|ever (?:love|like|want))",
        r"\b(?:creepy|fat|ugly|stupid|dumb|filthy|pathetic|disgusting|useless) (?:weirdo|cow|pig|bitch|idiot|loser|freak|slob|moron|face|hag|rat|creature)\b",
        r"\b(?:insults?|rumou?rs?|lies|fake (?:profile|account))\b[^.?!\n]{0,40}\b(?:cry|hurt|about (?:my|her|him)|humiliate|classmate|coworker|ruin|lose (?:her|his))",
        r"\b(?:giving birth to|such) (?:trash|garbage|filth)\b",
        r"\bpost (?:her|his|their|my ex\S*) (?:photos?|pictures?|address|number)\b",
        r"\b(?:everyone|whole (?:school|class|office)|we all) (?:(?:hates?|despises?) (?:you|her|him)|laughs? at you)\b",
        r"\byou (?:make me sick|disgust me|should be ashamed|don't deserve)\b",
        r"\b(?:eres (?:una?|tan) (?:basura|idiota|inútil|mierda|imbécil|puta|estúpid[oa])|nadie te quiere|du bist (?:ein|eine|so) (?:idiot|schwein|dreck|nichts|abschaum|hure|versager|dumm|häßlich|hässlich|wertlos)\w*|halt(?:'s| die) (?:maul|fresse)|verpiss dich|hurensohn|t'es qu'un\w*|tu es (?:un|une) (?:merde|idiot\w*|con\w*|déchet|ordure|minable)|ferme ta gueule|connard|salope|sei (?:un|una) (?:idiota|merda|stronz[oa]|schifo|fallit[oa])|vaffanculo|você é (?:um|uma) (?:lixo|idiota|merda)|cala a boca|hijo de puta|puta madre|kurwa|klootzak)\b",
    ),
    "sexual": (
        rf"\b{_SEX}\b[^.?!\n]{{0,50}}\b{_CHILD}\b",
        rf"\b{_CHILD}\b[^.?!\n]{{0,50}}\b{_SEX}\b",
        r"\b(?:rape|raping|raped)\b[^.?!\n]{0,30}\b(?:her|him|you|fantasy|someone|a|my)",
        r"\b(?:non-?consensual|without (?:her|his|their) (?:consent|knowing|knowledge|permission))\b[^.?!\n]{0,40}\b(?:sex\w*|film\w*|video|photo\w*|nude|touch\w*|undress\w*)",
        r"\b(?:sex\w*|film\w*|record\w*|photo\w*|nudes?|touch\w*|undress\w*|deepfake)\b[^.?!\n]{0,50}\b(?:non-?consensual\w*|without (?:her|his|their) (?:consent|knowing|knowledge|permission)|while (?:she|he) (?:sleeps|is asleep|is passed out))",
        r"\bdeepfake\b[^.?!\n]{0,40}\b(?:porn|nude|naked|undress)",
        r"\b(?:hidden|secret) camera\b[^.?!\n]{0,50}\b(?:bathroom|changing|shower|bedroom|locker|toilet)",
        r"\bforce\w*\b[^.?!\n]{0,25}\b(?:sex|sleep with|(?:himself|yourself|themselves) (?:on|upon))\b",
        r"\bupskirt\b",
        r"\b(?:explicit|hardcore|steamy|kinky|smutty)\b[^.?!\n]{0,15}\b(?:sex|scene|story|fantasy|roleplay)\b",
        r"\b(?:graphic|dirty) (?:sex|fantasy|roleplay)\b",
        r"\bporn\w*\b[^.?!\n]{0,40}\b(?:about|of|with|me|my|captions?|actress|teacher|celebrity|write|generate)",
        r"\b(?:write|generate|make|describe)\b[^.?!\n]{0,20}\bporn\w*",
        r"\btalk dirty\b",
        r"\b(?:nice|big|huge|show (?:me )?(?:your|them)?) (?:tits|boobs|ass|dick|cock|pussy)\b",
        r"\bi (?:grabbed|groped|touched|fondled) (?:her|him|a)\b",
        r"\b(?:have|having|want) sex with (?:you|me|her|him|my)\b",
        r"\b(?:hands?|fingers?|reach(?:ed)?|get|getting)\b[^.?!\n]{0,20}\b(?:down|in|inside|into) (?:my|your|her|his) (?:pants|panties|underwear)\b",
        r"\b(?:she|he) (?:said no|refus\w+|keeps? (?:saying no|refusing)|is drunk|was asleep|passed out)\b[^.?!\n]{0,40}\b(?:make|anyway|sleep with|sex|do it)",
        r"\bsleep with me\b[^.?!\n]{0,30}\b(?:refus\w+|no|won't|persuade|drunk)",
        r"\bnaked (?:video|body|pics?|photos?|chat|pictures?)\b[^.?!\n]{0,20}",
        r"\b(?:my|your) naked body\b",
        r"\bwhat (?:are you|you are|you're) wearing(?: right now| now| tonight| under\w*)?\W*$",
        r"\b(?:send|show|give)\b[^.?!\n]{0,15}\b(?:nudes?|naked|tits|boobs|dick pics?)\b",
        r"\bmake me (?:come|cum)\b",
        r"\b(?:suck|lick|ride|spank|moan)\w*\b[^.?!\n]{0,15}\b(?:my|your|me|it|you)\b[^.?!\n]{0,12}\b(?:cock|dick|body|pussy|all over|naked)",
        r"\b(?:fotos? (?:tuyas? )?desnud[oa]s?|fotos de ti desnuda|photos? de toi nue?|nacktfotos?|nacktbilder|foto (?:tue )?nud[ae]|fotos (?:suas )?nua|envoie-moi des (?:nudes|photos)|schick mir (?:nackt|fotos von dir)|mándame fotos|mandami foto|manda (?:fotos|nudes))\b",
    ),
    "crime": (
        r"\b(?:steal(?:s|ing)?|hack(?:s|ed|ing)?|break(?:s|ing)? into|skim(?:s|med|ming)?|phish(?:ing)?|launder(?:s|ed|ing)?|counterfeit(?:s|ed|ing)?|forg(?:e|es|ed|ing)|rob(?:s|bed|bing)?|hijack(?:s|ed|ing)?|shoplift(?:s|ed|ing)?|(?:clon(?:e|es|ed|ing)|crack(?:s|ed|ing)?|bypass(?:es|ed|ing)?)(?![^.?!\n]{0,40}\b(?:repo\w*|branch|project|code|jokes?|eggs?|ribs?|back|knuckles|whip|shell|tooth|phone screen|screen|town|valve|surgery)\b))\b[^.?!\n]{0,40}\b(?:(?:his|her|their|someone(?:'s| else's)|my (?:ex|neighbou?r|boss|wife|husband|girlfriend|boyfriend|roommate)'?s?|other people'?s|strangers?'?|victims?'?|an? (?:old|elderly)|people'?s?)\b|credit cards?|bank accounts?|identit(?:y|ies)|car without|atms?|money|passports?|(?:20|50|100)[- ](?:dollar|euro) (?:bills?|notes?)|house at night|houses?|stores?|prescriptions?|id cards?|licen[cs]e)",
        r"\b(?:ransomware|keylogger|botnet|phishing (?:mail|email|page|site|kit)|malware|spyware|trojan|computer virus|worm)\b[^.?!\n]{0,50}\b(?:write|build|deploy|spread|victims?|infect|steal|undetect\w*|her|his|employer|hospital|send)",
        r"\b(?:write|build|make|code|create|install|spread|deploy|give me|send)\b[^.?!\n]{0,30}\b(?:ransomware|keylogger|botnet|phishing (?:mail|email|page|site|kit)|malware|spyware|trojan|computer virus|stalkerware)\b",
        r"\b(?:scam(?:s|med|ming)?|defraud\w*|con(?:s|ned|ning)?|swindl\w+|trick(?:s|ed|ing)?)\b[^.?!\n]{0,30}\b(?:old (?:people|men|man|women|woman|lad(?:y|ies)|folks?)|elderly|grandm\w+|grandp\w+|pensioners?|widow\w*|seniors|victims?|retire\w*|lonely)",
        r"\b(?:scam|defraud|swindle|con)(?:s|ing|ming|ning)? people\b",
        r"\bhuman traffick\w*\b[^.?!\n]{0,30}\b(?:how|start|recruit)",
        r"\b(?:fake|forged?|stolen) (?:passports?|ids?|prescriptions?|credit cards?|licen[cs]es?)\b",
        r"\b(?:kidnap|ransom)\w*\b[^.?!\n]{0,30}\b(?:child|kid|daughter|son|note|demand)",
        r"\b(?:burn(?:s|ing|ed|t)?(?: down)?|set(?:s|ting)? fire to|torch(?:ed|ing)?|arson (?:at|of|on|in)) (?:the|his|her|their|my|our|your|a|an|this|that|someone'?s?)\b[^.?!\n]{0,20}\b(?:house|mosque|church|synagogue|school|shop|car|apartment|building|office)\b",
        r"\b(?:poison|poisoning|contaminat(?:e|ing)|taint(?:ing)?) (?:the|his|her|their|my|our|a|an|this|that|someone'?s?)\b[^.?!\n]{0,20}\b(?:water supply|reservoir|food|well|dog|cat|drink|neighbou?r)",
        r"\b(?:lur(?:e|ing)|grooming|groom a)\b[^.?!\n]{0,30}\b(?:underage|a (?:child|minor|kid)|children|kids)\b",
        r"\bmeet\b[^.?!\n]{0,30}\bunderage\b",
        r"\b(?:jihad|terror(?:ist)? (?:attack|cell|plot))\b[^.?!\n]{0,30}\b(?:join|plan|how|recruit|start)",
        r"\b(?:join|plan|how|recruit|start)\b[^.?!\n]{0,40}\b(?:terror(?:ist)? (?:attack|cell|plot|group)|isis|al-?qaeda)\b",
        r"\bavoid getting caught\b(?! (?:in|up|out)\b)[^.?!\n]{0,40}\b(?:after|for)\b",
        r"\b(?:fentanyl|heroin|meth|cocaine|poison)\b[^.?!\n]{0,40}\b(?:i sell|to sell|customers|cut it|pills)\b",
        r"\b(?:sell|sells|selling|make|print|buy)\b[^.?!\n]{0,15}\b(?:counterfeit|forged|stolen|fake (?:money|ids?|passports?|documents?|notes|bills|cards?|licen[cs]es?|prescriptions?|designer|watches|rolex\w*))\b",
        r"\bhot-?wir\w+\b",
        r"\b(?:bribe|blackmail|extort|threaten|coerce)\b[^.?!\n]{0,25}\b(?:inspector|judge|officer|official|witness|policeman|police|him|her|them|my|a|the)\b",
        r"\b(?:poach(?:ing)?|smuggl\w+|traffick\w*)\b[^.?!\n]{0,30}\b(?:elephants?|rhinos?|ivory|people|migrants|drugs|weapons|guns|border|women|girls|organs)",
        r"\b(?:evad|dodg|cheat)\w*\b[^.?!\n]{0,15}\btax\w*\b[^.?!\n]{0,30}\b(?:caught|hide|offshore|without)",
        r"\b(?:hide|launder|wash)\w*\b[^.?!\n]{0,20}\b(?:money|cash|drug)\b[^.?!\n]{0,30}\b(?:from|police|tax|drug|dirty|illegal)",
        r"\bwithout (?:being|getting) caught\b(?! (?:in|up|out|off)\b)",
        r"\b(?:pick|bump|break)\b[^.?!\n]{0,10}\b(?:lock|window|door)s?\b[^.?!\n]{0,30}\b(?:neighbou?r|someone|stranger|house that)",
        r"\bempty (?:his|her|their|my \w+'s|someone'?s?|the victim'?s?|people'?s)\b[^.?!\n]{0,20}\b(?:account|wallet)s?\b",
        r"\b(?:comment|wie (?:kann|k(?:ö|o)nnte) ich|wie|cómo|como|come)\b[^.?!\n]{0,40}\b(?:voler|cambrioler|pirater|einbrechen|stehlen|klauen|hacken|fälschen|robar?|robo|hackear?|estafar|falsificar|rubare|rubo|truffare|roubar|roubo|clonar)\b",
    ),
}
"""Patterns over lower-case text with plain letters; repetitions are bounded, so linear in the text."""

COMPILED = {kind: tuple(re.compile(pattern) for pattern in patterns) for kind, patterns in RULES.items()}
