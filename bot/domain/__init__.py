"""Values and rules of deploying: pure, without clocks, chance or I/O."""
