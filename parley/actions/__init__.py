"""What may be done: one verb, one function, one transaction, with its change entry and its events."""
