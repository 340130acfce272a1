"""What others test their own parts with, as ours are tested. Needs pytest; the bot never loads it."""
