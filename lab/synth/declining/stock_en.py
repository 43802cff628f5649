"""What one would ask next in English, and neighbours that a text may not know.

``{s}`` is the subject, ``{p}`` its possessive, ``{does}`` and ``{is}`` agree with it. Knows only English; must not know
what was told.
"""

from __future__ import annotations

from lab.synth.declining.stock import Untold

BEING = (
    Untold(r"\btall\b|height|centimet|\bcm\b", "How tall {is} {s}?", "What is {p} height?"),
    Untold(r"weigh|kilo|pound", "How much {does} {s} weigh?", "What is {p} weight?"),
    Untold(r"song|music|sing", "What is {p} favourite song?", "Which music {does} {s} listen to?"),
    Untold(r"phone|mobile|number", "What is {p} phone number?", "Under which number can I call {s}?"),
    Untold(r"afraid|fear|scared", "What {is} {s} afraid of?", "What {does} {s} fear most?"),
    Untold(r"\bshoe", "Which shoe size {does} {s} wear?", "What size are {p} shoes?"),
    Untold(r"\bhair\b", "What colour is {p} hair?", "How long is {p} hair?"),
    Untold(
        r"get up|wake|o'clock|\balarm",
        "When {does} {s} get up in the morning?",
        "At what time {does} {s} wake up?",
    ),
    Untold(r"languages?\b|speaks?\b", "Which languages {does} {s} speak?", "How many languages {does} {s} know?"),
    Untold(r"sport|football|tennis|swim|team", "Which sport {does} {s} play?", "What sport {is} {s} good at?"),
    Untold(r"e-?mail", "What is {p} email address?", "Which email address {does} {s} use?"),
    Untold(r"glasses|spectacles", "{Does} {s} wear glasses?", "Since when {does} {s} wear glasses?"),
    Untold(r"nickname", "What is {p} nickname?", "Which nickname {does} {s} have?"),
    Untold(r"star sign|zodiac", "What is {p} star sign?", "Under which star sign was {s} born?"),
    Untold(r"blood", "What is {p} blood type?", "Which blood group {does} {s} have?"),
    Untold(r"allerg", "What {is} {s} allergic to?", "Which allergies {does} {s} have?"),
    Untold(r"weekend|saturday|sunday", "What did {s} do last weekend?", "Where was {s} last weekend?"),
    Untold(r"breakfast", "What did {s} have for breakfast today?", "What {does} {s} eat for breakfast?"),
    Untold(r"\bfilm|cinema|movie", "Which film did {s} see last?", "What is {p} favourite film?"),
    Untold(r"go to bed|bedtime|asleep", "When {does} {s} go to bed?", "What is {p} bedtime?"),
    Untold(r"\bdrinks?\b|coffee|\btea\b|juice", "What {does} {s} like to drink?", "Which drink {does} {s} order?"),
    Untold(r"\bborn\b|country|comes? from", "Where was {s} born?", "Which country {does} {s} come from?"),
    Untold(r"\bhanded|\bleft hand", "{Is} {s} left-handed?", "With which hand {does} {s} write?"),
    Untold(r"\bdream", "What did {s} dream of last night?", "What {does} {s} dream about?"),
    Untold(r"\bearns?\b|money|salary|\bpaid\b", "How much money {does} {s} have?", "How much {does} {s} earn a month?"),
    Untold(r"\bhat\b|\bcoat\b|jacket|wears?\b", "What colour is {p} coat?", "Which hat {does} {s} wear?"),
    Untold(r"\bcollects?\b|collection", "What {does} {s} collect?", "What is in {p} collection?"),
    Untold(r"doctor|dentist", "What is {p} dentist called?", "Who {is} {p} doctor?"),
    Untold(r"\bbed\b|\bsleeps?\b|bedroom", "In which room {does} {s} sleep?", "How long {does} {s} sleep at night?"),
    Untold(r"present|\bgift|christmas", "What did {s} get for Christmas?", "Which present {does} {s} wish for?"),
)
HOME = (
    Untold(r"\bcars?\b", "How many cars {does} {s} have?"),
    Untold(r"\brooms?\b", "How many rooms {does} {s} have?", "What is the number of rooms of {s}?"),
    Untold(r"phone|number", "What is the phone number of {s}?"),
    Untold(r"\brent\b|mortgage", "What is the rent of {s}?", "How high is the rent of {s}?"),
    Untold(r"garden|lawn|square", "How large is the garden of {s}?"),
    Untold(r"curtain", "Which pattern is on the curtains of {s}?"),
    Untold(r"postcode|postal", "What is the postcode of {s}?"),
    Untold(r"\broof\b", "How old is the roof of {s}?"),
    Untold(r"next door|neighbour", "Who lives next to {s}?"),
    Untold(r"password|wireless|wi-?fi", "What is the wireless password of {s}?"),
    Untold(r"landlord|\bowns?\b", "Who is the landlord of {s}?"),
)
IDEA = (
    Untold(r"invent", "Who invented {s}?"),
    Untold(r"first described|coined|introduced", "In which year was {s} first described?"),
    Untold(r"\bcosts?\b|budget|price", "How much {does} {s} cost a year?"),
    Untold(r"\bcritic", "Who is the best known critic of {s}?"),
    Untold(r"textbook|lecture|course", "Which textbook explains {s} best?"),
)
TEXT = (
    Untold(r"author|written by|wrote", "Who wrote {s}?"),
    Untold(r"\bpages?\b", "How many pages does {s} have?"),
    Untold(r"printed|\bcopy\b", "How much does a printed copy of {s} cost?"),
    Untold(r"award|prize", "Which awards has {s} won?"),
    Untold(r"\bcover\b|colou?r", "What colour is the cover of {s}?"),
    Untold(r"approv", "Who approved the last change of {s}?"),
    Untold(r"translat", "Into which languages was {s} translated?"),
)
PLACE = (
    Untold(r"parking|\bcar park", "How much does parking at {s} cost?"),
    Untold(r"floor|storey", "How many floors {does} {s} have?"),
    Untold(r"\bfax", "What is the fax number of {s}?"),
    Untold(r"square|area", "How large {is} {s} in square metres?"),
    Untold(r"budget|last year", "What was the budget of {s} last year?"),
    Untold(r"password|wireless|wi-?fi", "What is the wireless password of {s}?"),
    Untold(r"architect|designed|built", "Who designed {s}?"),
    Untold(r"\bowns?\b|owner|belongs", "Who owns {s}?"),
    Untold(r"visitors|guests|customers", "How many visitors came to {s} last month?"),
    Untold(r"\bbus\b|tram|metro|train", "Which bus goes to {s}?"),
)
THING = (
    Untold(r"respons|in charge|contact", "Who is responsible for {s}?"),
    Untold(r"introduc|since when|started", "When was {s} introduced?"),
    Untold(r"budget|spent|spend", "How much was spent on {s} last year?"),
    Untold(r"decided|decision|approv", "Who decided on {s}?"),
    Untold(r"complain", "How many complaints were there about {s}?"),
    Untold(r"years ago|in the past|used to be", "How was {s} handled ten years ago?"),
    Untold(r"supplier|delivered by|manufactur", "Which company supplies {s}?"),
    Untold(r"survey|satisf|\bpoll\b", "What did the last survey say about {s}?"),
)
STOCK = {"being": BEING, "home": HOME, "idea": IDEA, "text": TEXT, "place": PLACE, "thing": THING}

SWAPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        r"(?<=\bfavourite )\w+|(?<=\bfavorite )\w+",
        ("song", "animal", "number", "season", "flower", "game", "singer", "smell", "word", "toy", "film", "month"),
    ),
    (r"(?<=^How )old(?= (?:is|are)\b)", ("tall", "heavy", "strong", "fast", "rich", "loud")),
    (
        r"\bfor (?:a living|work)\b",
        ("on Sundays", "in the evening", "after lunch", "in summer", "when it rains", "before bed", "on Mondays"),
    ),
    (r"(?<=^Which )\w+(?= (?:do|does)\b)|(?<=^What )\w+(?= (?:do|does)\b)", ("street", "district", "building")),
    (r"(?<=\blike to )\w+|(?<=\blove to )\w+", ("draw", "sing", "build", "buy", "dream of")),
    (
        r"(?<=^How many )\w+",
        ("lamps", "clocks", "chairs", "windows", "plants", "umbrellas", "books", "keys", "mirrors"),
    ),
    (r"(?<=\S )live$", ("shop", "swim", "park", "have lunch", "buy bread")),
    (r"(?<=\bdoes )(?P<s>\{s\}) cost$", (r"\g<s> weigh", r"\g<s> measure")),
)
"""Words of a told question, and others in whose place it is another question."""
STRANGERS: dict[str, tuple[str, ...]] = {
    "being": (
        "Aunt Clara", "cousin Leo", "Rex the dog", "Mrs Hall", "Otto", "Vera", "Hugo", "Ruth", "Ivy", "Mr Lund",
        "the plumber", "the gardener", "the parrot", "the hamster", "the postman", "Jasper", "Agnes", "Felix",
    ),
    "nameless": (
        "the plumber", "the gardener", "the parrot", "the hamster", "the postman", "the piano teacher", "the pony",
    ),
    "home": (
        "the Petersons", "the Hall family", "the Lindgrens", "the Okafor household", "the Kowalskis", "the Baxter home",
    ),
    "place": ("the gift shop", "the roof terrace", "the west gate", "the parking garage", "the members' lounge"),
    "thing": ("the gift shop", "the roof terrace", "the west gate", "the parking garage", "the members' lounge"),
}  # fmt: skip
"""Neighbours that the texts may not know."""
RELATIVES = ("cousin", "godmother", "colleague", "teacher", "boss", "roommate", "hairdresser")
"""Who somebody that is known may have beside them, unknown to the texts."""
