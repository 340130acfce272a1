"""What people see: the demo's pages in a real browser."""
