"""Candidates from public pages: pure finders, generous, without a grammar of roles (DESIGN section 4)."""
