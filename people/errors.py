"""What a seller may not do with groups and views, said in words for the seller."""


class Refused(Exception):
    """Nothing was changed; the text says why and what to do."""
