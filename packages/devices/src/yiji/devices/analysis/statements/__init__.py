"""Statements: rule sets as data, what reads them, and the facts that rules ask for."""
