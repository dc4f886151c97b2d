"""Verdicts on targets from rounds of turns and duels: rules, observations, words, the gate. Pure."""
