"""The tests of Pointsman: unit, contract and scenario."""
