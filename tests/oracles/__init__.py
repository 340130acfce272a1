"""Facts about GitHub that the tests compare the product with."""
