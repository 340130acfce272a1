"""The only folder that knows GitHub's JSON."""
