"""What could not be written to Marketo or Salesforce, why, and what to do about it."""
