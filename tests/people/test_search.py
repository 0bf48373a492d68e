import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from people import paging
from people.models import Person
from people.query_plans import Way
from people.search import has_words
from people.selectors import find_people
from people.spelling import MAX_CANDIDATES
from tests.factories import make_people, make_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada():
    return make_person(
        first_name="Ada",
        last_name="Lovelace",
        email="ada@engine.example",
        company="Analytical Engines",
        title="Countess VP",
        phone="+44 20 7946 0018",
    )


@pytest.mark.parametrize(
    "words", ["ada", "LOVE", "elac", "@engine", "lytical", "countess", "7946", "vp", "ada engines"]
)
def test_finds_a_piece_of_any_searched_field(ada, names_on, words):
    make_person(first_name="Bob", last_name="Other")
    assert names_on(q=words) == ["Ada Lovelace"]


@pytest.mark.parametrize("words", ["ada@engine.example", "da@engine.exam", "@engine.example"])
def test_an_address_is_found_by_any_piece_to_its_end(ada, names_on, words):
    make_person(first_name="Bob", last_name="Other", email="ada@engine.test")
    assert names_on(q=words) == ["Ada Lovelace"]


@pytest.mark.parametrize("name", ["İpek", "ΟΔΥΣΣΕΥΣ", "STRAẞE", "ǅemal", "Ångström", "田中さん"])
def test_a_name_is_found_as_it_is_written_whatever_its_letters_are(name, names_on):
    make_person(first_name=name, last_name="Demir")
    make_person(first_name="Bob", last_name="Other")
    assert names_on(q=name) == [f"{name} Demir"]


@pytest.mark.parametrize(
    "number",
    [
        "+44 20 7946 0018",
        "+442079460018",
        "44-20-79460018",
        "(20) 7946.0018",
        "20\u00a07946\u202f0018",
        "7946 \u2013 0018",
        "ada +44 20 7946 engines",
    ],
)
def test_a_phone_number_is_found_however_it_is_written(ada, names_on, number):
    make_person(first_name="Bob", last_name="Other", phone="+44 20 7946 0081", title="Ada")
    assert names_on(q=number) == ["Ada Lovelace"]


@pytest.mark.parametrize("words", ["+49 30 1234 ext 12", "ada +49", "1234-ext.12", "49 ada"])
def test_a_number_with_an_extension_is_found_as_it_is_shown(seller, words):
    make_person(first_name="Ada", phone="+49 30 1234 ext 12")
    make_person(first_name="Ada", phone="+48 30 1234 ext 13")
    assert find_people(params={"q": words}, user=seller, only_exact=True).counted == 1


def test_a_slip_in_the_name_does_not_hide_who_has_the_number(names_on):
    make_person(first_name="Katherine", last_name="Johnson", phone="555-0101")
    make_person(first_name="Katherine", last_name="Other", phone="555-0102")
    assert names_on(q="Kahterine 555 0101") == ["Katherine Johnson"]


def test_numbers_that_stand_apart_are_found_like_words(names_on):
    make_person(first_name="Ada", last_name="Lovelace", company="Studio 54", phone="+1 2000 3000")
    assert names_on(q="54 3000") == ["Ada Lovelace"]
    assert names_on(q="studio 54 20003000") == ["Ada Lovelace"]
    assert names_on(q="3000 2001") == []


@pytest.mark.parametrize("words", ["ada@engine.e_ample", "ada@engine.%", "a@b.example", "@.engine"])
def test_nobody_has_an_address_that_only_begins_alike(ada, words):
    assert not Person.objects.filter(has_words(words)).exists()


@pytest.mark.parametrize("company", ["early", "late"])
def test_a_common_word_is_found_wherever_in_the_table_it_stands(company, monkeypatch):
    monkeypatch.setattr(paging, "COMMON", 0)
    monkeypatch.setattr(paging, "MET", 3)
    make_people(3, company="Early")
    make_people(3, company="Late")
    people = Person.objects.filter(has_words(company))

    found = paging.some_of(people, way=Way.SEARCH, limit=2)

    assert set(Person.objects.filter(pk__in=found).values_list("company")) == {
        (company.capitalize(),)
    }
    assert len(found) == 3


def test_every_word_must_match(ada, names_on):
    make_person(first_name="Ada", last_name="Other")
    assert names_on(q="ada lovelace") == ["Ada Lovelace"]


def test_one_or_two_letters_are_found_where_a_word_begins(ada, names_on):
    make_person(first_name="Eva", last_name="Pvpek")
    assert names_on(q="vp") == ["Ada Lovelace"]


def test_chinese_names_are_found_by_one_character(names_on):
    make_person(first_name="伟", last_name="王")
    assert names_on(q="王") == ["伟 王"]


@pytest.mark.parametrize("words", ["100%", "a_b", "back\\slash", "o'hara", '"quoted"'])
def test_signs_with_a_meaning_in_sql_are_only_signs(names_on, words):
    make_person(first_name="Sign", last_name=f"Has {words}")
    make_person(first_name="No", last_name="Hasxx")
    assert names_on(q=words) == [f"Sign Has {words}"]


@pytest.mark.parametrize("words", ["ada %", "_ ada", "😀 ada", "ada … @"])
def test_words_without_a_letter_are_left_out(ada, names_on, words):
    make_person(first_name="Bob", last_name="Other")
    assert names_on(q=words) == ["Ada Lovelace"]


@pytest.mark.parametrize(
    "words", ["%", "_", "\\", "*", "@", "%%%", "…", "😀", "   ", "\x00", "a" * 5_000]
)
def test_a_search_without_a_word_finds_nobody_and_says_why(ada, seller_client, words):
    response = seller_client.get("/people/", {"q": words})
    assert response.context["people"] == []
    assert "Nothing to search for" in response.content.decode()
    assert seller_client.get("/people/count/", {"q": words}).context["count"] == 0


@pytest.mark.parametrize("column", ["company", "title"])
def test_a_filter_without_a_word_finds_nobody(ada, names_on, column):
    assert names_on(**{column: "%"}) == []


@pytest.mark.parametrize("typo", ["lovleace", "lovelac3", "lovelacee", "lovelce", "Ada Lovlace"])
def test_a_misspelt_word_shows_similar_people_and_says_so(ada, seller_client, typo):
    make_person(first_name="Bob", last_name="Other")
    response = seller_client.get("/people/", {"q": typo})
    assert [person.name for person in response.context["people"]] == ["Ada Lovelace"]
    assert "showing similar" in response.content.decode()


def test_similar_pieces_count_when_no_spelling_is_one_slip_away(ada, seller_client):
    response = seller_client.get("/people/", {"q": "analyticall enginess"})
    assert [person.name for person in response.context["people"]] == ["Ada Lovelace"]


def test_an_exact_match_is_not_called_similar(ada, seller_client):
    assert "showing similar" not in seller_client.get("/people/", {"q": "ada"}).content.decode()


def test_nothing_like_it_is_an_empty_state_that_offers_to_clear(ada, seller_client):
    page = seller_client.get("/people/", {"q": "zzzqqqxxx"}).content.decode()
    assert "Nobody matches" in page
    assert "Clear filters" in page


def test_eight_long_words_have_about_as_many_spellings_looked_up_as_one(seller_client):
    def spellings_looked_up(words):
        with CaptureQueriesContext(connection) as queries:
            assert seller_client.get("/people/", {"q": words}).status_code == 200
        (sql,) = (query["sql"] for query in queries if "AS spelling" in query["sql"])
        return sql.partition("ARRAY[")[2].partition("]")[0].count(",") + 1

    letters = "abcdefghijklmnopqrstuvwx"
    one = spellings_looked_up(letters)
    eight = spellings_looked_up(" ".join(letters[place:] + letters[:place] for place in range(8)))

    assert one < eight <= MAX_CANDIDATES


def test_of_eight_misspelt_words_each_is_still_understood(seller_client):
    make_person(
        first_name="Bartholomew",
        last_name="Featherstone",
        company="Manufacturing",
        title="Accountant",
    )
    typos = (
        "bratholomew batholomew faetherstone fatherstone"
        " mnaufacturing maufacturing accuontant acountant"
    )
    response = seller_client.get("/people/", {"q": typos})
    assert len(response.context["people"]) == 1
