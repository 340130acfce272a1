"""The machinery: worker, effect runner, timers, reconciler. It holds no product rules."""
