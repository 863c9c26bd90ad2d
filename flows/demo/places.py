"""Real French towns (with invented streets) in which the invented companies have their sites."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A commune as the register writes it: INSEE codes of commune, departement and region, a point near its centre."""

    name: str
    postal_code: str
    commune: str
    departement: str
    region: str
    latitude: str
    longitude: str


PLACES = {
    place.name: place
    for place in (
        Place("AJACCIO", "20000", "2A004", "2A", "94", "41.92", "8.73"),
        Place("AMIENS", "80000", "80021", "80", "32", "49.89", "2.30"),
        Place("ANGERS", "49000", "49007", "49", "52", "47.47", "-0.55"),
        Place("BESANCON", "25000", "25056", "25", "27", "47.24", "6.02"),
        Place("BORDEAUX", "33000", "33063", "33", "75", "44.84", "-0.58"),
        Place("BREST", "29200", "29019", "29", "53", "48.39", "-4.49"),
        Place("CAEN", "14000", "14118", "14", "28", "49.18", "-0.37"),
        Place("CLERMONT-FERRAND", "63000", "63113", "63", "84", "45.78", "3.08"),
        Place("COURBEVOIE", "92400", "92026", "92", "11", "48.90", "2.26"),
        Place("DIJON", "21000", "21231", "21", "27", "47.32", "5.04"),
        Place("GRENOBLE", "38000", "38185", "38", "84", "45.19", "5.72"),
        Place("LE MANS", "72000", "72181", "72", "52", "48.01", "0.20"),
        Place("LILLE", "59000", "59350", "59", "32", "50.63", "3.06"),
        Place("LIMOGES", "87000", "87085", "87", "75", "45.83", "1.26"),
        Place("LYON", "69003", "69383", "69", "84", "45.76", "4.85"),
        Place("MARSEILLE", "13002", "13202", "13", "93", "43.30", "5.37"),
        Place("METZ", "57000", "57463", "57", "44", "49.12", "6.18"),
        Place("MONTPELLIER", "34000", "34172", "34", "76", "43.61", "3.88"),
        Place("NANTES", "44000", "44109", "44", "52", "47.22", "-1.55"),
        Place("NICE", "06000", "06088", "06", "93", "43.70", "7.27"),
        Place("ORLEANS", "45000", "45234", "45", "24", "47.90", "1.91"),
        Place("PARIS", "75012", "75112", "75", "11", "48.84", "2.39"),
        Place("REIMS", "51100", "51454", "51", "44", "49.26", "4.03"),
        Place("RENNES", "35000", "35238", "35", "53", "48.11", "-1.68"),
        Place("ROUEN", "76000", "76540", "76", "28", "49.44", "1.10"),
        Place("STRASBOURG", "67000", "67482", "67", "44", "48.58", "7.75"),
        Place("TOULOUSE", "31000", "31555", "31", "76", "43.60", "1.44"),
        Place("TOURS", "37000", "37261", "37", "24", "47.39", "0.69"),
    )
}
