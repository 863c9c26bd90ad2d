"""Titles as people print them, in four languages, by the roles that they name; words of the language, nobody's own."""

TITLES = {
    "CEO": """
        CEO; Chief Executive Officer; Chief Executive; Group CEO; Group Chief Executive Officer; Managing Director;
        General Manager; Country Manager; Founder & CEO; Co-Founder and CEO; Interim CEO; Acting Chief Executive
        Officer; Chief Executive Officer and Director; Directeur général; Directrice générale; Directeur Général du
        groupe; Directrice générale par intérim; Gérant; Gérante; Co-gérant; Cogérante; Gérant associé; Associé
        gérant; Président du directoire; Présidente du directoire; Délégué général; Déléguée générale; Directeur
        gérant; Administrateur délégué; Chef d'entreprise; Directeur exécutif; Fondateur et directeur général; DG;
        Geschäftsführer; Geschäftsführerin; Geschäftsführer und Gründer; Vorstandsvorsitzender; Vorstandsvorsitzende;
        Vorsitzender der Geschäftsführung; Vorsitzende der Geschäftsleitung; Vorsitzender des Vorstands; Konzernchef;
        Geschäftsleiter; Hauptgeschäftsführer; Geschäftsführender Gesellschafter; Consejero Delegado; Consejera
        Delegada; Director General; Directora General; Director Gerente; Administrador Único; Gerente General; C.E.O.;
        Président exécutif; Executive President; CEO & Founder; Founder, CEO; Owner and Managing Director; President
        and CEO; President & Chief Executive Officer; President / CEO""",
    "CHAIR": """
        Chairman; Chairwoman; Chair; Chairperson; Chairman of the Board; Chair of the Board; Executive Chairman;
        Chairman of the Board of Directors; Non-Executive Chairman; Executive Chair; Board Chair; Président;
        Présidente; Président du conseil d'administration; Présidente du conseil d'administration; Président du
        conseil de surveillance; Président du Conseil; Verwaltungsratspräsident; Präsident des Verwaltungsrates;
        Aufsichtsratsvorsitzender; Vorsitzender des Aufsichtsrats; Presidente; Presidenta; Presidente del Consejo de
        Administración; Presidente del Consejo; Independent Chair""",
    "CEO CHAIR": """
        Chairman and CEO; Chairman & Chief Executive Officer; Chair and CEO; PDG; P.D.G.; Président-directeur général;
        Présidente-directrice générale; Président Directeur Général; Président et directeur général; Chairman,
        President and Chief Executive Officer; Chairman and Managing Director; Presidente y consejero delegado;
        Chairman of the Board and Chief Executive Officer; President, Chairman and CEO""",
    "CFO": """
        CFO; Chief Financial Officer; Group CFO; Finance Director; Group Finance Director; Director of Finance; Head
        of Finance; Financial Director; Executive Vice President and Chief Financial Officer; Interim CFO; Senior Vice
        President & CFO; Directeur financier; Directrice financière; Directeur administratif et financier; Directrice
        administrative et financière; DAF; Directeur des finances; Directrice financière du groupe; Responsable
        administratif et financier; Finanzvorstand; Finanzchef; Finanzchefin; Leiter Finanzen; Kaufmännischer Leiter;
        Kaufmännische Leiterin; Director Financiero; Directora Financiera; Director de Finanzas; Director
        Administrativo y Financiero; Chief Finance Officer; CFO and Treasurer; Vice President and CFO""",
    "COO": """
        COO; Chief Operating Officer; Chief Operations Officer; Operations Director; Director of Operations; Group
        COO; Directeur des opérations; Directrice des opérations; Directeur d'exploitation; Directrice de
        l'exploitation; Betriebsleiter; Betriebsleiterin; Director de Operaciones; Directora de Operaciones; Executive
        Vice President and Chief Operating Officer; President and Chief Operating Officer; Head of Operations""",
    "CTO": """
        CTO; CIO; Chief Technology Officer; Chief Technical Officer; Chief Information Officer; Chief Digital Officer;
        Chief Digital and Information Officer; IT Director; Head of IT; Head of Technology; Technology Director; DSI;
        Directeur des systèmes d'information; Directrice des systèmes d'information; Directeur informatique;
        Directrice informatique; Directeur technique; Directrice technique; Directeur du numérique; Technischer
        Leiter; Technische Leiterin; IT-Leiter; Leiter IT; Technikvorstand; Director de Tecnología; Director Técnico;
        Director de Sistemas; Technischer Geschäftsführer; Global Chief Technology Officer; SVP and Chief Information
        Officer""",
    "CPO": """
        Chief Procurement Officer; Chief Purchasing Officer; Head of Procurement; Head of Purchasing; Procurement
        Director; Purchasing Director; Director of Procurement; Director of Purchasing; Directeur des achats;
        Directrice des achats; Directeur achats; Directrice achats; Responsable achats; Responsable des achats;
        Directeur des achats du groupe; Leiter Einkauf; Leiterin Einkauf; Einkaufsleiter; Einkaufsleiterin; Director
        de Compras; Directora de Compras; Jefe de Compras; Jefa de Compras; VP Procurement; Vice President, Global
        Procurement; VP Purchasing; Group Procurement Director""",
    "CHRO": """
        CHRO; DRH; Chief Human Resources Officer; Chief People Officer; HR Director; Human Resources Director;
        Director of Human Resources; Head of HR; Head of Human Resources; Head of People; People Director; Directeur
        des ressources humaines; Directrice des ressources humaines; Directrice ressources humaines; Responsable des
        ressources humaines; Responsable ressources humaines; RRH; Personalvorstand; Personalleiter; Personalleiterin;
        Personalchefin; Leiter Personal; Director de Recursos Humanos; Directora de Recursos Humanos; Directora de
        Personas; Vice President of Human Resources; EVP Human Resources; VP, People; Chief HR Officer; Chief People
        and Culture Officer; Senior Vice President and Chief Human Resources Officer""",
    "CMO": """
        CMO; Chief Marketing Officer; Marketing Director; Director of Marketing; Head of Marketing; Directeur
        marketing; Directrice marketing; Directeur du marketing; Directrice marketing et communication;
        Marketingleiter; Marketingleiterin; Leiter Marketing; Director de Marketing; Directora de Marketing; Chief
        Brand Officer; Group Marketing Director""",
    "CSO": """
        Chief Commercial Officer; Chief Revenue Officer; Chief Sales Officer; Sales Director; Director of Sales;
        Commercial Director; Head of Sales; Directeur commercial; Directrice commerciale; Directeur des ventes;
        Directrice des ventes; Responsable commercial; Responsable commerciale; Responsable des ventes;
        Vertriebsleiter; Vertriebsleiterin; Leiter Vertrieb; Vertriebsvorstand; Director Comercial; Directora
        Comercial; Director de Ventas; VP of Sales; Vice President, Worldwide Sales; SVP Sales; Executive Vice
        President, Global Sales; CRO""",
    "GC": """
        General Counsel; Group General Counsel; Chief Legal Officer; Legal Director; Head of Legal; Legal Counsel;
        Directeur juridique; Directrice juridique; Directeur des affaires juridiques; Responsable juridique; Leiter
        Recht; Chefjurist; Director Jurídico; Directora Jurídica; Executive Vice President & General Counsel; Senior
        Vice President and Chief Legal Officer; General Counsel and Secretary; Chief Legal Counsel""",
    "BOARD": """
        Director; Independent Director; Non-Executive Director; Independent Non-Executive Director; Board Member;
        Member of the Board; Member of the Board of Directors; Lead Independent Director; Trustee; Administrateur;
        Administratrice; Administratrice indépendante; Administrateur indépendant; Membre du conseil d'administration;
        Membre du conseil de surveillance; Administrateur représentant les salariés; Verwaltungsrat; Verwaltungsrätin;
        Mitglied des Verwaltungsrates; Mitglied des Aufsichtsrats; Consejero; Consejera; Consejero Independiente;
        Vocal; Vice Chairman; Vice Chair; Deputy Chairman; Investment Committee Member; Audit Committee Member; Board
        Director; Nomination and Remuneration Committee Member; Censeur; Miembro del Consejo""",
    "CFO COO": """
        Chief Financial Officer and Chief Operating Officer; CFO & COO;
        CFO/COO; Chief Financial and Operating Officer""",
    "CFO CHRO": """
        Head of Finance and People; CFO and Chief People Officer; Directeur financier et des ressources humaines""",
    "OTHER": """
        President; Vice President; Senior Vice President; Executive Vice President; Vice President and Controller;
        Senior Vice President Logistics; Head of Mergers and Acquisitions; Chief Product Officer; Chief Medical
        Officer; Chief Scientific Officer; Chief Risk Officer; Chief Strategy Officer; Chief Compliance Officer; Chief
        Accounting Officer; Chief Credit Officer; Chief Corporate Affairs Officer; Chief of Staff; Founder; Co-
        Founder; Partner; Managing Partner; Secretary; Company Secretary; Treasurer; Controller; Account Manager;
        Office Manager; Sales Manager; Marketing Manager; Software Engineer; Project Manager; Research Fellow; Deputy
        CEO; Deputy Chief Executive Officer; Deputy Chief Financial Officer; Former CEO; Chairman Emeritus; Directeur
        général adjoint; Directrice générale adjointe; Directeur général délégué; Directrice générale déléguée;
        Directeur général adjoint finances et achats; Directeur; Directrice; Directeur d'agence; Secrétaire général;
        Secrétaire générale; Trésorier; Trésorière; Secrétaire; Vice-président; Vice-présidente; Fondateur;
        Fondatrice; Associée; Responsable qualité; Responsable communication; Directeur de la communication;
        Directrice de la communication; Directeur de la stratégie; Directeur industriel; Directeur logistique;
        Directrice de projets; Chef de projet; Chef de produit; Ingénieur commercial; Assistante de direction; Chargée
        de communication; Conseiller clientèle; Consultante; Architecte; Développeur; Formatrice; Acheteur; Acheteuse;
        Prokurist; Gesellschafter; Inhaber; Inhaberin; Gründer; Projektleiterin; Leiter Entwicklung; Leiter Qualität;
        Assistentin der Geschäftsführung; Sachbearbeiterin; Berater; Abteilungsleiter Logistik; Mitglied der
        Geschäftsleitung; Mitglied des Vorstands; Membre du directoire; Membre du comité exécutif; Subdirector;
        Secretario; Secretario General; Socio; Socia; Fundador; Fundadora; Apoderado; Tesorero; Jefe de Proyecto;
        Coordinadora; Abogada; Senior Advisor; Management Consultant; Executive Assistant; Business Development
        Manager; Head of Communications; Director of Engineering; Vice President Finance; Chief Commercial Payments
        Officer; Chief Transformation Officer; Chief Sustainability Officer; Commissaire aux comptes; Liquidateur;
        Mandataire social; Directeur de site; Directeur d'usine; Regional Sales Manager""",
}
UNKNOWN = """
        Contact us; Our values; Read more; Paris; Nos engagements; Lire la suite; 2024; Produits; Accueil; About; Jane;
    Mentions légales; Kontakt; Über uns; Noticias; Sobre nosotros; +33 1 02 03 04 05; Quick links; View profile; Bio"""


def split(text: str) -> list[str]:
    """
    The titles of one block."""
    return [" ".join(part.split()) for part in text.split(";") if part.strip()]


CASES = [(title, tuple(sorted(roles.split()))) for roles, block in TITLES.items() for title in split(block)]
