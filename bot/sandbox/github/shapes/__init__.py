"""GitHub's JSON for each kind of thing, with the fields and addresses that real answers have.

These functions only write down what is there; they must never change it.
"""
