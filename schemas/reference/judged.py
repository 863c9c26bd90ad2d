"""Tables that no source publishes: our reading of published codes. `build` writes them beside the published lists."""

from schemas.vocabulary import ExecutiveRole as Role
from schemas.vocabulary import OfficeGroup as Group

Office = tuple[Role, Group]

PARTNER = (Role.PARTNER, Group.OTHER)
MANAGER = (Role.MANAGER, Group.EXECUTIVE)
PRESIDENT = (Role.PRESIDENT, Group.EXECUTIVE)
DIRECTOR = (Role.DIRECTOR, Group.EXECUTIVE)
CHIEF = (Role.CHIEF_EXECUTIVE, Group.EXECUTIVE)
DEPUTY = (Role.DEPUTY_CHIEF_EXECUTIVE, Group.EXECUTIVE)
SIGNATORY = (Role.AUTHORISED_REPRESENTATIVE, Group.EXECUTIVE)
REPRESENTATIVE = (Role.AUTHORISED_REPRESENTATIVE, Group.OTHER)
BOARD_CHAIR = (Role.BOARD_CHAIR, Group.BOARD)
BOARD_MEMBER = (Role.BOARD_MEMBER, Group.BOARD)
BOARD_OFFICER = (Role.OTHER, Group.BOARD)
SUPERVISORY_CHAIR = (Role.SUPERVISORY_BOARD_CHAIR, Group.SUPERVISORY)
SUPERVISORY_MEMBER = (Role.SUPERVISORY_BOARD_MEMBER, Group.SUPERVISORY)
AUDITOR = (Role.AUDITOR, Group.CONTROL)
CONTROLLER = (Role.OTHER, Group.CONTROL)
LIQUIDATOR = (Role.LIQUIDATOR, Group.DISTRESS)
DISTRESS = (Role.ADMINISTRATOR_IN_DISTRESS, Group.DISTRESS)
OTHER = (Role.OTHER, Group.OTHER)

# The 84 role codes of the RNE (INPI). Who leads: SOURCES section 3, "Roles". Auditors, liquidators and ad hoc
# administrators are never executives; a partner is one only where the label says that he manages.
RNE_OFFICES: dict[str, Office] = {
    "11": OTHER, "13": CONTROLLER, "14": AUDITOR, "23": PARTNER, "28": MANAGER, "29": MANAGER, "30": MANAGER,
    "40": LIQUIDATOR, "41": PARTNER, "51": BOARD_CHAIR,
    "52": (Role.MANAGEMENT_BOARD_CHAIR, Group.EXECUTIVE), "53": CHIEF, "55": DIRECTOR, "56": DIRECTOR,
    "60": (Role.CHAIR_AND_CEO, Group.EXECUTIVE), "61": SUPERVISORY_CHAIR,
    "63": (Role.MANAGEMENT_BOARD_MEMBER, Group.EXECUTIVE), "64": SUPERVISORY_MEMBER, "65": BOARD_MEMBER,
    "66": SIGNATORY, "67": SIGNATORY, "69": CHIEF, "70": DEPUTY, "71": AUDITOR, "72": AUDITOR, "73": PRESIDENT,
    "74": PARTNER, "75": PARTNER, "76": REPRESENTATIVE, "77": REPRESENTATIVE, "82": OTHER, "86": MANAGER,
    "90": MANAGER, "94": OTHER, "95": (Role.PARTNER, Group.EXECUTIVE), "96": PARTNER, "97": DISTRESS, "98": DISTRESS,
    "99": OTHER, "100": OTHER, "101": (Role.OTHER, Group.EXECUTIVE), "103": OTHER, "104": CONTROLLER,
    "105": SIGNATORY, "106": OTHER, "107": OTHER, "108": OTHER, "109": REPRESENTATIVE,
    "110": (Role.VICE_PRESIDENT, Group.BOARD), "111": (Role.VICE_PRESIDENT, Group.EXECUTIVE),
    "120": (Role.VICE_PRESIDENT, Group.SUPERVISORY), "121": SUPERVISORY_CHAIR, "122": SUPERVISORY_MEMBER,
    "130": PARTNER, "131": PARTNER, "132": PARTNER, "135": BOARD_MEMBER, "140": PRESIDENT, "150": OTHER,
    "200": OTHER, "201": DIRECTOR, "202": REPRESENTATIVE, "203": SIGNATORY, "204": SIGNATORY, "205": PRESIDENT,
    "206": DIRECTOR, "207": (Role.TREASURER, Group.EXECUTIVE), "208": BOARD_OFFICER,
    "209": (Role.SECRETARY_GENERAL, Group.EXECUTIVE), "210": SUPERVISORY_MEMBER, "211": SUPERVISORY_CHAIR,
    "212": SIGNATORY, "213": (Role.VICE_PRESIDENT, Group.SUPERVISORY), "214": SIGNATORY, "215": SIGNATORY,
    "216": (Role.TREASURER, Group.BOARD), "217": BOARD_OFFICER, "218": CONTROLLER, "219": CONTROLLER, "220": AUDITOR,
    "231": PRESIDENT, "232": DEPUTY, "233": DEPUTY, "234": BOARD_MEMBER,
}  # fmt: skip

# Titles that registers and pages write beside the RNE's own labels; masculine, without accents, as `office_of` folds.
COMMON_TITLES: dict[Office, tuple[str, ...]] = {
    (Role.CHAIR_AND_CEO, Group.EXECUTIVE): (
        "pdg", "president directeur general", "president et directeur general", "chairman and chief executive officer",
        "chairman and ceo", "chair and ceo", "president and chief executive officer", "president and ceo",
    ),
    CHIEF: (
        "dg", "directeur general", "directeur general unique", "chief executive officer", "chief executive", "ceo",
        "group ceo", "group chief executive officer", "managing director", "general manager",
    ),
    DEPUTY: (
        "dgd", "dga", "directeur general delegue", "directeur general adjoint", "deputy chief executive officer",
        "deputy ceo", "deputy managing director", "deputy chief executive",
    ),
    PRESIDENT: ("president", "president de la societe", "president executif", "maire president", "chef d'entreprise"),
    (Role.VICE_PRESIDENT, Group.EXECUTIVE): ("vice president", "executive vice president", "senior vice president"),
    MANAGER: ("gerant", "cogerant", "co gerant", "gerant non associe", "gerant associe", "associe gerant"),
    (Role.MANAGEMENT_BOARD_CHAIR, Group.EXECUTIVE): ("president du directoire", "chairman of the management board"),
    (Role.MANAGEMENT_BOARD_MEMBER, Group.EXECUTIVE): ("membre du directoire", "member of the management board"),
    BOARD_CHAIR: (
        "president du conseil d'administration", "president du conseil", "chairman", "chair",
        "chairman of the board", "chair of the board", "chairman of the board of directors",
        "chair of the board of directors", "non executive chairman", "executive chairman",
    ),
    BOARD_MEMBER: (
        "administrateur", "administrateur independant", "administrateur representant les salaries",
        "membre du conseil d'administration", "board member", "member of the board",
        "member of the board of directors", "non executive director", "independent director",
        "representant permanent", "censeur",
    ),
    (Role.DIRECTOR, Group.BOARD): ("director", "corporate director", "nominee director", "corporate nominee director"),
    DIRECTOR: (
        "directeur", "dirigeant", "executive director", "membre du comite executif", "membre du comite de direction",
        "directeur financier", "directeur administratif et financier", "daf", "directeur des achats",
        "directeur des operations", "directeur commercial", "directeur industriel", "directeur juridique",
        "directeur marketing", "directeur technique", "directeur des ressources humaines", "drh",
        "directeur des systemes d'information", "dsi", "chief financial officer", "cfo", "chief operating officer",
        "coo", "chief procurement officer", "cpo", "chief technology officer", "cto", "chief information officer",
        "cio", "chief commercial officer", "chief human resources officer",
    ),
    SUPERVISORY_CHAIR: ("president du conseil de surveillance", "chairman of the supervisory board"),
    SUPERVISORY_MEMBER: ("membre du conseil de surveillance", "member of the supervisory board"),
    (Role.SECRETARY_GENERAL, Group.EXECUTIVE): ("secretaire general", "secretary general", "general secretary"),
    (Role.TREASURER, Group.EXECUTIVE): ("tresorier", "treasurer"),
    SIGNATORY: ("fonde de pouvoir", "mandataire social", "representant legal", "authorised signatory", "manager"),
    PARTNER: ("associe", "associe unique", "partner", "llp member", "llp designated member", "general partner"),
    AUDITOR: ("commissaire aux comptes", "cac", "auditor", "statutory auditor", "commissaire aux apports"),
    LIQUIDATOR: ("liquidateur judiciaire", "liquidateur amiable", "liquidator", "mandataire liquidateur"),
    DISTRESS: (
        "administrateur judiciaire", "mandataire judiciaire", "conciliateur", "receiver", "administrative receiver",
        "administrator", "receiver and manager", "commissaire a l'execution du plan",
    ),
    (Role.ELECTED_OFFICIAL, Group.EXECUTIVE): (
        "maire", "president du conseil departemental", "president du conseil regional", "adjoint au maire",
    ),
    (Role.ELECTED_OFFICIAL, Group.BOARD): (
        "conseiller municipal", "conseiller departemental", "conseiller regional", "conseiller communautaire",
        "conseiller metropolitain",
    ),
    OTHER: ("secretary", "company secretary", "corporate secretary", "nominee secretary", "corporate nominee secretary",
            "contact", "beneficiaire effectif"),
}  # fmt: skip

# Sections of NAF rev. 2 (the same as NACE rev. 2) by their first and last division.
SECTION_DIVISIONS: dict[str, tuple[str, str]] = {
    "A": ("01", "03"), "B": ("05", "09"), "C": ("10", "33"), "D": ("35", "35"), "E": ("36", "39"), "F": ("41", "43"),
    "G": ("45", "47"), "H": ("49", "53"), "I": ("55", "56"), "J": ("58", "63"), "K": ("64", "66"), "L": ("68", "68"),
    "M": ("69", "75"), "N": ("77", "82"), "O": ("84", "84"), "P": ("85", "85"), "Q": ("86", "88"), "R": ("90", "93"),
    "S": ("94", "96"), "T": ("97", "98"), "U": ("99", "99"),
}  # fmt: skip

# Least and most employees of INSEE's bands; None = open, or no employer at all (NN).
SIZE_BOUNDS: dict[str, tuple[int | None, int | None]] = {
    "NN": (None, None), "00": (0, 0), "01": (1, 2), "02": (3, 5), "03": (6, 9), "11": (10, 19), "12": (20, 49),
    "21": (50, 99), "22": (100, 199), "31": (200, 249), "32": (250, 499), "41": (500, 999), "42": (1000, 1999),
    "51": (2000, 4999), "52": (5000, 9999), "53": (10000, None),
}  # fmt: skip

# Departments of each of the 18 regions (act 2015-29). Overseas collectivities (975, 977, ...) belong to no region.
REGION_DEPARTMENTS: dict[str, str] = {
    "01": "971", "02": "972", "03": "973", "04": "974", "06": "976",
    "11": "75 77 78 91 92 93 94 95",
    "24": "18 28 36 37 41 45",
    "27": "21 25 39 58 70 71 89 90",
    "28": "14 27 50 61 76",
    "32": "02 59 60 62 80",
    "44": "08 10 51 52 54 55 57 67 68 88",
    "52": "44 49 53 72 85",
    "53": "22 29 35 56",
    "75": "16 17 19 23 24 33 40 47 64 79 86 87",
    "76": "09 11 12 30 31 32 34 46 48 65 66 81 82",
    "84": "01 03 07 15 26 38 42 43 63 69 73 74",
    "93": "04 05 06 13 83 84",
    "94": "2A 2B",
}  # fmt: skip
