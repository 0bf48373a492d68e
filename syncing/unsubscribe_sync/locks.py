"""One run at a time, and one writer of opt-outs at a time: the keys of their session locks."""

RUNS = 0x756E7375
WRITERS = 0x756E7376
