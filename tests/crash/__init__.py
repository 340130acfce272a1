"""Real processes, real kills, real disks: `pointsman serve` against the sandbox, killed and starved."""
