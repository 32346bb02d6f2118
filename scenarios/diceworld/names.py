"""What players and games are called."""

FIRST_NAMES = tuple(
    """
    Aaron Abigail Ada Adam Adele Adrian Agnes Alan Albert Alice Alma Amelia Amir Amy Andrea Andrew Angela Anita
    Ann Anton Arthur Astrid Audrey Barbara Basil Beatrice Ben Bernard Bianca Boris Brenda Bruno Camille Carl Carmen
    Caroline Cecil Chi Chloe Clara Claude Colin Cora Cyrus Daisy Damian Daphne David Deborah Dennis Diana Dmitri
    Dolores Dora Edgar Edith Edwin Elena Elias Elsa Emil Emma Enid Eric Ernest Esther Eva Evan Fabian Faith Farid
    Felix Fiona Flora Frances Frank Freda Gabriel Gavin Gemma George Gerald Gilda Glen Gloria Grace Greta Gustav
    Hannah Harold Harriet Hassan Hazel Hector Helen Henry Herman Hilda Hugh Ian Ida Igor Ines Inga Iris Irma Isaac
    Ivan Ivy Jack Jacob James Jane Janet Jasmine Jason Joan Joel Jorge Josef Joyce Juan Judith Julia Julian June
    Karen Karim Katya Keith Kenji Kirsten Kurt Lara Laura Lena Leo Lewis Lidia Linda Liu Lola Louis Lucy Luther
    Mabel Magnus Maria Mark Marta Matteo Maya Mei Mercy Miles Mina Mona Nadia Nam Nathan Neil Nell Nina Noah Nora
    Olga Oliver Omar Otto Pablo Paula Pedro Petra Philip Priya Quentin Rachel Ralph Ravi Rita Robert Rosa Ruth
    Samuel Sara Selma Simon Sofia Stella Sven Tamar Teresa Theo Thomas Tilda Ursula Vera Victor Violet Wanda
    """.split()
)

LAST_NAMES = tuple(
    """
    Abbott Adams Ahmed Allen Andersen Bailey Baker Banerjee Barnes Bauer Becker Bell Bennett Bergman Bishop Brown
    Campbell Carter Castillo Chan Chen Clark Cohen Collins Cooper Costa Cox Cruz Davies Diaz Dubois Edwards Evans
    Fernandez Fischer Fisher Flores Foster Garcia Gomez Gray Green Gupta Hall Hansen Harris Hernandez Hill Hoffmann
    Holm Howard Hughes Ibrahim Ito Jackson Jansen Johnson Jones Kaplan Kelly Khan Kim King Kowalski Larsen Lee Lewis
    Lopez Marino Marsh Martin Martinez Mitchell Moreau Morgan Murphy Nakamura Nelson Nguyen Novak O'Brien Okafor Olsen
    Owen Patel Perez Petrov Phillips Popescu Quinn Reyes Rivera Rossi Sato Schmidt Singh Smith Tanaka Taylor Williams
    """.split()
)

REGULARS = (
    ("Gloria", "Smith"),
    ("Alan", "Jones"),
    ("Felix", "Garcia"),
    ("Chi", "Nguyen"),
    ("George", "Jones"),
    ("Jorge", "Garcia"),
    ("Nam", "Nguyen"),
    ("Teresa", "Martinez"),
    ("Juan", "Martinez"),
    ("Alma", "Martin"),
    ("Hazel", "Hughes"),
)
"""Players of every world: the traffic of the dives asks for them."""

GAME_ADJECTIVES = tuple(
    "Amber Broken Crooked Drowned Emerald Faded Gilded Hollow Iron Jagged Lost Misty Quiet Rusty Silent Sunken".split()
)
GAME_NOUNS = tuple(
    "Anchor Beacon Compass Dolphin Ensign Frigate Galleon Harbour Keel Lantern Mermaid Oar Rudder Sextant Trident Wheel".split()
)
