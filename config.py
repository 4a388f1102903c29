"""The settings of `config.toml` as typed values; an unknown key or a wrong type stops the start by name."""

import math
import os
import tomllib
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from config_forms import (
    Count,
    Digits,
    Folder,
    Folders,
    Minutes,
    Name,
    Names,
    Positive,
    Repository,
    Revision,
    Side,
    capitals,
    misspelt,
)
from inference.models.catalog import Prediction, Spacing
from inference.request import Aspect, Sampler

DEFAULT_FILE = Path(__file__).with_name("config.toml")
PREFIX = "GENGA_"
# Read elsewhere and not a setting: the fault-injecting engine of the tests.
NOT_SETTINGS = frozenset({"GENGA_TEST_FAULT", "GENGA_TEST_FAILPOINT", "GENGA_TEST_NOVELAI", "GENGA_TEST_HUB"})

_CDN_HOSTS = frozenset({"cdn.discordapp.com", "media.discordapp.net"})


class ConfigError(Exception):
    """The configuration cannot be used; the message is one sentence for the operator."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Discord(_Section):
    """Where Discord is and what we ask of it."""

    api_url: str = "https://discord.com/api/v10"
    message_content: bool = True
    max_upload_mib: Count = 12

    @property
    def cdn_hosts(self) -> frozenset[str]:
        """Where attachments may be fetched from: Discord's own hosts, or the one that serves the API."""
        host = urlsplit(self.api_url).hostname or ""
        return _CDN_HOSTS if host == "discord.com" else frozenset({host})

    @property
    def is_loopback(self) -> bool:
        """Whether `api_url` points at this very machine, as the playground's does."""
        host = urlsplit(self.api_url).hostname or ""
        try:
            return host == "localhost" or ip_address(host).is_loopback
        except ValueError:
            return False


class Storage(_Section):
    """Where things are kept."""

    folder: Folder = Path("data")
    backup_every_h: Annotated[float, Field(ge=0)] = 24.0
    keep_backups: Count = 5
    reserve_mib: Count = 64


class Queue(_Section):
    """Limits and fairness."""

    per_person: Count = 8
    total: Count = 200
    share_s: Positive = 1.0
    drain_s: Annotated[float, Field(ge=0)] = 60.0


class Drawing(_Section):
    """Defaults of drawing."""

    model: str = "genga-mini"
    preview_interval_s: Annotated[float, Field(ge=0)] = 3.0
    metadata: bool = True
    ping_after_s: Annotated[float, Field(ge=0)] = 60.0


class ModelFile(_Section):
    """What the operator knows better about a checkpoint than the bot does; None: nothing."""

    checkpoint: str | None = None
    title: Annotated[str, Field(min_length=1, max_length=80)] | None = None
    prediction: Prediction | None = None
    zero_terminal_snr: bool | None = None
    spacing: Spacing | None = None
    vae: str | None = None
    text_encoder: str | None = None
    sizes: dict[Aspect, tuple[Side, Side]] = {}
    sampler: Sampler | None = None
    steps: Annotated[int, Field(ge=1, le=100)] | None = None
    guidance: Annotated[float, Field(ge=1, le=30)] | None = None
    guidance_rescale: Annotated[float, Field(ge=0, le=1)] | None = None
    clip_skip: Annotated[int, Field(ge=1, le=4)] | None = None
    quality: Annotated[str, Field(max_length=500)] | None = None
    negative: Annotated[str, Field(max_length=1000)] | None = None
    licence: str | None = None
    commercial: bool | None = None


class Published(_Section):
    """A checkpoint that the operator knows on the hub, and the catalogue does not."""

    repo: Repository
    family: str
    download_gb: Annotated[float, Field(gt=0, le=1000)]  # far more than this is not taken
    file: Annotated[str, Field(max_length=240)] = ""  # one .safetensors file of it; empty: diffusers' folders
    revision: Revision = "main"
    sha256: Digits = ""
    title: Annotated[str, Field(min_length=1, max_length=80)] | None = None
    licence: str = "unknown"
    vae: str = ""  # a name of the catalogue, which comes along


class Models(_Section):
    """Where checkpoints come from and lie."""

    folder: Folder = Path("models")
    folders: Folders = ()
    hub: Literal["huggingface", "modelscope"] = "huggingface"
    disk_limit_gb: Annotated[float, Field(ge=0)] = 0.0
    fetch_at_first_use: Names = ()
    files: dict[str, ModelFile] = {}
    published: dict[Name, Published] = {}


class Operator(_Section):
    """Who runs the bot, and for what."""

    commercial: bool = False


class Worker(_Section):
    """The GPU process and how long each of its phases may be silent."""

    threads: Annotated[int, Field(ge=0, le=1024)] = 0
    start_deadline_s: Positive = 120.0
    load_deadline_s: Positive = 180.0
    step_deadline_s: Positive = 60.0
    decode_deadline_s: Positive = 60.0
    job_deadline_s: Positive = 600.0
    give_up_after_s: Positive = 900.0


class Gpu(_Section):
    """What drawing may occupy of this machine's memory; 0 = as much as is sensible."""

    vram_gb: Annotated[float, Field(ge=0)] = 0.0
    ram_gb: Annotated[float, Field(ge=0)] = 0.0
    low_vram: Literal["auto", "never", "always"] = "auto"
    idle_release_minutes: Annotated[float, Field(ge=0)] = 0.0


class Safety(_Section):
    """The operator's own rules; the built-in ones cannot be switched off."""

    blocked_words: str = ""
    word_lists: str = ""
    cool_downs_min: Minutes = (0, 0, 10, 60, 1440, 10080)
    forget_strikes_days: Count = 30
    audit_days: Count = 365
    tagger: str = ""
    rater_deadline_s: Positive = 20.0
    # Lower is stricter, and nobody may be laxer.
    sensitive_at: Annotated[float, Field(gt=0, le=0.3)] = 0.3
    questionable_at: Annotated[float, Field(gt=0, le=0.55)] = 0.55
    explicit_at: Annotated[float, Field(gt=0, le=0.8)] = 0.8
    adult: bool = False


class Loras(_Section):
    """LoRAs and embeddings that people bring."""

    uploads: bool = False
    civitai: bool = False
    per_person: Count = 10
    per_person_mib: Count = 1024
    max_mib: Annotated[int, Field(ge=1, le=512)] = 256


class NovelAi(_Section):
    """NovelAI's service, which draws with its own models for the operator's money."""

    enabled: bool = False
    most_anlas: Annotated[int, Field(ge=0)] = 0


class Remote(_Section):
    """Engines that are services."""

    novelai: NovelAi = NovelAi()


class Log(_Section):
    """What is written to the log."""

    level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(capitals)] = "INFO"


class Config(BaseSettings):
    """Every setting, read once at start: environment first, then the file, then the defaults here.

    A variable that is empty counts as not set.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", env_ignore_empty=True, extra="forbid", frozen=True
    )

    discord: Discord = Discord()
    storage: Storage = Storage()
    queue: Queue = Queue()
    drawing: Drawing = Drawing()
    models: Models = Models()
    operator: Operator = Operator()
    worker: Worker = Worker()
    gpu: Gpu = Gpu()
    safety: Safety = Safety()
    loras: Loras = Loras()
    remote: Remote = Remote()
    log: Log = Log()

    @property
    def models_folder(self) -> Path:
        """The bot's own folder of models: a relative one lies in the data folder."""
        return self.storage.folder.absolute() / self.models.folder

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment over file; the file's path travels in `toml_file`."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def load(file: Path = DEFAULT_FILE) -> Config:
    """The configuration; ConfigError with one sentence that names the key if it cannot be used."""
    unknown = next(_unknown_variables(os.environ), None)
    if unknown:
        raise ConfigError(f"There is no setting behind the environment variable {unknown}; see config.toml for all.")
    chosen = type("Config", (Config,), {"model_config": SettingsConfigDict(toml_file=file), "__module__": __name__})
    try:
        return chosen()
    except ValidationError as error:
        raise ConfigError(_sentence(error, file)) from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file.name} is not written in UTF-8: open it in an editor and save it as UTF-8.") from error
    except OSError as error:
        raise ConfigError(f"{file.name} cannot be read: {error.strerror}.") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file.name}, {misspelt(str(error))}.") from error
    except ValueError as error:  # an environment value that is no JSON
        raise ConfigError(f"{file.name} cannot be read: {error}.") from error


def _unknown_variables(environ: Mapping[str, str]) -> Iterator[str]:
    """GENGA_* variables that no setting answers to: pydantic-settings itself lets an unknown section pass."""
    known = {f"{PREFIX}{name}".upper() for name in _keys(Config)}
    for name in environ:
        if name.upper().startswith(PREFIX) and name.upper() not in known | NOT_SETTINGS:
            yield name


def _keys(section: type[BaseModel]) -> Iterator[str]:
    """Every setting in a section and those in it, as a variable names it."""
    for name, field in section.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, _Section):
            yield from (f"{name}__{key}" for key in _keys(kind))
        else:
            yield name


def _named_so() -> set[str]:
    """Every section and setting as the file names it: `queue`, `queue.total`."""
    ways = [key.split("__") for key in _keys(Config)]
    return {".".join(way[:depth]) for way in ways for depth in range(1, len(way) + 1)}


def _sentence(error: ValidationError, file: Path) -> str:
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"]).removesuffix(".[key]")
    if first["type"] == "extra_forbidden":
        alike = [each for each in _named_so() if each.count(".") == key.count(".")]
        if near := get_close_matches(key, alike, n=1, cutoff=0.75):
            return f"There is no setting {key}. Did you mean {near[0]}? Please correct its name in {file.name}."
        return f"There is no setting {key}; please remove it from {file.name} or correct its name."
    if first["type"] == "missing":
        return f"{file.name} does not say {key}; please add it."
    variable = f"{PREFIX}{key.replace('.', '__')}".upper()
    place = next((name for name in os.environ if name.upper() == variable), file.name)
    return f"The setting {key} cannot be {first['input']!r}, which {place} says: it takes {_wanted(first)}."


def _wanted(error: ErrorDetails) -> str:
    """What a setting takes, in words."""
    limits = error.get("ctx", {})
    if _is_nan(error["input"]):
        return "a number"
    match error["type"]:
        case "int_parsing" | "int_type" | "int_from_float":
            return "a whole number"
        case "float_parsing" | "float_type" | "finite_number":
            return "a number"
        case "bool_parsing" | "bool_type":
            return "true or false"
        case "greater_than_equal":
            return f"at least {limits['ge']:g}"
        case "greater_than":
            return f"more than {limits['gt']:g}"
        case "less_than_equal":
            return f"at most {limits['le']:g}"
        case "literal_error" | "enum":
            return str(limits["expected"]).replace("'", "")
        case "multiple_of":
            return f"a multiple of {limits['multiple_of']:g}"
        case "value_error":
            return str(limits["error"])
        case _:
            return error["msg"].lower().removeprefix("input should be ")


def _is_nan(value: object) -> bool:
    """Whether it is what no limit can be held against."""
    try:
        return isinstance(value, str | float) and math.isnan(float(value))
    except ValueError:
        return False
