"""What upper floors add to the page of a reminder when the apps are ready."""

from people.hooks import Card

# GET with the reminder's id in the path; an empty answer leaves no card.
reminder_cards: list[Card] = []
