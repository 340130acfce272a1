"""What another configuration would have decided, of what is recorded, and where that cannot be known.

A recorded decision is made twice from its stored facts: with the configuration as it was, and with the other
one in its place. Where the other one asks for something that nobody read then, the answer is "not recorded".
"""
