"""What can happen on GitHub: each act changes the state and announces it, whoever asked for it.

People (`people`) and the API (`endpoints`) both end here, so that they cannot differ. An act must never check
who may do it: that was decided before.
"""
