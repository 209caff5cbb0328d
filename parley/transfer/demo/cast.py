"""Who appears in the demo: agents, companies with their workspaces, contacts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from ...store.load import jsonb
from .dataset import Row, Tables

AGENTS = (
    "Ada Lindqvist", "Ben Okoro", "Chloé Martin", "Daniel Weiss", "Elif Kaya", "Farid Haddad", "Greta Sommer", "Hiro Tanaka",
    "Inês Duarte", "Jonas Berg", "Kavya Rao", "Leo Navarro",
)  # fmt: skip
FIRST_NAMES = {
    "en": ("Grace", "Oliver", "Amelia", "Noah", "Ruby", "Isaac", "Harriet", "Finn", "Maya", "Theo", "Edith", "Callum"),
    "de": ("Lena", "Jürgen", "Anneliese", "Moritz", "Käthe", "Sven", "Ulrike", "Til"),
    "fr": ("Élodie", "Marcel", "Anaïs", "Benoît", "Zoé", "Thibault"),
    "es": ("Lucía", "Íñigo", "Carmen", "Álvaro", "Nuria", "Joaquín"),
    "pt": ("João", "Beatriz", "Luísa", "Caetano", "Conceição", "Rui"),
    "ja": ("葵", "陽翔", "結衣", "蓮"),
    "ar": ("ليلى", "يوسف", "مريم", "كريم"),
}
LAST_NAMES = {
    "en": ("Okafor", "Whitfield", "Ashworth", "Brennan", "Castle", "Doyle", "Kowalski", "Pemberton", "Singh", "Ward"),
    "de": ("Schäfer", "Brandt", "Vogel", "Köhler", "Huber", "Petersen"),
    "fr": ("Lefèvre", "Moreau", "Garnier", "Dubois", "Perrin"),
    "es": ("Fuentes", "Ibáñez", "Molina", "Serrano", "Vidal"),
    "pt": ("Carvalho", "Nogueira", "Teixeira", "Araújo"),
    "ja": ("佐藤", "高橋", "渡辺", "中村"),
    "ar": ("الحسن", "منصور", "الزهراء", "نصار"),
}
COUNTRIES = {"en": "GB", "de": "DE", "fr": "FR", "es": "ES", "pt": "PT", "ja": "JP", "ar": "TN"}
DIAL = {"en": "44", "de": "49", "fr": "33", "es": "34", "pt": "351", "ja": "81", "ar": "216"}
WEIGHTS = {"en": 52, "de": 16, "fr": 10, "es": 9, "pt": 6, "ja": 4, "ar": 3}
COMPANY_WORDS = (
    "Alder", "Basalt", "Cobalt", "Dune", "Ember", "Fjord", "Granite", "Harbour", "Isle", "Juniper", "Kelp", "Lumen", "Meadow", "Nimbus",
    "Osprey", "Pine", "Quarry", "Ridge", "Sable", "Tundra",
)  # fmt: skip
COMPANY_KINDS = ("Couriers", "Logistics", "Bakeries", "Hotels", "Studio", "Clinic", "Rentals", "Energy")
CONTACTS = 640
COMPANIES = 40


@dataclass(frozen=True, slots=True)
class Person:
    """A contact as the stories need them."""

    id: int
    first_name: str
    language: str
    email: str | None
    phone_number: str
    company: str
    company_id: int | None
    workspace_id: int | None
    verified: bool
    blocked: bool


def agents(users: Sequence[int], domain: str, since: datetime) -> list[Row]:
    """The memberships: the first is the administrator, the last has left."""
    return [_membership(place, user_id, domain, since) for place, user_id in enumerate(users)]


def email_of(agent: str, domain: str) -> str:
    """``Chloé Martin`` -> ``chloe@demo.parley.example``."""
    first = agent.split()[0].lower().translate(str.maketrans("éêïöü", "eeiou"))
    return f"{first}@{domain}"


def _membership(place: int, user_id: int, domain: str, since: datetime) -> Row:
    name = AGENTS[place]
    left = place == len(AGENTS) - 1
    return {
        "user_id": user_id,
        "role": "administrator" if place in (0, 6) else "agent",
        "custom_role_id": 1 if place == 3 else None,
        "name": name,
        "display_name": name.split()[0],
        "email": email_of(name, domain),
        "state": "deactivated" if left else "active",
        "availability": ("online", "busy", "offline")[place % 3],
        "avatar_id": place + 1 if place < 4 else None,
        "left_at": since + timedelta(days=200, hours=17) if left else None,
        "created_at": since + timedelta(days=place),
        "updated_at": since + timedelta(days=place),
    }


def companies(rng: Random, into: Tables, since: datetime) -> None:
    """Each company with a default workspace; every third has a second one."""
    for company_id in range(1, COMPANIES + 1):
        name = f"{COMPANY_WORDS[(company_id - 1) % len(COMPANY_WORDS)]} {rng.choice(COMPANY_KINDS)}"
        made = since + timedelta(days=rng.randrange(60))
        domain = name.lower().replace(" ", "-") + f"-{company_id}.example"
        stamps = {"created_at": made, "updated_at": made}
        into["companies"].append(
            {"id": company_id, "name": name, "domains": [domain], "external_refs": [f"crm-{7000 + company_id}"], **stamps}
        )
        for default in (True, False) if company_id % 3 == 0 else (True,):
            suffix = "" if default else " Fleet"
            place = {"id": len(into["workspaces"]) + 1, "company_id": company_id, "is_default": default}
            into["workspaces"].append(place | {"name": name + suffix, "external_ref": f"ws-{company_id}{suffix[1:].lower()}", **stamps})


def contacts(rng: Random, into: Tables, since: datetime, many: int = CONTACTS) -> list[Person]:
    """Customers in seven languages. The first is the demo's own; a few are blocked."""
    people = []
    for contact_id in range(1, many + 1):
        row, person = _contact(rng, into, contact_id, since + timedelta(days=rng.random() * 120))
        into["contacts"].append(row)
        people.append(person)
    return people


def _contact(rng: Random, into: Tables, contact_id: int, made: datetime) -> tuple[Row, Person]:
    own = contact_id == 1
    language = "en" if own else rng.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
    first = "Grace" if own else rng.choice(FIRST_NAMES[language])
    last = "Okafor" if own else rng.choice(LAST_NAMES[language])
    workspace = rng.choice(into["workspaces"]) if own or rng.random() < 0.45 else None
    company = into["companies"][workspace["company_id"] - 1] if workspace else None
    email = _email(rng, contact_id, first, last, company)
    phone = f"+{DIAL[language]}{rng.randrange(10**8, 10**9)}"
    person = Person(
        id=contact_id,
        first_name=first,
        language=language,
        email=email,
        phone_number=phone,
        company=company["name"] if company else "",
        company_id=company["id"] if company else None,
        workspace_id=workspace["id"] if workspace else None,
        verified=own or rng.random() < 0.4,
        blocked=contact_id in (23, 177, 402),
    )
    return _contact_row(rng, person, last, made), person


def _email(rng: Random, contact_id: int, first: str, last: str, company: Row | None) -> str | None:
    if contact_id != 1 and rng.random() < 0.1:
        return None
    ascii_name = "".join(letter for letter in f"{first}.{last}".lower() if letter.isascii()).strip(".") or "guest"
    return f"{ascii_name}{contact_id}@{company['domains'][0] if company else 'mail.example'}"


def _contact_row(rng: Random, person: Person, last_name: str, made: datetime) -> Row:
    return {
        "id": person.id,
        "name": f"{person.first_name} {last_name}",
        "display_name": person.first_name,
        "last_name": last_name,
        "email": person.email,
        "phone_number": person.phone_number,
        "identifier": f"shop-{10000 + person.id}" if person.verified else None,
        "kind": "customer" if person.company_id else rng.choice(("lead", "visitor")),
        "state": "active" if person.id % 97 else "shadow",
        "country_code": COUNTRIES[person.language],
        "blocked": person.blocked,
        "verified": person.verified,
        "workspace_id": person.workspace_id,
        "company_id": person.company_id,
        "avatar_id": 5 if person.id == 1 else None,
        "additional_attributes": jsonb({"country": COUNTRIES[person.language], "language": person.language}),
        "custom_fields": jsonb({"tnt": {"plan": rng.choice(("free", "service", "family", "fleet"))}}),
        "last_activity_at": made,
        "created_at": made,
        "updated_at": made,
    }
