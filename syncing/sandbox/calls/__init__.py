"""A local provider of bridged calls: nobody speaks, but everything is reported as if they did."""
