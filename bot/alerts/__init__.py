"""Alerts of other products: how each proves who it is, and what its messages mean.

One file for each product, one row in `table`. A product that signs may have something done; one that only has
a bearer token may have people asked.
"""
