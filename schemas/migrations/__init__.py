"""Alembic's scripts; they ship in the wheel and need no ini file."""
