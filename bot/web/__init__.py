"""What the bot serves over HTTP: routes and pages."""
