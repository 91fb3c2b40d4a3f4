"""How the demo label's composers are written elsewhere; data only. Invented ensembles have no other names."""

ALIASES = {
    "Johann Sebastian Bach": ("ru: Иоганн Себастьян Бах", "fr: Jean-Sébastien Bach", "J. S. Bach"),
    "Frédéric Chopin": ("pl: Fryderyk Chopin", "pl: Szopen", "ru: Фредерик Шопен", "de: Friedrich Chopin"),
    "Scott Joplin": ("ru: Скотт Джоплин", "The King of Ragtime"),
    "Johann Pachelbel": ("ru: Иоганн Пахельбель",),
    "Erik Satie": ("ru: Эрик Сати", "Éric Alfred Leslie Satie"),
}
