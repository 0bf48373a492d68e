"""People with a realistic spread of names, companies and titles, the same for the same number."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from syncing.people_sync.load import PersonRow

ONSETS = "b c d f g h j k l m n p r s t v w z br ch cl cr dr fl fr gr kl kr pr sch sh st tr".split()
VOWELS = "a e i o u ai au ei ie oe ou".split()
ENDINGS = "n r s t l m ck ng rd rt ss tt berg mann son ton ley ska ov ini ez dez".split()
FIELDS = (
    "Sales Marketing Finance Operations Product Engineering Security Data Legal Support".split()
)
RANKS = ["Manager", "Director", "Head of", "VP", "Chief Officer", "Analyst", "Specialist", "Lead"]
SUFFIXES = ["GmbH", "Ltd", "Inc", "AG", "SA", "Group", "Systems", "Labs", "Partners", "Holdings"]
SOURCES = ["Web", "Event", "Referral", "Partner", "Webinar", "List import", "Trade show", "", "Ads"]
OWNERS = [f"0055g00000Own{n:02}AA{chr(65 + n)}" for n in range(24)]
START = datetime(2019, 1, 1, tzinfo=UTC)


def word(chance: random.Random, syllables: int) -> str:
    body = "".join(chance.choice(ONSETS) + chance.choice(VOWELS) for _ in range(syllables))
    return (body + chance.choice(ENDINGS)).capitalize()


def person_rows(count: int, *, batch_size: int, seed: int = 1) -> Iterator[list[PersonRow]]:
    """Yield `count` people in batches: 3 % share an address, 8 % have none, 10 % no phone."""
    chance = random.Random(seed)
    first_names = [word(chance, 1) for _ in range(2_000)]
    last_names = [word(chance, 2) for _ in range(40_000)]
    companies = [f"{word(chance, 2)} {chance.choice(SUFFIXES)}" for _ in range(60_000)]
    titles = [f"{rank} {field}" for rank in RANKS for field in FIELDS]
    batch: list[PersonRow] = []
    email = ""
    for number in range(1, count + 1):
        first, last = chance.choice(first_names), chance.choice(last_names)
        company = chance.choice(companies)
        if chance.random() >= 0.03:
            domain = company.split()[0].lower()
            email = f"{first}.{last}{number % 97}@{domain}.example.com".lower()
        contact = chance.random() < 0.5
        batch.append(
            PersonRow(
                marketo_id=number * 2,
                first_name=first,
                last_name=last,
                email=email if chance.random() >= 0.08 else "",
                phone=f"+1 {chance.randrange(200, 999)} 555 {chance.randrange(10_000):04}"
                if chance.random() >= 0.1
                else "",
                company=company,
                title=chance.choice(titles),
                source=chance.choice(SOURCES),
                salesforce_contact_id=f"0035g0000{number:07}AA" if contact else "",
                salesforce_lead_id="" if contact else f"00Q5g0000{number:07}AA",
                salesforce_account_id=f"0015g0000{number % 60_000:07}AA" if contact else "",
                owner_salesforce_id=chance.choice(OWNERS),
                sfdc_type="Contact" if contact else "Lead",
                marketo_created_at=START + timedelta(minutes=number),
                marketo_updated_at=START + timedelta(minutes=number, days=30),
            )
        )
        if len(batch) == batch_size:
            yield batch
            batch = []
    if batch:
        yield batch
