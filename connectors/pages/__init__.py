"""Finds candidates in one public page: pure functions over a parsed page, generous, without a word on who is right."""
