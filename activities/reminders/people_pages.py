"""What reminders add to the pages of people."""
