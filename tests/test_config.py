"""Settings: the file and the code agree, and whatever is wrong stops the start with one sentence."""

import os
import tomllib
from pathlib import Path

import pytest

import config


def written(folder: Path, text: str) -> Path:
    file = folder / "config.toml"
    file.write_text(text)
    return file


def test_the_shipped_file_shows_every_setting_with_its_default() -> None:
    shown = tomllib.loads(config.DEFAULT_FILE.read_text())
    defaults = {
        name: section.model_dump(mode="json")
        for name, section in ((name, getattr(config.Config(), name)) for name in config.Config.model_fields)
    }
    assert shown == defaults


def test_every_setting_has_a_comment() -> None:
    lines = [line for line in config.DEFAULT_FILE.read_text().splitlines() if " = " in line and line[0] != "#"]
    uncommented = [line for line in lines if " # " not in line]
    # The deadlines of one worker share the comment above them.
    assert all("deadline_s" in line for line in uncommented), uncommented


def test_an_unknown_key_is_named(tmp_path: Path) -> None:
    with pytest.raises(config.ConfigError, match=r"no setting queue\.perperson"):
        config.load(written(tmp_path, "[queue]\nperperson = 3\n"))


def test_an_unknown_key_about_a_model_s_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(config.ConfigError, match=r"no setting models\.files\.my\.safetensors\.predicton"):
        config.load(written(tmp_path, '[models.files]\n"my.safetensors" = { predicton = "epsilon" }\n'))


def test_what_an_entry_lacks_is_named(tmp_path: Path) -> None:
    with pytest.raises(config.ConfigError, match=r"does not say models\.published\.x\.repo; please add it"):
        config.load(written(tmp_path, '[models.published]\nx = { family = "sdxl", download_gb = 1 }\n'))


def test_folders_of_the_environment_are_strung_together_as_in_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GENGA_MODELS__FOLDERS", os.pathsep.join(["/a", "~/b"]))
    assert config.load(written(tmp_path, "")).models.folders == (Path("/a"), Path.home() / "b")
    monkeypatch.setenv("GENGA_MODELS__FOLDERS", '["/c"]')
    assert config.load(written(tmp_path, "")).models.folders == (Path("/c"),)


def test_the_folder_of_models_lies_in_the_data_folder_unless_it_is_absolute(tmp_path: Path) -> None:
    for said, meant in (("models", tmp_path / "models"), ("/mnt/models", Path("/mnt/models"))):
        text = f"[storage]\nfolder = '{tmp_path.as_posix()}'\n[models]\nfolder = '{said}'\n"
        assert config.load(written(tmp_path, text)).models_folder == meant


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('[queue]\ntotal = "many"', "queue.total cannot be 'many', which config.toml says: it takes a whole number."),
        ("[queue]\ntotal = 1.5", "queue.total cannot be 1.5, which config.toml says: it takes a whole number."),
        ("[queue]\ntotal = 0", "queue.total cannot be 0, which config.toml says: it takes at least 1."),
        ("[queue]\nshare_s = 0", "queue.share_s cannot be 0, which config.toml says: it takes more than 0."),
        ('[queue]\nshare_s = "x"', "queue.share_s cannot be 'x', which config.toml says: it takes a number."),
        ("[worker]\nthreads = 9999", "worker.threads cannot be 9999, which config.toml says: it takes at most 1024."),
        (
            '[log]\nlevel = "loud"',
            "log.level cannot be 'LOUD', which config.toml says: it takes DEBUG, INFO, WARNING or ERROR.",
        ),
        (
            '[drawing]\nmetadata = "perhaps"',
            "drawing.metadata cannot be 'perhaps', which config.toml says: it takes true or false.",
        ),
        (
            '[storage]\nfolder = ""',
            "storage.folder cannot be '', which config.toml says: it takes the name of a folder.",
        ),
        *(
            (
                f"[safety]\ncool_downs_min = {pauses}",
                f"safety.cool_downs_min cannot be {pauses}, which config.toml says: it takes a list of whole minutes, "
                "each more than the one before (only zeros may come first).",
            )
            for pauses in ("[]", "[0, 0]", "[10, 5]", "[10, 10]", "[5, 0, 10]", "[-5]", "[1.5]", "['a']", "5", "'0; 1'")
        ),
        (
            "[safety]\nsensitive_at = nan",
            "safety.sensitive_at cannot be nan, which config.toml says: it takes a number.",
        ),
        (
            '[models]\nhub = "elsewhere"',
            "models.hub cannot be 'elsewhere', which config.toml says: it takes huggingface or modelscope.",
        ),
        (
            "[models]\nfolders = [3]",
            "models.folders cannot be [3], which config.toml says: it takes a list of folders.",
        ),
        (
            '[models.files]\n"a.x" = { prediction = "x" }',
            "models.files.a.x.prediction cannot be 'x', which config.toml says: it takes epsilon or v_prediction.",
        ),
        (
            '[models.files]\n"a.x" = { sizes = { square = [100, 64] } }',
            "models.files.a.x.sizes.square.0 cannot be 100, which config.toml says: it takes a multiple of 8.",
        ),
        (
            "[models]\nfetch_at_first_use = [3]",
            "models.fetch_at_first_use cannot be [3], which config.toml says: it takes a list of names.",
        ),
        (
            '[models.published]\n"Big X" = { repo = "a/b", family = "sdxl", download_gb = 1 }',
            "models.published.Big X cannot be 'Big X', which config.toml says: it takes a name of small letters, "
            "digits and .-_.",
        ),
        (
            '[models.published]\nx = { repo = "https://a/b", family = "sdxl", download_gb = 1 }',
            "models.published.x.repo cannot be 'https://a/b', which config.toml says: it takes OWNER/NAME, as the "
            "hub's page has it.",
        ),
        ("[drawing]\nmodel = 3", "drawing.model cannot be 3, which config.toml says: it takes a valid string."),
    ],
)
def test_a_wrong_value_is_named_with_what_the_setting_takes(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(config.ConfigError) as refused:
        config.load(written(tmp_path, f"{text}\n"))
    assert str(refused.value) == f"The setting {sentence}"


def test_a_wrong_value_of_the_environment_is_named_by_its_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GENGA_QUEUE__TOTAL", "many")
    with pytest.raises(config.ConfigError, match="cannot be 'many', which GENGA_QUEUE__TOTAL says: it takes a whole"):
        config.load(written(tmp_path, "[queue]\ntotal = 5\n"))


@pytest.mark.parametrize("value", ["[-5]", "[]", "[0, 0]", "60, 10", "a,b", "5;6", "{}", "[1,,"])
def test_pauses_of_the_environment_that_do_not_get_longer_are_named_by_their_variable(
    value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GENGA_SAFETY__COOL_DOWNS_MIN", value)
    with pytest.raises(config.ConfigError, match="which GENGA_SAFETY__COOL_DOWNS_MIN says: it takes a list of whole"):
        config.load(written(tmp_path, ""))


@pytest.mark.parametrize("value", ["0,0,1", "[0, 0, 1]", " 0, 0, 1 "])
def test_pauses_of_the_environment_are_a_list_with_brackets_or_without(
    value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GENGA_SAFETY__COOL_DOWNS_MIN", value)
    assert config.load(written(tmp_path, "")).safety.cool_downs_min == (0, 0, 1)


def test_what_is_no_number_is_said_to_be_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GENGA_SAFETY__SENSITIVE_AT", "nan")
    with pytest.raises(config.ConfigError, match=r"cannot be 'nan', .* it takes a number"):
        config.load(written(tmp_path, ""))


def test_a_file_that_an_editor_saved_in_another_encoding_is_named(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes('[storage]\nfolder = "données"\n'.encode("latin-1"))
    with pytest.raises(config.ConfigError) as refused:
        config.load(file)
    assert str(refused.value) == "config.toml is not written in UTF-8: open it in an editor and save it as UTF-8."


def test_an_empty_variable_counts_as_not_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GENGA_STORAGE__FOLDER", "")
    monkeypatch.setenv("GENGA_QUEUE__TOTAL", "")
    loaded = config.load(written(tmp_path, '[storage]\nfolder = "here"\n'))
    assert (loaded.storage.folder, loaded.queue.total) == (Path("here"), 200)


def test_a_folder_may_begin_with_the_home_folder_and_a_level_may_be_written_small(tmp_path: Path) -> None:
    loaded = config.load(written(tmp_path, '[storage]\nfolder = "~/genga"\n[log]\nlevel = "debug"\n'))
    assert (loaded.storage.folder, loaded.log.level) == (Path.home() / "genga", "DEBUG")


def test_a_broken_file_is_said_to_be_broken(tmp_path: Path) -> None:
    for text, sentence in (
        ("[queue", "line 1: a closing ] is missing."),
        ("[queue]\n[models]\n[queue]", "line 3: [queue] stands in it twice; put the settings of both under one."),
        ("[queue]\ntotal = 3\ntotal = 4", "line 3: a setting stands in it twice."),
        ("[queue]\ntotal 3", "line 2: the = between a setting and its value is missing."),
        ("[queue]\ntotal = many", "line 2: behind the = is no value; words need quotation marks, plain ones."),
        ('[drawing]\nmodel = "mine', "line 2: a closing quotation mark is missing."),
        ("[models]\nfolders = [3", "at its end: a comma or a closing ] is missing."),
        (
            '[models.files]\na = {}\n[models.files."a"]',
            "line 3: [models.files.a] stands in it twice; put the settings of both under one.",
        ),
        ('[storage]\nfolder = "C:\\genga"', "line 2: a \\ stands between quotation marks; write / instead."),
        ("[queue]\ntotal = 3 = 4", "line 2: that is not written as TOML asks for it."),
    ):
        with pytest.raises(config.ConfigError) as refused:
            config.load(written(tmp_path, f"{text}\n"))
        assert str(refused.value) == f"config.toml, {sentence}"


def test_a_setting_that_is_none_is_named_with_the_one_that_was_meant(tmp_path: Path) -> None:
    for text, sentence in (
        (
            '[drawing]\nmodle = "x"',
            "drawing.modle. Did you mean drawing.model? Please correct its name in config.toml.",
        ),
        ("[remote.novelai]\nenable = true", "remote.novelai.enable. Did you mean remote.novelai.enabled? Please"),
        ('[models.files."a"]\nvea = "x"', "models.files.a.vea; please remove it from config.toml or correct its name."),
        ("[queue]\nzzz = 3", "queue.zzz; please remove it from config.toml or correct its name."),
    ):
        with pytest.raises(config.ConfigError) as refused:
            config.load(written(tmp_path, f"{text}\n"))
        assert str(refused.value).startswith(f"There is no setting {sentence}")


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GENGA_QUEUE__TOTAL", "17")
    loaded = config.load(written(tmp_path, "[queue]\ntotal = 5\nper_person = 2\n"))
    assert (loaded.queue.total, loaded.queue.per_person) == (17, 2)


@pytest.mark.parametrize("name", ["GENGA_STORAGE__FOLDR", "GENGA_STORAG__FOLDER", "GENGA_FOLDER"])
def test_an_unknown_variable_of_ours_stops_the_start(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "x")
    with pytest.raises(config.ConfigError, match=name):
        config.load(written(tmp_path, ""))


def test_more_threads_than_any_machine_has_stop_the_start(tmp_path: Path) -> None:
    with pytest.raises(config.ConfigError, match=r"worker\.threads"):
        config.load(written(tmp_path, "[worker]\nthreads = 100000"))


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("http://127.0.0.1:9/api/v10", True),
        ("http://localhost:9/api/v10", True),
        ("http://[::1]:9/api/v10", True),
        ("https://discord.com/api/v10", False),
        ("http://127.0.0.1.example.org/api/v10", False),
    ],
)
def test_only_this_very_machine_counts_as_loopback(url: str, loopback: bool) -> None:
    assert config.Discord(api_url=url).is_loopback is loopback


def test_attachments_are_fetched_from_discord_or_from_the_configured_server_only() -> None:
    assert config.Discord().cdn_hosts == {"cdn.discordapp.com", "media.discordapp.net"}
    assert config.Discord(api_url="http://127.0.0.1:9/api/v10").cdn_hosts == {"127.0.0.1"}
