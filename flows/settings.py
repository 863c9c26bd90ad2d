"""Settings, read once: `GRANDCOMPTE_*` environment variables, else `grandcompte.toml` in the working folder."""

import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from connectors.denied import why_denied

SETTINGS_FILE = "grandcompte.toml"


class SettingsError(Exception):
    """A setting cannot be used; the message names it and says what is expected."""


class Settings(BaseSettings):
    """What one installation decides.

    A source's base address is `GRANDCOMPTE_<SOURCE>_URL`; it is looked up by name because sources are found, not
    listed (`base_url`).
    """

    model_config = SettingsConfigDict(env_prefix="GRANDCOMPTE_", toml_file=SETTINGS_FILE, extra="allow")

    database_url: str = "sqlite:///grandcompte.db"
    archive_url: str = "archive"
    pepper: SecretStr | None = None
    allow_private_addresses: bool = False
    contact: str = "https://example.org/grandcompte"
    policy: Path | None = None
    source_urls: dict[str, str] = Field(default_factory=dict)
    source_keys: dict[str, SecretStr] = Field(default_factory=dict)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments first, then the environment, then the file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    def base_url(self, source: str, default: str) -> str:
        """The address that stands for `source`: a mirror or test server where one is set."""
        return self.source_urls.get(source, default)

    def has_key(self, source: str) -> bool:
        """Whether a key for `source` is set (`GRANDCOMPTE_<SOURCE>_KEY`)."""
        return bool(self.key_of(source))

    def key_of(self, source: str) -> str | None:
        """The key for `source` in the source's own form, or None; only its client may see it."""
        key = self.source_keys.get(source)
        return key.get_secret_value() or None if key is not None else None

    @property
    def pepper_bytes(self) -> bytes | None:
        """The secret key of person ids and suppressions, or None where none is set."""
        return self.pepper.get_secret_value().encode() if self.pepper else None


def read_settings(environment: Mapping[str, str] | None = None, **overrides: Any) -> Settings:
    """Read the settings once for this process.

    Raises:
        SettingsError: a value cannot be read; names the setting.
    """
    environment = os.environ if environment is None else environment
    urls = named_by_source(environment, "_URL")
    keys = {source: SecretStr(value) for source, value in named_by_source(environment, "_KEY").items()}
    for own in ("database", "archive"):
        urls.pop(own, None)
    try:
        settings = Settings(**overrides)
    except ValidationError as error:
        first = error.errors()[0]
        name = "GRANDCOMPTE_" + "_".join(str(part) for part in first["loc"]).upper()
        raise SettingsError(f"setting {name}: {first['msg']}") from error
    except (OSError, ValueError) as error:
        raise SettingsError(f"settings file {SETTINGS_FILE}: {error}") from error
    source_urls = {**settings.source_urls, **urls_in_file(settings), **urls}
    return settings.model_copy(update={"source_urls": source_urls, "source_keys": {**settings.source_keys, **keys}})


def named_by_source(environment: Mapping[str, str], ending: str) -> dict[str, str]:
    """The settings `GRANDCOMPTE_<SOURCE><ending>` by the source's name."""
    return {
        name.removeprefix("GRANDCOMPTE_").removesuffix(ending).lower(): value
        for name, value in environment.items()
        if name.startswith("GRANDCOMPTE_") and name.endswith(ending)
    }


def check_source_urls(settings: Settings, known: Collection[str]) -> None:
    """See that every base address is one of a source that exists and that may be asked, before anything is asked.

    Raises:
        SettingsError: a setting of no source (names the known ones), no web address, or a site on the deny list.
    """
    for source, url in sorted(settings.source_urls.items()):
        setting = f"setting GRANDCOMPTE_{source.upper()}_URL"
        if source not in known:
            raise SettingsError(f"{setting}: no source is called {source}; known: {', '.join(sorted(known))}")
        try:
            parts = urlsplit(url)
            is_address = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            is_address = False
        if not is_address:
            raise SettingsError(f"{setting}: no web address; expected https://HOST/PATH")
        if reason := why_denied(url):
            raise SettingsError(f"{setting}: {reason}; no source may be read there")


def urls_in_file(settings: Settings) -> dict[str, str]:
    """The sources' base addresses of the file, by source: `gleif_url = "https://mirror.example/api/v1"`.

    Raises:
        SettingsError: the file holds a setting that does not exist, or an address that is no text.
    """
    more = settings.model_extra or {}
    for name, value in more.items():
        if not (name.endswith("_url") and isinstance(value, str)):
            known = ", ".join([*Settings.model_fields, "<source>_url"])
            raise SettingsError(f"settings file {SETTINGS_FILE}: {name} is no setting; known: {known}")
    return {name.removesuffix("_url"): value for name, value in more.items()}
