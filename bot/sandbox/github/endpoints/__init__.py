"""The API's endpoints: what each reads or does, one file per subject.

They must never authenticate or check permissions: that was done before, by the table's row.
"""
