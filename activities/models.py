"""What sellers do."""
