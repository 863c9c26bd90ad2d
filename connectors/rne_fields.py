"""What real answers of the RNE leave out: nearly all of it is optional (SOURCES section 3, and one recorded answer).

A company without these is read without them; who may be shown (typePersonne, diffusionCommerciale) is never among them.
"""

BODY, PERSON = "formality.content.personneMorale.", "formality.content.personnePhysique."
OF_ANY = (
    "actes[].denomination", "actes[].typeRdd", "actes[].typeRdd[].decision", "formality.codeAPE",
    "formality.content.natureCreation", "formality.content.natureCreation.dateCreation", "formality.formeJuridique",
    "formality.historique[].dateEffet", "formality.historique[].dateIntegration",
    "formality.historique[].numeroLiasse", "formality.historique[].patchId", "nombreEtablissementsOuverts",
    "updatedAt",
)  # fmt: skip
OF_LEGAL = (
    "adresseEntreprise", "adresseEntreprise.adresse", "adresseEntreprise.adresse.codePostal",
    "adresseEntreprise.adresse.commune", "adresseEntreprise.adresse.pays", "adresseEntreprise.adresse.voie",
    "autresEtablissements", "autresEtablissements[].descriptionEtablissement.dateEffetFermeture",
    "composition.pouvoirs[].autreRoleEntreprise", "composition.pouvoirs[].dateDebut",
    "composition.pouvoirs[].entreprise.denomination", "composition.pouvoirs[].entreprise.roleEntreprise",
    "composition.pouvoirs[].entreprise.siren",
    "composition.pouvoirs[].individu.descriptionPersonne.dateEffetRoleDeclarant",
    "composition.pouvoirs[].individu.descriptionPersonne.nomUsage",
    "composition.pouvoirs[].individu.descriptionPersonne.role", "composition.pouvoirs[].libelleRoleEntreprise",
    "composition.pouvoirs[].representantId", "composition.pouvoirs[].secondRoleEntreprise",
    "detailCessationEntreprise", "detailCessationEntreprise.dateRadiation", "etablissementPrincipal",
    "etablissementPrincipal.activites", "etablissementPrincipal.activites[].codeApe",
    "etablissementPrincipal.adresse", "etablissementPrincipal.adresse.codePostal",
    "etablissementPrincipal.adresse.commune", "etablissementPrincipal.adresse.numVoie",
    "etablissementPrincipal.adresse.typeVoie", "etablissementPrincipal.adresse.voie",
    "etablissementPrincipal.descriptionEtablissement.dateEffetFermeture",
    "etablissementPrincipal.descriptionEtablissement.nomCommercial",
    "etablissementPrincipal.descriptionEtablissement.siret", "identite.entreprise.dateImmat",
    "identite.entreprise.nicSiege", "identite.entreprise.nomCommercial",
)  # fmt: skip
OF_NATURAL = (
    "adresseEntreprise", "adresseEntreprise.adresse", "adresseEntreprise.adresse.codePostal",
    "adresseEntreprise.adresse.commune", "etablissementPrincipal", "etablissementPrincipal.activites",
    "etablissementPrincipal.activites[].codeApe", "etablissementPrincipal.adresse",
    "etablissementPrincipal.adresse.codePostal", "etablissementPrincipal.adresse.commune",
    "etablissementPrincipal.descriptionEtablissement.siret", "identite.entreprise", "identite.entreprise.nicSiege",
    "identite.entreprise.nomCommercial",
)  # fmt: skip
MAY_BE_ABSENT = frozenset({*OF_ANY, *(BODY + path for path in OF_LEGAL), *(PERSON + path for path in OF_NATURAL)})
