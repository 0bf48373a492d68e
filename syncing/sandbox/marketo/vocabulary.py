"""Words that the seed builds people, companies and titles from."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

_LATIN = str.maketrans(
    {"ø": "o", "Ø": "O", "ß": "ss", "ł": "l", "Ł": "L", "đ": "d", "ı": "i", "æ": "ae", "Æ": "Ae"}
)


@dataclass(frozen=True)
class Name:
    """A name as written, and as it goes into an e-mail address."""

    text: str
    ascii: str


@dataclass(frozen=True)
class Culture:
    """First and last names that belong together, with a country, its cities and phone format."""

    weight: int
    country: str
    phone: str
    cities: tuple[str, ...]
    first: tuple[Name, ...]
    last: tuple[Name, ...]


def to_ascii(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text.translate(_LATIN))
    return "".join(c for c in folded.lower() if c.isascii() and c.isalnum())


def _words(text: str, *, divider: str | None = None) -> tuple[str, ...]:
    return tuple(text.split(divider))


def _names(words: str) -> tuple[Name, ...]:
    """Names divided by blanks; `written=latin` where the script is not Latin, `_` for a blank."""
    names = []
    for word in words.split():
        text, _, latin = word.replace("_", " ").partition("=")
        names.append(Name(text, to_ascii(latin or text)))
    return tuple(names)


def _culture(
    weight: int, country: str, phone: str, *, cities: str, first: str, last: str
) -> Culture:
    places = tuple(city.replace("_", " ") for city in cities.split())
    return Culture(weight, country, phone, places, _names(first), _names(last))


CULTURES = (
    _culture(
        34,
        "United States",
        "+1 ({a}) {b}-{c}",
        cities="Austin Boston Chicago Denver Atlanta Seattle Portland Phoenix Dallas Nashville "
        "Minneapolis San_Francisco New_York Salt_Lake_City Raleigh",
        first="Abigail Adam Alice Amanda Andrew Angela Anthony Ashley Barbara Benjamin Brandon "
        "Brian Caroline Charles Charlotte Chloe Christopher Cynthia Daniel David Deborah Derek "
        "Diane Donald Dorothy Dylan Edward Elijah Elizabeth Emily Emma Eric Ethan Evelyn Frank "
        "Gabriel George Grace Gregory Hannah Harper Heather Henry Isaac Isabella Jack Jacob "
        "James Jasmine Jason Jennifer Jessica Joan John Jordan Joseph Joshua Julia Justin Karen "
        "Katherine Kevin Kimberly Kyle Laura Lauren Leah Liam Linda Lisa Logan Lucas Madison "
        "Margaret Mark Mason Matthew Megan Melissa Michael Michelle Molly Nancy Natalie Nathan "
        "Nicholas Nicole Noah Olivia Oscar Pamela Patricia Patrick Paul Peter Rachel Rebecca "
        "Richard Robert Ruth Ryan Samantha Samuel Sarah Scott Sean Sharon Sophia Stephanie "
        "Stephen Steven Susan Theodore Thomas Timothy Tyler Vanessa Victoria Vincent Walter "
        "William Zachary Zoe",
        last="Adams Alexander Allen Anderson Armstrong Bailey Baker Barnes Bell Bennett Bishop "
        "Black Bradley Brooks Brown Bryant Burke Burns Butler Campbell Carpenter Carroll Carter "
        "Chapman Clark Coleman Collins Cook Cooper Cox Crawford Cunningham Daniels Davis Dixon "
        "Douglas Duncan Edwards Elliott Ellis Evans Fisher Fleming Ford Foster Fowler Fox "
        "Franklin Freeman Gardner Gibson Gordon Graham Grant Gray Green Griffin Hall Hamilton "
        "Harper Harris Harrison Hart Harvey Hawkins Hayes Henderson Hicks Hill Holmes Howard "
        "Hughes Hunt Hunter Jackson Jacobs James Jenkins Jensen Johnson Jones Jordan Kelley "
        "Kelly Kennedy King Knight Lane Lawson Lee Lewis Long Lynch Marshall Martin Mason "
        "Matthews McCarthy McDonald McKinney Miller Mitchell Montgomery Moore Morgan Morris "
        "Morrison Murphy Murray Myers Nelson Newman Nichols O'Brien O'Connor O'Neill Oliver "
        "Owens Palmer Parker Patterson Payne Perkins Perry Peters Peterson Phillips Pierce "
        "Porter Powell Price Reed Reid Reynolds Rice Richards Richardson Riley Roberts Robinson "
        "Rogers Rose Ross Russell Ryan Sanders Schneider Scott Shaw Simmons Simpson Smith "
        "Snyder Spencer Stephens Stewart Stone Sullivan Taylor Thompson Tucker Turner Wagner "
        "Walker Wallace Ward Warren Watkins Watson Weaver Webb Wells West Wheeler White Williams "
        "Williamson Willis Wilson Wood Woods Wright Young",
    ),
    _culture(
        9,
        "Germany",
        "+49 {a} {b}{c}",
        cities="Berlin München Köln Hamburg Stuttgart Düsseldorf Nürnberg",
        first="Anke Anneliese Bernd Birgit Christoph Dörte Eberhard Friederike Günter Hans-Jürgen "
        "Heike Holger Ingrid Jörg Jürgen Karin Katharina Klaus Lukas Maximilian Monika Rüdiger "
        "Sabine Stefan Susanne Sören Ulrike Ursula Uwe Wolfgang",
        last="Müller Schmidt Schneider Fischer Weber Meyer Becker Schulz Hoffmann Schäfer Koch "
        "Bauer Richter Klein Wolf Schröder Neumann Schwarz Zimmermann Krüger Hofmann Hartmann "
        "Lange Krause Lehmann Köhler König Huber Kaiser Fuchs Scholz Möller Weiß Jung Vogel "
        "Groß Brückner Häußler",
    ),
    _culture(
        7,
        "France",
        "+33 {a} {b} {c}",
        cities="Paris Lyon Marseille Toulouse Nantes Saint-Étienne",
        first="Amélie Benoît Camille Céline Chloé Clément Élodie Émile Étienne François Françoise "
        "Gaëlle Geneviève Hélène Jean-Luc Jérôme Joël Léa Loïc Maëlle Margaux Noémie Océane "
        "Raphaël Rémi Sébastien Solène Théo Thérèse Zoé",
        last="Bernard Dubois Thomas Petit Durand Leroy Moreau Lefèvre Fournier Girard Rousseau "
        "Lambert Bonnet Chevalier Garnier Faure Mercier Blanc Guérin Boyer Gauthier Péron "
        "D'Arcy Le_Goff De_La_Tour Béranger Crépin Hérault",
    ),
    _culture(
        9,
        "Spain",
        "+34 {a} {b} {c}",
        cities="Madrid Barcelona Sevilla Málaga Bilbao A_Coruña",
        first="Adrián Álvaro Andrés Begoña Belén Beatriz Carmen Concepción Diego Elena Fernando "
        "Gonzalo Inés Íñigo Iván Jesús José Lucía Macarena Manuel Martín María Mónica Nuria "
        "Óscar Raúl Rocío Rosalía Sofía Tomás Verónica Víctor",
        last="García Fernández González Rodríguez López Martínez Sánchez Pérez Gómez Ruiz "
        "Hernández Jiménez Díaz Álvarez Moreno Muñoz Alonso Gutiérrez Núñez Ibáñez Peña Ortega "
        "Domínguez Vázquez Ramírez Castaño Zúñiga",
    ),
    _culture(
        5,
        "Italy",
        "+39 {a} {b}{c}",
        cities="Milano Roma Torino Bologna Firenze Forlì",
        first="Alessandro Beatrice Chiara Davide Elisabetta Federico Francesca Giacomo Giulia "
        "Ilaria Lorenzo Ludovica Matteo Niccolò Paola Riccardo Silvia Tommaso Valentina",
        last="Rossi Russo Ferrari Esposito Bianchi Romano Colombo Ricci Marino Greco Conti "
        "De_Luca Mancini Costa Giordano Rizzo Lombardi Moretti D'Angelo Nicolò",
    ),
    _culture(
        5,
        "Sweden",
        "+46 {a} {b} {c}",
        cities="Stockholm Göteborg Malmö Aarhus Tromsø Reykjavík",
        first="Åsa Astrid Bjørn Björk Elín Frøydis Göran Gunnar Håkan Ingrid Jørgen Kåre Lærke "
        "Linnéa Mårten Mikkel Øystein Sigrún Søren Þóra=thora",
        last="Andersson Åkesson Bergström Dahl Eriksson Guðmundsdóttir=gudmundsdottir Hægstad "
        "Johansson Jørgensen Kjær Lindqvist Mølgaard Nyström Öberg Østby Sjöström Skov "
        "Þorsteinsson=thorsteinsson Wåhlin",
    ),
    _culture(
        5,
        "Poland",
        "+48 {a} {b} {c}",
        cities="Warszawa Kraków Gdańsk Łódź Brno Plzeň",
        first="Agnieszka Bogdan Božena Dušan Elżbieta Grzegorz Jiří Józef Kateřina Łukasz "
        "Małgorzata Mateusz Ondřej Paweł Přemysl Stanisław Šárka Tomáš Wojciech Zdeněk Žaneta",
        last="Nowak Kowalski Wiśniewski Wójcik Kamiński Lewandowski Zieliński Szymański Woźniak "
        "Dąbrowski Kozłowski Jankowski Krawczyk Piotrowski Grabowski Dvořák Novák Svoboda "
        "Černý Procházka Kučera Šťastný",
    ),
    _culture(
        3,
        "Brazil",
        "+55 {a} {b}-{c}",
        cities="São_Paulo Rio_de_Janeiro Brasília Florianópolis Lisboa",
        first="Ana António Caio Conceição Flávia Gonçalo Inês João Joaquim Letícia Luísa Márcio "
        "Otávio Simão Tânia Thaís Vinícius",
        last="Almeida Araújo Assunção Brandão Carvalho Conceição Falcão Gonçalves Guimarães "
        "Magalhães Nóbrega Oliveira Pereira Simões dos_Santos da_Silva",
    ),
    _culture(
        3,
        "Türkiye",
        "+90 {a} {b} {c}",
        cities="İstanbul Ankara İzmir Eskişehir",
        first="Ayşe Barış Burçin Çağla Deniz Emre Gökhan Gülşen Işıl İbrahim Kıvanç Özge Pınar "
        "Şebnem Tuğba Ümit Yağmur Yiğit",
        last="Aydın Çelik Demir Doğan Erdoğan Güneş Kaya Kılıç Öztürk Özdemir Şahin Şimşek "
        "Yıldırım Yıldız Yılmaz",
    ),
    _culture(
        4,
        "India",
        "+91 {a}{b} {c}",
        cities="Bengaluru Mumbai Pune Hyderabad Chennai",
        first="Aarav Aditi Ananya Arjun Deepika Harish Ishaan Kavya Lakshmi Meera Nikhil Pooja "
        "Priya Rahul Rohan Sanjay Shreya Siddharth Vikram आरती=aarti विवेक=vivek",
        last="Agarwal Banerjee Bhatt Chatterjee Deshpande Gupta Iyer Joshi Kapoor Krishnan Kumar "
        "Mehta Mukherjee Nair Patel Raman Reddy Sharma Singh Srinivasan शर्मा=sharma वर्मा=varma",
    ),
    _culture(
        4,
        "Japan",
        "+81 {a}-{b}-{c}",
        cities="東京 大阪 横浜 Kyoto Fukuoka",
        first="太郎=taro 花子=hanako 健太=kenta 美咲=misaki 翔=sho "
        "さくら=sakura 陽菜=hina 大輔=daisuke "
        "結衣=yui 直樹=naoki 恵子=keiko ケンジ=kenji 真由美=mayumi 拓也=takuya",
        last="佐藤=sato 鈴木=suzuki 高橋=takahashi 田中=tanaka 伊藤=ito 渡辺=watanabe "
        "山本=yamamoto 中村=nakamura 小林=kobayashi 加藤=kato 吉田=yoshida 山田=yamada "
        "佐々木=sasaki 髙島=takashima",
    ),
    _culture(
        4,
        "China",
        "+86 {a} {b} {c}",
        cities="上海 北京 深圳 广州 台北",
        first="伟=wei 芳=fang 娜=na 秀英=xiuying 敏=min 静=jing 强=qiang 磊=lei 洋=yang "
        "艳=yan 杰=jie 涛=tao 明=ming 晓明=xiaoming 怡君=yijun 志豪=zhihao",
        last="王=wang 李=li 张=zhang 刘=liu 陈=chen 杨=yang 黄=huang 赵=zhao 吴=wu 周=zhou 徐=xu "
        "孙=sun 馬=ma 歐陽=ouyang 诸葛=zhuge 林=lin",
    ),
    _culture(
        2,
        "South Korea",
        "+82 {a}-{b}-{c}",
        cities="서울 부산 인천",
        first="민준=minjun 서연=seoyeon 지훈=jihun 수빈=subin 예은=yeeun 도윤=doyun "
        "하은=haeun 현우=hyunwoo",
        last="김=kim 이=lee 박=park 최=choi 정=jung 강=kang 조=cho 윤=yoon 장=jang 한=han",
    ),
    _culture(
        2,
        "United Arab Emirates",
        "+971 {a} {b} {c}",
        cities="دبي أبوظبي القاهرة Riyadh",
        first="محمد=mohammed فاطمة=fatima أحمد=ahmed عائشة=aisha خالد=khaled مريم=maryam "
        "يوسف=yousef نور=noor عمر=omar ليلى=layla",
        last="الحداد=alhaddad المنصوري=almansoori حسن=hassan خليل=khalil السيد=elsayed "
        "العلي=alali ناصر=nasser قاسم=qasim",
    ),
    _culture(
        1,
        "Israel",
        "+972 {a}-{b}-{c}",
        cities="תל_אביב ירושלים Haifa",
        first="נועה=noa דוד=david יעל=yael איתן=eitan תמר=tamar אורי=uri מיכל=michal",
        last="כהן=cohen לוי=levi מזרחי=mizrahi פרץ=peretz ביטון=biton אברהם=avraham",
    ),
    _culture(
        2,
        "Ukraine",
        "+380 {a} {b} {c}",
        cities="Київ Львів София Beograd",
        first="Олена=olena Андрій=andrii Марія=maria Дмитро=dmytro Ірина=iryna Юрій=yurii "
        "Наталія=nataliia Ђорђе=djordje Иван=ivan Светлана=svetlana",
        last="Шевченко=shevchenko Коваленко=kovalenko Бондаренко=bondarenko Мельник=melnyk "
        "Ткаченко=tkachenko Иванов=ivanov Петрова=petrova Јовановић=jovanovic",
    ),
    _culture(
        1,
        "Greece",
        "+30 {a} {b} {c}",
        cities="Αθήνα Θεσσαλονίκη",
        first="Γιώργος=giorgos Μαρία=maria Δημήτρης=dimitris Ελένη=eleni Νίκος=nikos Σοφία=sofia",
        last="Παπαδόπουλος=papadopoulos Νικολάου=nikolaou Γεωργίου=georgiou Αντωνίου=antoniou",
    ),
)

COMPANY_HEADS = _words(
    "Acu Aero Agri Alta Ameri Apex Aqua Arc Astra Atlas Aura Aven Axio Bel Beta Blue Bright "
    "Cal Cap Cedar Cen Civi Clar Cobalt Cor Crest Cyber Data Delta Domi Dyna Eco Elan Ember "
    "Ener Epi Equi Euro Ever Exa Fab Fer Flex Flora Forte Fron Gala Gen Geo Glo Gran Green "
    "Grid Halo Heli Hexa High Hori Hydro Icon Ideo Infi Inno Inter Iron Jet Kine Kron Lake "
    "Lumi Luna Macro Magna Mari Max Medi Meri Meta Micro Mira Moda Mono Nano Navi Neo Net "
    "Nexa Nor Nova Octa Omni Opti Orbi Pala Para Path Peak Penta Phar Pico Pilo Pine Plano "
    "Polar Prima Pro Pulse Quanta Quest Radi Rapi Red River Sani Sena Sigma Silver Sky Sol "
    "Sono Spec Star Stella Strato Summi Syn Tele Tera Terra Titan Trans Tri Ultra Uni Urba "
    "Vale Vanta Vec Vela Ventu Veri Vero Vista Vita Volta West White Wind Xeno Zen Zeta"
)
COMPANY_TAILS = _words(
    "base beam bird bit bridge byte care cast cell chain cloud core craft cube dale dex drive "
    "dyne field flow force form forge gate gen gram graph grid grove hub jet kind lab lane "
    "leaf lens light line link lock logic loop mark mart matic mesh metric mind mont net nix "
    "path peak plan plex point port pulse quest rack ridge rise scale scape sense set shift "
    "ship spark sphere spring stack step stone stream tech tek tide tone track trade tron "
    "trust vance vault verse view vine ware wave way well wise works worth yard zone"
)
INDUSTRIES = _words(
    "Aerospace Agriculture Analytics Automation Automotive Biosciences Brewing Capital "
    "Ceramics Chemicals Cloud Construction Consulting Cosmetics Dental Design Diagnostics "
    "Education Electronics Energy Engineering Environmental Fashion Financial Foods Freight "
    "Games Genomics Glass Health Hospitality Imaging Instruments Insurance Interiors Labs "
    "Legal Logistics Manufacturing Marine Materials Media Metals Mobility Motors Networks "
    "Optics Packaging Paper Partners Payments Pharma Plastics Power Printing Properties "
    "Publishing Railways Research Retail Robotics Security Semiconductors Shipping Software "
    "Solar Sports Staffing Steel Studios Systems Telecom Textiles Therapeutics Timber Toys "
    "Travel Utilities Ventures Veterinary Water Wireless"
)
LEGAL_FORMS = (
    "",
    "",
    "",
    ", Inc.",
    " Inc.",
    " LLC",
    " Ltd",
    " GmbH",
    " AG",
    " S.A.",
    " SAS",
    " S.p.A.",
    " AB",
    " A/S",
    " Oy",
    " B.V.",
    " N.V.",
    " Pty Ltd",
    " Sp. z o.o.",
    " K.K.",
    " 株式会社",
    " 有限公司",
    " Group",
    " Holdings",
    " & Co. KG",
    " & Sons",
)

SENIORITIES = (
    "",
    "",
    "Senior ",
    "Junior ",
    "Lead ",
    "Principal ",
    "Head of ",
    "Director of ",
    "Director, ",
    "Senior Director, ",
    "VP ",
    "VP of ",
    "SVP, ",
    "Vice President, ",
    "Global Head of ",
    "Deputy ",
    "Interim ",
    "Group ",
    "Associate ",
    "Regional ",
)
FUNCTIONS = _words(
    "Account Management, Accounting, Architecture, Brand Marketing, Business Development, "
    "Business Intelligence, Change Management, Channel Sales, Clinical Operations, Cloud "
    "Infrastructure, Communications, Compliance, Content Strategy, Corporate Strategy, "
    "Customer Experience, Customer Success, Cybersecurity, Data Engineering, Data Science, "
    "Demand Generation, Design, DevOps, Digital Transformation, E-Commerce, Employee "
    "Relations, Enterprise Sales, Events, Facilities, Field Marketing, Finance, Firmware "
    "Engineering, Fleet Management, Growth, Human Resources, IT Operations, Industrial "
    "Engineering, Information Security, Innovation, Internal Audit, Investor Relations, "
    "Knowledge Management, Learning & Development, Legal Affairs, Logistics, Maintenance, "
    "Marketing Operations, Medical Affairs, Merchandising, Network Engineering, Operations, "
    "Partnerships, People Analytics, Plant Operations, Platform Engineering, Pricing, Process "
    "Engineering, Procurement, Product Management, Product Marketing, Project Management, "
    "Public Affairs, Quality Assurance, R&D, Recruiting, Regulatory Affairs, Renewals, "
    "Research, Revenue Operations, Risk Management, Sales Enablement, Sales Operations, Site "
    "Reliability, Social Media, Software Development, Solutions Engineering, Sourcing, Supply "
    "Chain, Sustainability, Talent Acquisition, Tax, Technical Support, Test Automation, "
    "Training, Treasury, User Research, Warehousing, Workforce Planning",
    divider=", ",
)
ROLES = (
    "",
    "",
    "",
    " Manager",
    " Manager",
    " Specialist",
    " Analyst",
    " Consultant",
    " Coordinator",
    " Partner",
    " Engineer",
    " Advisor",
)
REGIONS = (
    *("",) * 12,
    ", EMEA",
    ", APAC",
    ", Americas",
    ", DACH",
    ", LATAM",
    ", Nordics",
    " (Europe)",
    " — North America",
    " & Strategy",
    " (acting)",
)
UNUSUAL_TITLES = (
    "Chief Executive Officer",
    "CTO",
    "CFO & Co-Founder",
    "Founder 🚀",
    "Growth 📈 Lead",
    'VP "Special Projects"',
    "Owner\nOperator",
    "代表取締役社長",
    "Geschäftsführer",
    "Président-directeur général",
    "مدير المبيعات",
    "Head of <Data>",
    "=Finance Lead",
    "Sales & Marketing; Partner Programs",
)
SOURCES = (
    "Web",
    "Web",
    "Trade Show",
    "Webinar",
    "Webinar",
    "Referral",
    "Partner",
    "Purchased List",
    "Content Syndication",
    "Paid Search",
    "Organic Search",
    "Cold Call",
    "LinkedIn Ads",
    "Inbound Call",
    "Customer Event",
)
OPPORTUNITY_ROLES = (
    "Decision Maker",
    "Economic Buyer",
    "Evaluator",
    "Influencer",
    "Executive Sponsor",
    "Technical Buyer",
    None,
)

MAILINGS = (
    "Autumn newsletter",
    "Invitation to the open day",
    "Five ways to save energy",
    "Product news",
    "Price list for the new year",
    "Webinar: maintenance made simple",
    "Customer story",
)
PAGES = (
    "/",
    "/pricing",
    "/products/pumps",
    "/products/valves",
    "/customers",
    "/downloads/buyers-guide",
    "/contact",
    "/careers",
)
WEB_FORMS = ("Ask for a quote", "Download the buyer's guide", "Sign up for the webinar")
# Kind and description.
MOMENTS = (
    ("Web", "Looked at the price list three times in a week"),
    ("Web", "Asked for a quote on the web site"),
    ("Email", "Clicked through to the buyer's guide"),
    ("Milestone", "Became a marketing qualified lead"),
    ("Milestone", "Came to the stand at the trade fair"),
    ("Web", "Watched the webinar to its end"),
)
