"""What looks like a secret in a text: tokens of GitHub and Slack, webhook secrets, JSON Web Tokens.

The last line of defence wherever text is shown or logged. Strangers write some of that text, so a search must
take time in proportion to it, whatever they wrote.
"""

import re

_OF_A_JWT = "[A-Za-z0-9_-]"
# Looked at once for each run of its characters, not again from each of them.
_JWT = (
    f"(?<!{_OF_A_JWT})(?:"
    rf"(?={_OF_A_JWT}*eyJ){_OF_A_JWT}++\.(?=eyJ)"  # signed: two parts are JSON, whatever stands before
    rf"|(?=(?:{_OF_A_JWT}*[_-])?eyJ{_OF_A_JWT}{{8}}){_OF_A_JWT}++\.(?={_OF_A_JWT}{{8}})"  # encrypted: one is
    rf"){_OF_A_JWT}++(?:\.{_OF_A_JWT}++)*+"
)
TOKENS = re.compile(
    "gh[a-z]_[A-Za-z0-9._-]{16,}"  # GitHub's, also the long ones with dots
    "|github_pat_[A-Za-z0-9_]{16,}"
    "|(?:xox[a-z]|xapp)-[A-Za-z0-9-]{8,}"  # Slack's
    "|whsec_[A-Za-z0-9+/=]{8,}"
    f"|{_JWT}"
)
