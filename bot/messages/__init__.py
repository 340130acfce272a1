"""Every sentence that a person can read, as pure functions: worded once, then Markdown and Block Kit.

Nothing here decides, reads or sends. What came from people or programs is escaped before it is shown.
"""
