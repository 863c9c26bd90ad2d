"""Reads the policy file: universe, weights, gates, windows and presets; its version stands on every row it scored."""

import tomllib
from importlib import resources
from pathlib import Path

from enrich.policy import Policy, policy_from
from flows.settings import SettingsError


def read_policy(path: Path | None = None) -> Policy:
    """The user's policy file, or the one that ships.

    Raises:
        SettingsError: the file is missing, no TOML, or a value cannot be used.
    """
    try:
        if path is None:
            text = resources.files("schemas.reference").joinpath("policy.toml").read_text("utf-8")
        else:
            text = path.read_text("utf-8")
        return policy_from(tomllib.loads(text))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, ValueError, TypeError) as error:
        raise SettingsError(f"policy file {path or 'policy.toml (shipped)'}: {error}") from error
