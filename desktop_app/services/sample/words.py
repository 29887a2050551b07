"""What Wren & Harbour sells, buys and whom it knows. All names are made up."""

from __future__ import annotations

FIRST_NAMES = (
    "Alice", "Amir", "Beth", "Callum", "Chloe", "Daniel", "Ewan", "Farah", "Freya", "George", "Hannah",
    "Imran", "Isla", "Jack", "Jasmin", "Kofi", "Lena", "Liam", "Maya", "Niamh", "Oliver", "Priya",
    "Rhys", "Rosie", "Sam", "Tamsin", "Tom", "Una", "Will", "Zara",
)  # fmt: skip
LAST_NAMES = (
    "Adams", "Begum", "Carter", "Davies", "Edwards", "Fraser", "Green", "Hughes", "Iqbal", "Jenkins",
    "Kaur", "Lewis", "Morgan", "Nolan", "Osei", "Patel", "Quinn", "Rees", "Shaw", "Trelawny", "Underhill",
    "Vaughan", "Walsh", "Young",
)  # fmt: skip
TRADE_CUSTOMERS = (
    "Bosun Boat Hire", "Cove Cottage Lets", "Dartline Yacht Club", "Eddystone Charters", "Fal Sailing School",
    "Gannet Marine", "Helford Boatyard", "Island Ferry Supplies", "Jetty Café", "Kingswear Sea Scouts",
    "Lantern Guest House", "Mooring & Sons", "Netloft Studios", "Oyster Bay Hotel", "Porthleven Harbour Office",
    "Quayside Deli", "Regatta Events", "Saltash Rowing Club", "Tidewater Kayaks", "Westcountry Chandlers",
)  # fmt: skip
TOWNS = (
    "Falmouth TR11", "Plymouth PL1", "Exeter EX2", "Bristol BS1", "Cardiff CF10", "Bath BA1", "Truro TR1",
    "Penzance TR18", "Poole BH15", "Lymington SO41", "Cowes PO31", "Whitby YO22",
)  # fmt: skip
STREETS = ("Harbour Road", "Mill Lane", "Quay Street", "Church Row", "Castle Hill", "Ferry Walk")

SUPPLIERS = (
    ("Cornish Lines Ltd", "GBP", 6),
    ("Brightwater Textiles", "GBP", 9),
    ("Nordlys Outdoor AS", "EUR", 14),
    ("Copper & Kettle Co", "GBP", 5),
    ("Beacon Lighting GmbH", "EUR", 12),
    ("Tidemark Paints", "GBP", 4),
    ("Anchor Steelworks", "GBP", 10),
    ("Puffin Press", "GBP", 3),
    ("Lagoon Safety Inc", "USD", 21),
    ("Harrow & Hemp", "GBP", 7),
    ("Atlantic Canvas", "EUR", 11),
    ("Pebble Gifts", "GBP", 8),
)
"""Name, currency, lead time in days."""

RATES = {"EUR": 86_000_000, "USD": 79_000_000}
"""Pounds per unit, in hundred-millionths."""

RANGES = (
    ("Rope & line", "ROP", 0, 20, 1200, 5200, "coil", (
        "Three-strand rope", "Braided dock line", "Shock cord", "Anchor warp", "Signal halyard"),
        ("6 mm", "8 mm", "10 mm", "12 mm", "14 mm", "16 mm")),
    ("Clothing", "CLO", 1, 20, 1800, 9800, "each", (
        "Breton shirt", "Guernsey jumper", "Waxed smock", "Oilskin jacket", "Wool beanie"),
        ("S", "M", "L", "XL", "navy M", "navy L", "sand M", "sand L")),
    ("Outdoor", "OUT", 2, 20, 900, 14500, "each", (
        "Dry bag", "Sleeping mat", "Camp stove", "Head torch", "Trail flask"),
        ("5 l", "10 l", "20 l", "orange", "blue", "green")),
    ("Galley", "GAL", 3, 20, 450, 4800, "each", (
        "Enamel mug", "Enamel plate", "Copper kettle", "Ship's biscuit tin", "Galley knife"),
        ("white", "navy", "red", "small", "medium", "large")),
    ("Lighting", "LIG", 4, 20, 1500, 13000, "each", (
        "Storm lantern", "Deck light", "Cabin lamp", "Chart lamp"), ("brass", "chrome", "black", "LED", "solar")),
    ("Paint & care", "PAI", 5, 20, 700, 6400, "tin", (
        "Yacht varnish", "Antifouling", "Teak oil", "Hull polish", "Bilge cleaner"),
        ("250 ml", "500 ml", "750 ml", "1 l", "2.5 l")),
    ("Deck gear", "DEC", 6, 20, 350, 16500, "each", (
        "Shackle", "Snap hook", "Cleat", "Bollard", "Folding anchor", "Boat hook"),
        ("4 mm", "6 mm", "8 mm", "10 mm", "stainless", "galvanised")),
    ("Books & charts", "BOO", 7, 0, 600, 3200, "each", (
        "Tide tables", "Pilot guide", "Knots handbook", "Harbour chart", "Cruising log"),
        ("Cornwall", "Devon", "Dorset", "Wales", "Scotland")),
    ("Safety", "SAF", 8, 20, 1900, 18900, "each", (
        "Life jacket", "Throw line", "First aid kit", "Fog horn", "Ring buoy"),
        ("child", "adult S", "adult M", "adult L", "crew")),
    ("Bags", "BAG", 10, 20, 1400, 9900, "each", (
        "Canvas tote", "Kit bag", "Sail-cloth rucksack", "Wash bag"), ("natural", "navy", "red stripe", "grey")),
    ("Gifts", "GIF", 11, 20, 250, 3600, "each", (
        "Postcard set", "Ceramic gull", "Brass compass", "Model dinghy", "Candle", "Tea towel"),
        ("Wren", "Harbour", "Lighthouse", "Estuary")),
)  # fmt: skip
"""Category, SKU prefix, main supplier, tax %, price from and to (pence), unit, names, variants."""

SHOP_GOODS = (
    ("Apple-wood tray", "GAL-TRAY-APPLE"),
    ("Berry preserve, 340 g", "GAL-JAM-BERRY"),
    ("Cherry-red fisherman’s mug", "GAL-MUG-CHERRY"),
    ("Date & walnut cake tin", "GAL-TIN-DATE"),
)
"""The four products of the documented shop orders: APPLE, BERRY, CHERRY, DATE."""

HELD_BECAUSE = (
    "Waiting for the customer’s new address.",
    "Card refused; customer will ring back.",
    "Customer is away until the end of the month.",
)
SAID = (
    "Customer asked to be rung before delivery.",
    "Leave with the harbour office if nobody is in.",
    "Gift: no prices on the delivery note.",
    "Repeat order of last spring.",
)
