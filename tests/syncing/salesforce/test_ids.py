import pytest

from syncing.salesforce import is_id, to_18


@pytest.mark.parametrize(
    ("bare", "whole"),
    [
        ("70130000001tcyI", "70130000001tcyIAAQ"),
        ("00558000001N0Ke", "00558000001N0KeAAK"),
        ("a0BA0000000L2ZC", "a0BA0000000L2ZCMA0"),
    ],
)
def test_an_id_of_15_characters_gets_its_three_check_characters(bare, whole):
    assert to_18(bare) == whole
    assert to_18(whole) == whole


@pytest.mark.parametrize("text", ["", "00Q", "00Q5g00000ABCd!", "00Q5g00000ABCdeE", "x" * 19])
def test_what_is_no_id_is_told_apart(text):
    assert not is_id(text)
