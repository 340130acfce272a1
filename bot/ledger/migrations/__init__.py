"""How the tables came to be what they are, revision by revision; `bot.ledger.upgrading` runs them."""
