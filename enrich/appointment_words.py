"""The wordings of arrivals and departures, in English, French, German and Spanish.

They are read over a sentence's skeleton: folded text in which persons stand as `<p0>`, titles as `<t0>`, the board as
`<b0>`, dates as `<d0>`. Every pattern has a bounded reach; none nests repetitions.
"""

import re

from enrich.word_tables import any_of

ADVERB = (
    r"(?:(?:also|recently|officially|formally|unanimously|today|now|just|further|then|subsequently|"
    r"concurrently|has|have|had|been|being|hereby|as of <d\d+>|effective <d\d+>,?|on <d\d+>,?|egalement|"
    r"officiellement|recemment|donc|ainsi|desormais|a l'unanimite|le <d\d+>|hier|mardi|lundi|mercredi|"
    r"jeudi|vendredi|samedi|dimanche|with immediate effect) ){0,3}"
)

# The person stands before the words.
ARRIVES_BEFORE = any_of(
    rf"\b(?:was|were|is|are|be|been|being|get|gets) {ADVERB}(?:re-?)?(?:appointed|named|elected|promoted|"
    rf"hired|chosen|selected|tapped|recruited|designated|elevated|installed|picked|nominated|engaged|"
    rf"retained)\b(?! a party)",
    r"(?<=>) (?:appointed|named|elected|promoted|hired|tapped|chosen|selected)\b(?= (?:as |to |interim |"
    r"new |the |<t|<b|chair))",
    r"\b(?:joins|(?:has|have|had) (?:recently |also |officially )?joined|joined|will join|is joining|to "
    r"join|are joining|agreed to join) ",
    r"\b(?:(?:officially |formally )?assume[sd]?|will (?:officially )?assume|to assume|has assumed|is "
    r"assuming|takes? on|took on|taking on|will take on|takes? over|took over|taking over|will take over|"
    r"has taken over|to take over|takes? up|took up|taking up|becomes?|became|becoming|will become|to "
    r"become|has become) ",
    r"\b(?:succeed(?:s|ed)|will succeed|to succeed|is succeeding|has succeeded|replaces|will replace|to "
    r"replace|has replaced|is replacing|replaced) (?=[^.]{0,60}<p)",
    r"\b(?:steps up|stepped up|stepping up|stepping in|steps in|will step in|moves? up|moved up|will serve|"
    r"shall serve|to serve|agreed to serve|will act|will also serve|will lead|to lead|will head|returns?|"
    r"will return|(?:has )?accepted (?:the|a) (?:role|position|post)|has been brought on|sworn in|takes? "
    r"the helm|took the helm|will transition|transition(?:s|ed|ing)? (?:in)?to|moves? (?:in)?to|will move|"
    r"begins? (?:his|her|their) (?:new )?(?:role|position|duties)|started as|starts as|will start|begins "
    r"as|began as|promoted to|elevated to) ",
    r"\b(?:est|sont|sera|seront|a ete|ont ete|fut|etait|vient d'etre|viennent d'etre|ete|etre) (?:[a-z' "
    r"]{0,24})?(?:nomme|promu|elu|designe|recrute|coopte|choisi|embauche|engage|investi|porte a la tete|"
    r"propulse|appele a)(?:e?s?)\b",
    r"(?<=>)(?:,? ?)(?:vient d'etre |est |a ete |re)?(?:nomme|promu|elu|designe|recrute|coopte|choisi)(?:e?s?)\b",
    r"(?<=>),? (?:nomme|promu|elu|designe|coopte|choisi|nombrad|elegid|designad)(?:e?s?|[oa]s?)\b",
    r"\b(?:rejoint|rejoignent|a rejoint|ont rejoint|rejoindra|vient de rejoindre|integre|a integre|devient|"
    r"deviennent|deviendra|est devenue?|accede|occupera|exercera|assurera|assure (?:l'interim|la direction|"
    r"la presidence)|prend|prennent|a pris|ont pris|prendra|prendront|reprend|reprendra|a repris|herite|"
    r"entre|entrera|fait son entree|siegera|arrive|est arrivee?|debarque|dirigera|pilotera|presidera|"
    r"s'installe|monte|succede|succedera|a succede|succedent|remplace|remplacera|a remplace|passe "
    r"directeur|passe directrice|est le nouveau|est la nouvelle|sera le nouveau|sera la nouvelle)\b(?! "
    r"fin\b)",
    r"\b(?:wird|wurde|werden|wurden|ist)\b(?=[^.]{0,90}(?:<t|<b|ernannt|berufen|gewahlt|bestellt|"
    r"nachfolger|befordert))(?!(?: \w+){0,6} (?:entlassen|abberufen|zuruck))",
    r"\b(?:ubernimmt|ubernahm|ubernehmen|folgt auf|folgt|rückt|ruckt|tritt die|lost|steigt|wechselt (?:zu|"
    r"zur|zum|in|als)|startet als|verstarkt|kommt zu|beginnt als|zieht in)\b",
    r"\b(?:ha sido|fue|sera|es|ha resultado|acaba de ser) (?:[a-z]{0,14} )?(?:nombrad|elegid|designad|"
    r"ascendid|fichad|promovid|contratad)[oa]s?\b",
    r"\b(?:asume|asumira|asumio|se incorpora|se incorporara|se une|ficha por|toma (?:las riendas|el mando|"
    r"posesion)|tomara|sustituye|sustituira|reemplaza|releva|relevara|sucede|sucedera|sera el nuevo|sera "
    r"la nueva|es el nuevo|es la nueva|pasa a ser|ocupara|llega a|dirigira|liderara|encabezara|coge las "
    r"riendas)\b",
)
# The person stands after the words.
ARRIVES_AFTER = any_of(
    r"\b(?:appoint(?:s|ed|ing)?|nam(?:es|ed|ing)|elect(?:s|ed|ing)?|hir(?:es|ed|ing)|promot(?:es|ed|ing)|"
    r"welcom(?:es|ed|ing)|welcome|tap(?:s|ped)|select(?:s|ed)|nominat(?:es|ed)|pick(?:s|ed)|recruit(?:s|"
    r"ed)|elevat(?:es|ed)|add(?:s|ed)|designat(?:es|ed)|install(?:s|ed)|engag(?:es|ed)|bring(?:s)? (?:on|"
    r"in)|poach(?:es|ed)|lur(?:es|ed)|retain(?:s|ed)|choos(?:es)|chose)\b(?= [^<.;]{0,50}(?:<t\d+>,? "
    r"?)?[^<.;]{0,20}<p)",
    r"\b(?:appointments?|elections?|promotion|hiring|nomination|arrival|additions?|naming|selection) "
    r"of\b(?= [^<.;]{0,40}(?:<t\d+>,? ?)?[^<.;]{0,12}<p)",
    r"\b(?:nomme|nomment|a nomme|ont nomme|vient de nommer|nommant|nommer|designer|coopter|elire|recruter|"
    r"promouvoir|recrute|a recrute|promeut|a promu|designe|a designe|choisit|a choisi|accueille|engage|"
    r"embauche|elit|a elu|coopte|a coopte|s'offre|debauche|confie [a-z ]{0,40}a|debauche|mise sur|"
    r"intronise|annonce (?:l'arrivee|la nomination|la promotion|le recrutement) d[e'])\b "
    r"?(?=[^<.;]{0,50}(?:<t\d+>,? ?)?[^<.;]{0,20}<p)",
    r"\b(?:nomination|arrivee|promotion|recrutement|cooptation|election|designation) (?:de |d'|du |au "
    r"[^<]{0,30}|comme |a [^<]{0,40})(?=[^<.;]{0,40}(?:<t\d+>,? ?)?[^<.;]{0,30}<p)",
    r"\b(?:ernennt|ernannte|beruft|berief|holt|bestellt|bestellte|wahlt|wahlte|befordert|gewinnt|"
    r"verpflichtet|engagiert|macht|ernennung von|berufung von|bestellung von|"
    r"neuzugang)\b(?=[^<.;]{0,40}(?:<t\d+>,? ?)?[^<.;]{0,20}<p)",
    r"\b(?:nombra|nombro|ha nombrado|designa|designo|ha designado|ficha|ficho|ha fichado|elige|eligio|"
    r"incorpora|incorporo|contrata|asciende|promueve|promociona|nombramiento de|designacion de|fichaje de|"
    r"incorporacion de|nombrar)\b(?=[^<.;]{0,40}(?:<t\d+>,? ?)?[^<.;]{0,20}<p)",
    r"\b(?:new|nouveau|nouvelle|neuer|neue|neuen|nuevo|nueva|incoming|newly appointed|future?|futur) "
    r"<t\d+>(?: [a-z' .&-]{1,50}?)?(?: ?: ?| is | est | heisst | ist | es | sera | will be |, | )(?=<p)",
)
# `Name, nouveau directeur général de X`
NEW_OFFICE = re.compile(
    r"<p(?P<p>\d+)>(?: |, ?| is the | est le | est la | ist | es el | es la | est | is | named | : )(?:le |"
    r"la |the |der |die |el )?"
    r"(?:new|nouveau|nouvelle|neuer|neue|nuevo|nueva|incoming|futur|future|newly appointed) <t(?P<t>\d+)>"
)
# `As chief purchasing officer, she will ...`, `Dans ses nouvelles fonctions de T, il`
AS_TITLE = re.compile(
    r"(?:^|\b)(?:as|in (?:his|her|this) (?:new )?(?:role|position|capacity) as|en tant que|en qualite de|"
    r"dans ses nouvelles fonctions de|comme|als) (?:the |our |its |a |an |new |nouveau |nouvelle |"
    r"company's ){0,2}<t(?P<t>\d+)>(?: of [a-z' .&-]{2,40}?| de [a-z' .&-]{2,40}?)?, (?:<p(?P<p>\d+)>|he|"
    r"she|il|elle) (?:will|sera|aura|pilotera|dirigera|supervisera|assumes|wird)"
)
# `He joined the company in 2013`
JOINED = re.compile(
    r"(?:<p(?P<p>\d+)>|\b(?:he|she|il|elle)\b),?(?: [a-z.]{1,8},)? (?:has been with|has worked (?:at|for)|"
    r"first joined|originally joined|joined|a rejoint|est entree?|a integre|travaille (?:chez|"
    r"pour))[^<.;]{0,60}(?:in|since|en|depuis)? ?(?:<d(?P<d>\d+)>|(?P<y>(?:19|20)[0-9]{2}))"
)
NEW_TITLE_WORDS = re.compile(
    r"^(?:new|nouveau|nouvelle|neuer|neue|neuen|nuevo|nueva|incoming|newly appointed|futur|future|next)\b",
    re.IGNORECASE,
)

LEAVES_BEFORE = any_of(
    r"\b(?:resign(?:s|ed|ing)?|retir(?:es|ed|ing|e)|depart(?:s|ed|ing)?|step(?:s|ped|ping)? (?:down|aside|"
    r"back|away|off)|stand(?:s|ing)? down|stood down|left|leaves?|leaving|exit(?:s|ed|ing)?|quits?|"
    r"vacat(?:e|es|ed|ing)|relinquish(?:es|ed|ing)?|ceas(?:e|es|ed) (?:to (?:serve|be|act)|serving|"
    r"employment|being)|part(?:s|ed|ing)? ways|tender(?:s|ed) (?:his|her|their) resignation|"
    r"transition(?:s|ed|ing)? (?:from|out of)|bow(?:s|ed)? out|passed away|died|has died|will depart)\b",
    r"\b(?:will not|would not|not to|does not intend to|do not intend to|declined to|decided not to|choose "
    r"not to|chosen not to|did not|intends not to|elected not to) (?:be )?(?:stand(?:ing)?|run(?:ning)?|"
    r"seek(?:ing)?|be nominated|nominated)(?: for)? (?:for )?(?:re-?election|another term|re-?nomination|a "
    r"new term)",
    rf"\b(?:was|were|is|are|be|been|being) {ADVERB}(?:terminated|dismissed|removed|ousted|fired|let go|"
    rf"replaced|relieved|separated|succeeded by)\b",
    r"\b(?:demissionne|a demissionne|demissionnera|quitte|quittent|a quitte|quittera|va quitter|vient de "
    r"quitter|ont quitte|quitterait|part a la retraite|part en retraite|partira|s'en va|se retire|se "
    r"retirera|cede (?:sa place|son poste|son fauteuil|les renes|la main|les commandes|la direction|la "
    r"presidence)|cedera|tire sa reverence|laisse (?:sa place|son poste|les renes|la place|les commandes|"
    r"son fauteuil)|cesse ses fonctions|a cesse|cessera|passe (?:la main|le relais|le flambeau)|passera "
    r"(?:la main|le relais)|prend sa retraite|a pris sa retraite|fait valoir ses droits|met fin a ses "
    r"fonctions|abandonne|renonce a ses fonctions|est (?:remercie|limoge|evince|revoque|ecarte|debarque|"
    r"decede|demis|mort|sur le depart|pousse vers la sortie|parti)e?s?|sont (?:remercie|limoge|evince|"
    r"revoque|ecarte|debarque|partis?)e?s?|sera (?:remplace|revoque|limoge)e?|a ete (?:revoque|limoge|"
    r"evince|remercie|demis|debarque|remplace|ecarte)e?|est remplacee? par|sera remplacee? par|partant|"
    r"demissionnaire|sur le depart|n'est plus|annonce (?:son depart|sa demission|quitter))\b",
    r"\b(?:verlasst|verliess|verlassen|tritt (?=[^.]{0,60}(?:zuruck|ab\b))|scheidet|schied|geht in (?:den "
    r"ruhestand|pension|rente)|geht\b(?=[^.]{0,30}$)|legt (?=[^.]{0,60}nieder)|hort (?=[^.]{0,40}auf)|gibt "
    r"(?=[^.]{0,60}(?:ab|auf)\b)|raumt|wird abgelost|wurde entlassen|muss gehen|zieht sich "
    r"(?=[^.]{0,60}zuruck)|verabschiedet sich|kundigt|nimmt den hut)\b",
    r"\b(?:deja|dejara|dejo|abandona|abandonara|abandono|dimite|dimitio|dimitira|cesa|ceso|cesara|renuncia|"
    r"renuncio|renunciara|se despide|se jubila|se retira|se marcha|sale de|saldra|ha dejado|ha dimitido|es "
    r"cesado|es destituid[oa]|ha sido destituid[oa]|causa baja|da el relevo|cede el)\b",
)
LEAVES_AFTER = any_of(
    r"\b(?:resignations?|retirement|departure|exit|death|passing|removal|dismissal|termination|stepping "
    r"down) of\b(?= [^<.;]{0,30}(?:<t\d+>,? ?)?[^<.;]{0,12}<p)",
    r"\b(?:departs?|demission|eviction|revocation|cessation|limogeage|deces|retrait|depart a la retraite|"
    r"depart en retraite) (?:surprise |annonce |prochain |volontaire |immediat )?(?:de |d'|du "
    r")(?=[^<.;]{0,30}(?:<t\d+>,? ?)?[^<.;]{0,12}<p)",
    r"\b(?:rucktritt|abgang|ausscheiden|abschied|weggang|entlassung) von\b(?=[^<.;]{0,20}(?:<t\d+>,? ?)?<p)",
    r"\b(?:salida|dimision|cese|renuncia|marcha|destitucion|jubilacion|despido) de\b(?=[^<.;]{0,20}(?:<t\d+>,? ?)?<p)",
    r"\b(?:accept(?:s|ed) the resignation of|se separe d[e']|remercie|limoge|a remercie|a limoge|trennt "
    r"sich von|entlasst|cesa a|destituye a|despide a|part(?:s|ed) ways with|oust(?:s|ed)|fir(?:es|ed)|"
    r"dismiss(?:es|ed))\b ?(?=[^<.;]{0,20}(?:<t\d+>,? ?)?<p)",
)
# `Mr. Lenz's retirement`; the appointment of a person by a noun in the genitive
OWN_LEAVING = re.compile(
    r"<p(?P<p>\d+)>(?:'s|')? (?:decision to (?:resign|retire|step down)|resignation|retirement|departure|exit)\b"
)
OWN_ARRIVAL = re.compile(r"<p(?P<p>\d+)>'s? (?:appointment|election|promotion|nomination|hiring)\b")

PREDECESSOR = any_of(
    r"\b(?:succeed(?:s|ed|ing)?|replac(?:es|ed|ing|e)|in place of|successor to|takes? over from|taking "
    r"over from|took over from|take the place of|in succession to|fill the vacancy (?:created|left) by(?: "
    r"the (?:resignation|departure|retirement) of)?|succeeds? to|following the (?:retirement|departure|"
    r"resignation|death|promotion|passing) of|upon the (?:retirement|departure|resignation) of|due to the "
    r"(?:retirement|departure|resignation) of)(?! by) (?P<gap>(?:[a-z',-]+ ){0,4}?(?:<t\d+>,? "
    r")?)<p(?P<p>\d+)>",
    r"\b(?:succede(?:ra|nt)?|succeder|a succede|succedant) (?:ainsi |donc |alors |dans ces fonctions |a ce "
    r"poste |a la tete de [a-z' -]{1,30}? )?a (?P<gap>(?:[a-z',-]+ ){0,4}?(?:<t\d+>,? )?)<p(?P<p>\d+)>",
    r"\b(?:remplac(?:e|er|era|ant|ent|eront|e ainsi)|en remplacement (?:de |d'|du )|a la place (?:de |d'|"
    r"du )|en lieu et place (?:de |d')|prend(?:ra)? (?:la suite|la succession|la releve|le relais|la "
    r"place) (?:de |d'|du )|a pris la suite (?:de |d')|releve de |(?:a la suite|suite|apres|depuis) (?:du|"
    r"au|le) (?:depart|deces|retrait)(?: a la retraite)? (?:de |d'|du )|(?:apres|suite a|depuis) la "
    r"demission (?:de |d')|(?:a |la )?succession (?:de |d')|successeur (?:de |d')|successeuse (?:de |"
    r"d'))(?P<gap>(?: ?[a-z',-]+ ){0,4}?(?:<t\d+>,? )?) ?<p(?P<p>\d+)>",
    r"\b(?:folgt(?: \w+){0,3} auf|nachfolge(?:r|rin)? (?:von|des|der)|nachfolge von|lost|ersetzt|ubernimmt "
    r"(?:\w+ ){0,4}von|anstelle von|fur|tritt die nachfolge von) (?P<gap>(?:[a-z',-]+ ){0,3}?(?:<t\d+>,? "
    r")?)<p(?P<p>\d+)>",
    r"\b(?:sustituye a|sustituira a|en sustitucion de|reemplaza a|reemplazara a|en reemplazo de|releva a|"
    r"relevara a|sucede a|sucedera a|tras la (?:salida|marcha|dimision|renuncia|jubilacion) de|en lugar de|"
    r"toma el relevo de|relevo de|sucesor de|sucesora de) (?P<gap>(?:[a-z',-]+ ){0,3}?(?:<t\d+>,? "
    r")?)<p(?P<p>\d+)>",
)
SUCCESSOR = any_of(
    r"\b(?:succeeded|replaced|followed) by (?P<gap>(?:[a-z',-]+ ){0,5}?(?:<t\d+>,? )?)<p(?P<p>\d+)>",
    r"\b(?:remplacee?s? par|cede (?:sa place|son poste|son fauteuil|les renes|la main|les commandes|la "
    r"direction|la presidence)(?: [a-z' ]{0,30})? a|laisse (?:sa place|la place|les renes|son fauteuil|les "
    r"commandes) a|passe (?:la main|le relais|le flambeau) a|relayee?s? par) (?P<gap>(?:[a-z',-]+ "
    r"){0,4}?(?:<t\d+>,? )?)<p(?P<p>\d+)>",
    r"\b(?:ersetzt durch|abgelost von|nachfolger(?:in)? (?:wird|ist|ist ab <d\d+>)|ihm folgt|auf ihn folgt|"
    r"auf sie folgt|sustituid[oa] por|relevad[oa] por|reemplazad[oa] por|le sustituye|le sucede|le "
    r"sustituira|le sucedera|da el relevo a|cede el (?:cargo|testigo|puesto) a) (?P<gap>(?:[a-z',-]+ "
    r"){0,3}?(?:<t\d+>,? )?)<p(?P<p>\d+)>",
)

# What takes an event back, whatever else the sentence says.
DENIAL = re.compile(
    r"\b(?:denie[sd]|denying|deny|dismissed reports|refut(?:es|ed)|rumou?rs?|rumeurs?|dement|dementi|"
    r"dementent|dementiert|gerucht|desmiente|fausse information|no plans? to|has no intention|n'a pas "
    r"l'intention|ne quittera pas|ne demissionne(?:ra)? pas|will not (?:resign|leave|step down|depart)|is "
    r"not (?:leaving|stepping|resigning|retiring)|pas question de|exclut de|ecarte l'idee|bleibt (?:im amt|"
    r"ceo|chef)|niega)\b"
)
# What is no event: the same person goes on, or is honoured.
NO_EVENT = any_of(
    r"\b(?:re-?elect(?:s|ed|ing)?|re-?appoint(?:s|ed|ing)?|re-?nominated|re-?election of|re-?appointment "
    r"of|reelu|reelection|reconduit|reconduite|renouvele|renouvellement|renouveler|wiedergewahlt|"
    r"wiederwahl|bestatigt|verlangert|verlangerung|reelegid|reeleccion|renueva|renovacion|prolonge|"
    r"prolonga|prorroga)",
    r"\b(?:award|awards|prize|prix|laureat|recompense|distingue|trophee|honoree|honou?red|recogni[sz]ed as|"
    r"hall of fame|\d+ under \d+|forty under|top \d+|most (?:influential|powerful|admired)|of the year|de "
    r"l'annee|des jahres|del ano|fellow of|named (?:a |an |as )?(?:fellow|emerging|winner|finalist|"
    r"champion)|elected fellow|medal|legion d'honneur|chevalier|docteur honoris|honoris causa|preis|"
    r"auszeichnung|premio|galardon)\b",
)
HYPOTHETICAL = re.compile(
    r"\b(?:if (?:he|she|mr|ms|mrs|the executive|the employee|such|either|any|<p\d+>)|in the event|should "
    r"(?:he|she|<p\d+>|the executive)|unless|upon (?:a |any |his |her |the )?(?:qualifying "
    r")?(?:termination|resignation)|"
    r"upon his death|without cause|for good reason|prior to a change|may be (?:appointed|terminated|"
    r"removed)|(?:right|power|authority|entitled|able) to (?:appoint|nominate|designate|remove|elect)|s'il "
    r"(?:demission|quitt|part)|en cas de|falls |pourrait|pourraient|serait|envisage|could (?:be|become|"
    r"step|leave|resign)|might|considering|would be (?:entitled|eligible)|search (?:for|process)|executive "
    r"search|intends to appoint|expects to (?:appoint|name)|looking for|cherche|a la recherche|until "
    r"(?:the appointment|a (?:permanent )?successor|his successor|her successor|such time)|candidates? "
    r"(?:to|for)|reportedly|selon des rumeurs)"
)
PAST_CAREER = re.compile(
    r"\b(?:prior to|previously|before (?:joining|that|becoming)|earlier in (?:his|her)|formerly|(?:began|"
    r"started|launched) (?:his|her) career|most recently|from <d\d+> (?:to|until|through)|from (?:19|"
    r"20)\d\d (?:to|until|through)|between (?:19|20)\d\d and|since (?:19|20)\d\d|had (?:served|been|held|"
    r"worked)|served as|(?:has|have) served|avant de|auparavant|precedemment|debute sa carriere|debute|a "
    r"commence sa carriere|de (?:19|20)\d\d a (?:19|20)\d\d|entre (?:19|20)\d\d et|anterieurement|diplome|"
    r"titulaire d'un|zuvor|davor|vorher|von (?:19|20)\d\d bis|seit (?:19|20)\d\d|begann seine|begann ihre|"
    r"anteriormente|entre (?:19|20)\d\d y|desde (?:19|20)\d\d|comenzo su carrera|licenciad|holds an? "
    r"(?:mba|bachelor|master|degree|b\.)|earned (?:his|her)|received (?:his|her)|graduated)"
)
FRESH = re.compile(
    r"\b(?:announc\w+|today|pleased|excited|thrilled|proud|delighted|welcome|effective|immediately|will|"
    r"newly|new|annonce\w*|aujourd'hui|a compter|heureu\w+|ravi\w*|plaisir|desormais|nouveau|nouvelle|gibt "
    r"bekannt|ab sofort|ab dem|neu\w*|anuncia\w*|nuevo|nueva|partir)\b"
)
INTERIM = re.compile(
    r"\b(?:interim|acting|ad interim|par interim|l'interim|provisoirement|temporarily|kommissarisch|"
    r"interimistisch|interino|interina|interinamente|en funciones|on an interim basis|provisoire)\b"
)
PROMOTED = re.compile(
    r"\b(?:promot\w+|promu\w*|elevat\w+|befordert|ascend\w+|ascien\w+|transition\w* (?:in)?to|moves? "
    r"(?:in)?to|current(?:ly)? (?:the |our |its )?<t\d+>|actuel(?:le)?(?:ment)? <t\d+>|jusqu'ici|"
    r"jusqu'alors|jusqu'a present|jusque-la|bislang|bisher\w*|hasta ahora|since joining|been with the "
    r"company|depuis son arrivee|internal promotion|promotion interne|en interne|evolue)\b"
)
IMMEDIATE = re.compile(
    r"\b(?:effective immediately|with immediate effect|immediately effective|effet immediat|mit sofortiger "
    r"wirkung|ab sofort|con efecto inmediato|de manera inmediata)\b"
)
NOTIFYING = re.compile(
    r"\b(?:notif\w+|inform\w+|announc\w+|advis\w+|told|indicat\w+|issued|press release|entered into|"
    r"report\w+|annonc\w+|indique|signed|filed|communicat\w+|disclosed|delivered|submitted|agreed|gave "
    r"notice|provided notice)\b"
)
EFFECTIVE = re.compile(
    r"(?:effective(?: as of| on| from| upon)?|as of|beginning(?: on)?|commencing(?: as of| on)?|"
    r"starting(?: on)?|with effect (?:from|on)|from|on|in|to take effect (?:on)?|until|through|a compter "
    r"d[ue]|a partir d[ue']|des|des le|au|le|en|prendra effet le|en date du|ab(?: dem)?|per|zum|am|mit "
    r"wirkung (?:vom|ab|zum)|seit|a partir del?|desde(?: el)?|el|con efecto(?:s)? (?:desde |el |del )?|con "
    r"fecha|last day [a-z ]{0,30}(?:will be|is|was))[ ,:(]{1,3}$"
)
STRONG_EFFECTIVE = re.compile(
    r"(?:effective|as of|beginning|commencing|starting|with effect|compter|partir|des|effet|wirkung|\bab|"
    r"per|zum|efecto|last day|desde)"
)
FOLLOW_UP = re.compile(
    r"(?:(?:the|this|his|her|their|<p\d+>'s?|such) (?:appointment|resignation|retirement|departure|"
    r"election|promotion|change|decision|separation|transition)s?|cette nomination|ce changement|il "
    r"prendra ses fonctions|elle prendra ses fonctions|(?:prendra|prend|entrera) (?:ses fonctions|effet|en "
    r"fonction)|entree en fonction|takes? effect|will (?:take effect|be effective)|is effective|was "
    r"effective|(?:begins?|starts?|started|will (?:begin|start)) (?:his|her|their)?(?: new)? ?(?:role|"
    r"position|post|work|duties|on|in)|last day|(?:remain|continue|serve|stay)[a-z ,<>0-9'-]{0,70} "
    r"(?:until|through|to)|tritt (?:sein|ihr)e?n?|beginnt|se incorporara|(?:will |to )?(?:leave|retire|"
    r"depart|step down|join|assume)[a-z ,<>0-9'-]{0,60}(?:effective|on|in|as of))"
)
UNTIL = re.compile(
    r"\b(?:remain|continue|serve|stay|run|employed|service|restera|assurera|poursuivra|bleibt)\b[a-z "
    r",<>0-9'()-]{0,90}\b(?:until|through|to|jusqu'au|jusqu'a|bis|hasta)\b[a-z "
    r",()]{0,90}?(?:<d(?P<d>\d+)>)"
)
CONTINUES = re.compile(
    r"\b(?:continu\w+|remain\w*|will also continue|restera|reste|demeure|conserve|bleibt|seguira|continuara)\b"
)

# `prend la tête de`, `takes the helm`: the office that a figure of speech means.
HELM = re.compile(
    r"\b(?:takes? the helm|took the helm|helm of|reins of|(?:la )?tete d|les? renes|les commandes|las "
    r"riendas|el mando|(?:die )?leitung des (?P<de>einkaufs|vertriebs|marketings|personals)|die (?:leitung|"
    r"fuhrung|spitze|geschaftsfuhrung)|(?P<chair>presidence|presidency|presidencia|chairmanship|vorsitz)|"
    r"(?:la )?direction (?P<what>generale|financiere|commerciale|juridique|marketing|technique|"
    r"industrielle|informatique|des (?!ressources?\b(?! humaines))[a-z]{4,20}(?: humaines)?|de la "
    r"communication)|la direction d|the leadership of)"
)
HELM_WORDS = {
    "generale": "général", "financiere": "financier", "commerciale": "commercial", "industrielle": "industriel",
    "einkaufs": "Einkauf",
    "vertriebs": "Vertrieb", "marketings": "Marketing", "personals": "Personal",
}  # fmt: skip


def helm_title(found: re.Match[str]) -> str:
    """The plain title of an office told by a figure of speech."""
    if found["chair"]:
        return "président"
    if found["what"]:
        return f"directeur {HELM_WORDS.get(found['what'], found['what'])}"
    if found["de"]:
        return f"Leiter {HELM_WORDS[found['de']]}"
    return "directeur général"


SLATE = re.compile(
    r"(?:stock|share)holders[^.<]{0,60}\b(?:re-?)?elected|\bwere (?:re-?)?elected[^.]{0,120}(?:stock|"
    r"share)holders|until the (?:next|20\d\d|<d\d+>) annual meeting|election of (?:the )?(?:following "
    r")?(?:nominees|\w+ directors)|l'assemblee generale[^.]{0,80}(?:renouvel|reelu)"
)
# `..., Clémence lui succède`: the one who stands before in the text.
TAKES_OVER = re.compile(
    r"<p(?P<p>\d+)>[^<.;]{0,40}\b(?:lui|leur) (?:succede\w*|a succede)|<p(?P<q>\d+)>[^<.;]{0,30}\b(?:le|"
    r"la) (?:remplace\w*)\b|<p(?P<r>\d+)>[^<.;]{0,40}\b(?:as (?:his|her|their) (?:successor|replacement)|"
    r"to (?:succeed|replace) (?:him|her)|will (?:succeed|replace) (?:him|her)|(?:succeeds|replaces|"
    r"succeeding|replacing) (?:him|her)|comme successeur|son successeur|sa successeuse|le sustituira|lo "
    r"sustituye)\b"
)
PARTICIPLE_BEFORE = re.compile(r"<p\d+>,? (?:est |a ete |vient d'etre |sera |was |is |has been )?$")

TO_COME = re.compile(r"\b(?:will|would|intend\w*|plan\w*|decision|not)\b")  # the day of the word, not of the deed
