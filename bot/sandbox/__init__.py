"""A simulated GitHub, Slack and deployer. It never imports the rest of the product."""
