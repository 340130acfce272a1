"""Every message that Pointsman can write, on one page to be looked at: `python -m tests.gallery FOLDER`.

Written by the bot's own functions, drawn as the sandbox draws GitHub and Slack. Must never leave out a state,
a refusal or a confusion: a test compares the page with the tables.
"""
